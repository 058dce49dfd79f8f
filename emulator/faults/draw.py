"""Chance for faults, without dice: the n-th request that a fault looks at always meets the same numbers."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from emulator.physics import noise

_NUMBERS: Final = 4
"""Independent numbers per request."""


class Draw(NamedTuple):
    """The numbers of one request: `stream` is of (seed, fault's id), `number` counts the fault's requests from 1."""

    stream: int
    number: int

    def chance(self) -> float:
        """Whether the fault strikes: 0 <= it < 1."""
        return self._number(0)

    def normal(self) -> float:
        """A normally distributed number of mean 0 and deviation 1 (Box and Muller)."""
        radius = math.sqrt(-2 * math.log(1 - self._number(1)))
        return radius * math.cos(2 * math.pi * self._number(2))

    def lasting(self) -> float:
        """A number of the fault itself, the same for all of its requests: 0 <= it < 1."""
        return noise.chance(self.stream, 0)

    def _number(self, which: int) -> float:
        return noise.chance(self.stream, self.number * _NUMBERS + which)
