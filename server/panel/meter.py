"""The two energy counters of one circuit, branch or main meter."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign

from server.panel.counter import Counter
from server.panel.limits import Limits


@dataclass(slots=True)
class Meter:
    """What it consumed and what it produced, in Wh, each made honest by itself."""

    consumed: Counter
    produced: Counter

    @classmethod
    def begun(cls, raw_wh: tuple[float, float], at_s: float, now_s: float) -> Meter:
        """One that is read for the first time."""
        consumed_wh, produced_wh = raw_wh
        return cls(Counter(consumed_wh + 0.0, at_s, now_s), Counter(produced_wh + 0.0, at_s, now_s))

    def read(self, raw_wh: tuple[float, float], at_s: float, now_s: float, limits: Limits) -> tuple[float, float]:
        """The totals to show, as (consumed, produced): `raw_wh` itself where it can be shown as it is."""
        consumed_wh, produced_wh = raw_wh
        shown_wh = (
            self.consumed.read(consumed_wh, at_s, now_s, limits),
            self.produced.read(produced_wh, at_s, now_s, limits),
        )
        is_negative_zero = copysign(1.0, consumed_wh) < 0 or copysign(1.0, produced_wh) < 0
        return shown_wh if shown_wh != raw_wh or is_negative_zero else raw_wh
