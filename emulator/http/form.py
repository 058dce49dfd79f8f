"""A JSON text with holes for its numbers: written once, and filled in again at every tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import orjson

_GAP: Final = b"\0"
"""Cannot be in JSON: a text that holds it is written with an escape."""

HOLE: Final[Any] = orjson.Fragment(_GAP)
"""Stands for a number that is filled in later."""


class Form:
    """What is written around the holes of some content."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        around = orjson.dumps(content).split(_GAP)
        self._parts = [b""] * (2 * len(around) - 1)
        self._parts[::2] = around

    def filled(self, first: Iterable[float], columns: Sequence[Sequence[float]]) -> orjson.Fragment:
        """The content with numbers in its holes, in the order of the text: `first`, then the columns row by row."""
        numbers = [*first, *chain.from_iterable(zip(*columns, strict=True))]
        parts = self._parts.copy()
        parts[1::2] = orjson.dumps(numbers)[1:-1].split(b",") if numbers else ()
        return orjson.Fragment(b"".join(parts))
