"""One JSON object of the plant's wire, read field by field; whatever is missing or mistyped is a PlantProtocolError."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from clients.plant.exceptions import PlantProtocolError


class Fields:
    """`what` names the object in errors."""

    def __init__(self, told: object, what: str) -> None:
        if not isinstance(told, dict):
            raise PlantProtocolError(f"the server answered {type(told).__name__} instead of {what}")
        self.told: dict[str, Any] = told
        self._what = what

    def text(self, key: str) -> str:
        """A text, which may be empty."""
        value = self.told.get(key)
        return value if isinstance(value, str) else self.wrong(key, "a text")

    def text_or_none(self, key: str) -> str | None:
        """A text, or null."""
        return None if self.told.get(key) is None else self.text(key)

    def number(self, key: str) -> float:
        """A finite number."""
        value = _number(self.told.get(key))
        return self.wrong(key, "a finite number") if value is None else value

    def number_or_none(self, key: str) -> float | None:
        """A finite number, or null."""
        return None if self.told.get(key) is None else self.number(key)

    def count(self, key: str) -> int:
        """A whole number, 0 or more."""
        value = self.told.get(key)
        return value if type(value) is int and value >= 0 else self.wrong(key, "a whole number from 0 on")

    def moment(self, key: str) -> datetime:
        """A time; without an offset it is UTC."""
        try:
            moment = datetime.fromisoformat(self.text(key))
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            return self.wrong(key, "a time")

    def moment_or_none(self, key: str) -> datetime | None:
        """A time, or null."""
        return None if self.told.get(key) is None else self.moment(key)

    def mapping(self, key: str) -> dict[str, Any]:
        """An object of whatever."""
        value = self.told.get(key)
        return value if isinstance(value, dict) else self.wrong(key, "an object")

    def inner(self, key: str) -> Fields:
        """An object of fields."""
        return Fields(self.told.get(key), f"{self._what}'s {key}")

    def items(self, key: str) -> list[Any]:
        """A list of whatever."""
        value = self.told.get(key)
        return value if isinstance(value, list) else self.wrong(key, "a list")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(key)
        return tuple(values) if all(isinstance(value, str) for value in values) else self.wrong(key, "a list of texts")

    def numbers(self, key: str) -> dict[str, float]:
        """Finite numbers by name."""
        values = self.numbers_or_none(key)
        return {name: self.wrong(key, "all numbers") if value is None else value for name, value in values.items()}

    def numbers_or_none(self, key: str) -> dict[str, float | None]:
        """Finite numbers or nulls by name."""
        told: Mapping[str, Any] = self.mapping(key)
        if any(value is not None and _number(value) is None for value in told.values()):
            self.wrong(key, "all numbers")
        return {name: _number(value) for name, value in told.items()}

    def counts(self, key: str) -> dict[str, int]:
        """Whole numbers by name."""
        told = Fields(self.told.get(key), f"{self._what}'s {key}")
        return {name: told.count(name) for name in told.told}

    def wrong(self, key: str, wanted: str) -> NoReturn:
        """Raise PlantProtocolError."""
        raise PlantProtocolError(f"the server answered {self._what} whose {key[:100]!r} is not {wanted}, or missing")


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]  # it is one
