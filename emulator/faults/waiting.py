"""Time: an answer that comes late, or drop by drop. The seconds are real ones, as a client's time-outs are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from emulator.configuration.section import Section
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit

LONGEST_WAIT_S: Final = 600.0
"""The longest that an answer is held back, all latencies together."""

WIDEST_SIGMA: Final = 4.0
FASTEST_DRIP: Final = 1_000_000
"""Bytes per second."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Wait before anything is sent: always `seconds`, or log-normally around `median_s` (sigma of its logarithm)."""

    stage: ClassVar = Stage.WAIT
    seconds: float | None = None
    median_s: float | None = None
    sigma: float | None = None

    @classmethod
    def read(cls, section: Section) -> Self:
        """`seconds`, or `median_s` with `sigma` (0.5 unless given)."""
        if "seconds" in section:
            for key in ("median_s", "sigma"):
                if key in section:
                    section.refuse(key, "give seconds, or median_s and sigma, not both")
            return cls(section.number("seconds", high=LONGEST_WAIT_S))
        if "median_s" not in section:
            section.refuse("seconds", "missing; give seconds, or median_s and sigma")
        median_s = section.number("median_s", high=LONGEST_WAIT_S)
        return cls(None, median_s, section.number("sigma", 0.5, high=WIDEST_SIGMA))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Add to what other latencies ask for."""
        if self.median_s is None or self.sigma is None:
            seconds = self.seconds or 0.0
        else:
            seconds = self.median_s * math.exp(self.sigma * draw.normal())
        outcome.wait_s = min(outcome.wait_s + seconds, LONGEST_WAIT_S)
        return True


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the body slowly."""

    stage: ClassVar = Stage.PACE
    bytes_per_s: float

    @classmethod
    def read(cls, section: Section) -> Self:
        """`bytes_per_s`, from 1."""
        return cls(section.number("bytes_per_s", low=1, high=FASTEST_DRIP))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Take the pace; a second drip has no turn."""
        outcome.bytes_per_s = self.bytes_per_s
        outcome.closed |= {Stage.PACE}
        return True
