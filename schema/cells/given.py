"""Reading what the lab keeps as it was given: a field of the graph shows only what has that field's shape.

What has another shape is not lost: it stands with the unknown keys in `fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

Reader = Callable[[Any], Any]


def split(given: Mapping[str, Any], readers: Mapping[str, Reader]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the readers could read (None for the rest of their keys), and everything else as it was given."""
    read = {key: reader(given.get(key)) for key, reader in readers.items()}
    rest = {key: value for key, value in given.items() if read.get(key) is None}
    return read, rest


def text(value: object) -> str | None:
    """The value, when it is a text."""
    return value if isinstance(value, str) else None


def number(value: object) -> float | None:
    """The value, when it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def whole(value: object) -> int | None:
    """The value, when it is a whole number that fits 32 bits."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**31 else None


def document(value: object) -> dict[str, Any] | None:
    """The value, when it is an object."""
    return dict(value) if isinstance(value, Mapping) else None
