"""One mapping of a configuration file, read key by key: values are checked as they are taken, the rest is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import NoReturn

from emulator.configuration.document import Place, Value

MAX_TEXT = 128


class Section:
    """A mapping and which of its keys were asked for. `done` refuses the rest by name."""

    def __init__(self, value: Value) -> None:
        if not isinstance(value.content, dict):
            value.place.refuse("must be a mapping of keys to values")
        self.place: Place = value.place
        self._entries: dict[str, Value] = value.content
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._entries

    def items(self) -> Iterator[tuple[str, Value]]:
        """Every key and its value, for mappings whose keys are names or hours."""
        self._asked.update(self._entries)
        return iter(self._entries.items())

    def refuse(self, key: str, reason: str) -> NoReturn:
        """Raise ConfigError at `key`, or at the section where the key is missing."""
        value = self._entries.get(key)
        if value is not None:
            value.place.refuse(reason)
        Place(self.place.file, self.place.line, f"{self.place.key}.{key}".lstrip(".")).refuse(reason)

    def take(self, key: str) -> Value | None:
        """The value at `key`, or None where it is missing or null."""
        self._asked.add(key)
        value = self._entries.get(key)
        return None if value is None or value.content is None else value

    def need(self, key: str) -> Value:
        """The value at `key`, which must be there."""
        value = self.take(key)
        if value is None:
            self.refuse(key, "missing")
        return value

    def section(self, key: str) -> Section | None:
        """The mapping at `key`, if any."""
        value = self.take(key)
        return None if value is None else Section(value)

    def list(self, key: str) -> list[Value]:
        """The list at `key`; empty where it is missing."""
        value = self.take(key)
        return [] if value is None else entries(value)

    def number(self, key: str, default: float | None = None, *, low: float = 0.0, high: float = 1e6) -> float:
        """A finite number in low..high."""
        if default is not None and self.take(key) is None:
            return default
        return number(self.need(key), low, high)

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 1_000_000) -> int:
        """A whole number in low..high."""
        if default is not None and self.take(key) is None:
            return default
        return integer(self.need(key), low, high)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value.content, bool):
            value.place.refuse(f"{_shown(value)} is not true or false")
        return value.content

    def text(self, key: str, default: str | None = None) -> str:
        """Text of 1 to 128 printable characters; a number is taken as its text."""
        if default is not None and self.take(key) is None:
            return default
        value = self.need(key)
        content = str(value.content).strip() if isinstance(value.content, str | int | float) else ""
        if isinstance(value.content, bool) or not 1 <= len(content) <= MAX_TEXT or not content.isprintable():
            value.place.refuse(f"must be text of 1 to {MAX_TEXT} printable characters")
        return content

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the allowed words."""
        found = self.text(key, default)
        if found not in allowed:
            self.refuse(key, f"{found!r} is unknown; one of {', '.join(allowed)}")
        return found

    def ignore(self, *keys: str) -> None:
        """Keys that are known and have no effect here."""
        self._asked.update(keys)

    def done(self) -> None:
        """Refuse every key that nobody asked for."""
        for key in self._entries.keys() - self._asked:
            near = difflib.get_close_matches(key, sorted(self._asked), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(self._asked))}"
            self.refuse(key, f"unknown key; {hint}")


def entries(value: Value) -> list[Value]:
    """The items of a list."""
    if not isinstance(value.content, list):
        value.place.refuse("must be a list")
    return value.content


def number(value: Value, low: float, high: float) -> float:
    """A finite number in low..high; booleans and text are none."""
    content = value.content
    if isinstance(content, bool) or not isinstance(content, int | float):
        value.place.refuse(f"{_shown(value)} is not a number; a number from {low:g} to {high:g}")
    if not low <= content <= high:  # also what NaN fails
        value.place.refuse(f"{_shown(value)} is out of range; a number from {low:g} to {high:g}")
    return float(content)


def integer(value: Value, low: int, high: int) -> int:
    """A whole number in low..high."""
    if number(value, low, high) != int(number(value, low, high)):
        value.place.refuse(f"{_shown(value)} is not whole; a whole number from {low} to {high}")
    return int(number(value, low, high))


def _shown(value: Value) -> str:
    return repr(value.content)[:40] if not isinstance(value.content, list | dict) else "a list or mapping"
