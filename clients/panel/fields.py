"""Reading a JSON object field by field, believing nothing: what is missing, mistyped or absurd raises Malformed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)

FARTHEST = 1e15  # no power (W) or counter (Wh, ms) of a panel comes near; beyond 2**53 a JSON number is no longer exact
LONGEST_TEXT = 4_096  # characters; the longest honest one is an access token
LAST_SECOND = 253_402_300_799  # the end of the year 9999, where datetime ends

_MISSING = object()


class Malformed(ValueError):  # noqa: N818 - not raised to callers: the link turns it into SpanPanelAnswerError
    """Says where in the answer, and what was expected there; shows no more of the value than its type or number."""

    def __init__(self, path: str, expected: str, value: object) -> None:
        super().__init__(f"{path or 'the answer'} should be {expected}, but is {_seen(value)}")


def _seen(value: object) -> str:
    if value is _MISSING:
        return "missing"
    if isinstance(value, bool | int | float):
        return f"{value!r:.40}"
    return {"str": "text", "list": "a list", "dict": "an object"}.get(type(value).__name__, "null")


class Fields:
    """One JSON object; `path` is where it was found, for the error's sake."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: object, path: str = "") -> None:
        if not isinstance(values, dict):
            raise Malformed(path, "an object", values)
        self._values: dict[str, object] = values
        self._path = path

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(key) is not None

    def text(self, key: str) -> str:
        """A string of bounded length."""
        value = self._values.get(key, _MISSING)
        if isinstance(value, str) and len(value) <= LONGEST_TEXT:
            return value
        raise self.wrong(key, f"text of at most {LONGEST_TEXT} characters")

    def text_or_none(self, key: str) -> str | None:
        """The same, or None where the field is missing or null."""
        return self.text(key) if self.has(key) else None

    def number(self, key: str, low: float = -FARTHEST, high: float = FARTHEST) -> float:
        """A finite number in [low, high]; true and false are not numbers."""
        value = self._values.get(key, _MISSING)
        if (value.__class__ is float or value.__class__ is int) and low <= value <= high:
            return float(value)
        raise self.wrong(key, f"a number from {low:g} to {high:g}")

    def whole(self, key: str, low: int = 0, high: int = int(FARTHEST)) -> int:
        """An integer in [low, high]; true, false and 1.0 are not integers."""
        value = self._values.get(key, _MISSING)
        if value.__class__ is int and low <= value <= high:
            return value
        raise self.wrong(key, f"a whole number from {low} to {high}")

    def flag(self, key: str) -> bool:
        """True or false, nothing that looks like it."""
        value = self._values.get(key, _MISSING)
        if isinstance(value, bool):
            return value
        raise self.wrong(key, "true or false")

    def choice(self, key: str, kind: type[E]) -> E:
        """One of the enum's values."""
        value = self._values.get(key, _MISSING)
        try:
            return kind(str(value))
        except ValueError:
            raise self.wrong(key, "one of " + ", ".join(kind)) from None

    def moment(self, key: str, per_second: int = 1) -> datetime:
        """Time since 1970 in seconds (or milliseconds, with `per_second` 1000), as an aware UTC time."""
        return datetime.fromtimestamp(self.number(key, 0, LAST_SECOND * per_second) / per_second, UTC)

    def inside(self, key: str) -> Fields:
        """The object in this field."""
        return Fields(self._values.get(key, _MISSING), self._at(key))

    def each(self) -> Iterator[tuple[str, Fields]]:
        """Every field of an object whose keys are names, as an object."""
        for key in self._values:
            yield key, self.inside(key)

    def rows(self, key: str) -> Iterator[Fields]:
        """The objects in a list."""
        for index, row in enumerate(self._list(key)):
            yield Fields(row, f"{self._at(key)}[{index}]")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where the field is missing or null."""
        values = self._list(key) if self.has(key) else []
        if not all(isinstance(value, str) and len(value) <= LONGEST_TEXT for value in values):
            raise Malformed(self._at(key), f"texts of at most {LONGEST_TEXT} characters", values)
        return tuple(str(value) for value in values)

    def wholes(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of different integers in [low, high]; empty where the field is missing or null."""
        values = self._list(key) if self.has(key) else []
        whole = tuple(value for value in values if value.__class__ is int and low <= value <= high)
        if len(set(whole)) < len(values):
            raise Malformed(self._at(key), f"different whole numbers from {low} to {high}", values)
        return whole

    def wrong(self, key: str, expected: str) -> Malformed:
        """The error about this field."""
        return Malformed(self._at(key), expected, self._values.get(key, _MISSING))

    def _list(self, key: str) -> list[object]:
        value = self._values.get(key, _MISSING)
        if isinstance(value, list):
            return value
        raise self.wrong(key, "a list")

    def _at(self, key: str) -> str:
        return f"{self._path}.{key:.80}" if self._path else f"{key:.80}"
