"""The books of one machine, event by event."""

from __future__ import annotations

from collections.abc import Mapping

from server.plant.outcome import Outcome
from server.plant.totals import STATES, MachineTotals

DOWN = STATES.index("down")


class Books:
    """Place-seconds by the place in STATES, mass and energy."""

    __slots__ = ("_at_s", "_counted", "_inside", "_places", "_spent_s", "_totals", "batches", "energy_j", "left_kg",
                 "scrap_kg", "worked_s")  # fmt: skip

    def __init__(self) -> None:
        self._inside: dict[str | None, tuple[int, int]] = {}
        self._spent_s, self._places, self._at_s = [0.0] * len(STATES), [0] * len(STATES), 0.0
        self._counted = self._places
        self._totals: MachineTotals | None = None
        self.scrap_kg: dict[str, float] = {}
        self.left_kg = self.energy_j = self.worked_s = 0.0
        self.batches = 0

    def turn(self, batch_id: str | None, state: int | None, units: int, now_s: float) -> None:
        """The batch's places are in that state from now on; None when it leaves. No batch: the machine, stopped."""
        spent_s, places, passed_s = self._spent_s, self._places, now_s - self._at_s
        if passed_s > 0 and self._inside:
            for each, taken in enumerate(self._counted):
                if taken:
                    spent_s[each] += taken * passed_s
        before = self._inside.pop(batch_id, None)
        if before is not None:
            places[before[0]] -= before[1]
        if state is not None:
            self._inside[batch_id] = (state, units)
            places[state] += units
        self._at_s, self._totals = now_s, None

    def stop(self, units: int, now_s: float) -> None:
        """All places are down from now on, taken or not."""
        self.turn(None, DOWN, 0, now_s)
        self._counted = [units if each == DOWN else 0 for each in range(len(STATES))]

    def start(self, now_s: float) -> None:
        """Each place is again in the state that its batch is in."""
        self.turn(None, None, 0, now_s)
        self._counted = self._places

    def clear(self, now_s: float) -> None:
        """All batches leave, and the machine is stopped no more."""
        for batch_id in list(self._inside):
            self.turn(batch_id, None, 1, now_s)
        self._counted = self._places

    def finish(self, outcome: Outcome) -> None:
        """A step is done."""
        self.batches += 1
        self.worked_s += outcome.duration_s
        self.left_kg += outcome.material.solid_kg
        self.book(outcome.energy_j, outcome.scrap_kg)

    def book(self, energy_j: float, scrap_kg: Mapping[str, float]) -> None:
        """Energy that was drawn, and solids that were lost by cause."""
        self._totals = None
        self.energy_j += energy_j
        for cause, lost_kg in scrap_kg.items():
            self.scrap_kg[cause] = self.scrap_kg.get(cause, 0.0) + lost_kg

    def totals(self) -> MachineTotals:
        """As of the machine's newest event; made once for each."""
        if self._totals is None:
            spent_s, places, scrap_kg = tuple(self._spent_s), tuple(self._counted), dict(self.scrap_kg)
            done = (self._at_s, self.batches, self.worked_s, self.left_kg, self.energy_j)
            self._totals = MachineTotals(*done, spent_s, places, scrap_kg)
        return self._totals
