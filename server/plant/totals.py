"""All that was counted from a run's beginning to a time of it; two of them apart are what happened between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from clients.plant.models import MACHINES

Amount = TypeVar("Amount", int, float)

STATES = ("setup", "working", "down", "blocked")
"""What a machine's time is spent in; what is left of it, it starved."""


@dataclass(frozen=True, slots=True)
class MachineTotals:
    """Of one machine at `at_s`: steps done, mass, energy, and by STATES place-seconds so far and places taken now."""

    at_s: float = 0.0
    batches: int = 0
    worked_s: float = 0.0
    left_kg: float = 0.0
    energy_j: float = 0.0
    spent_s: tuple[float, ...] = (0.0,) * len(STATES)
    places: tuple[int, ...] = (0,) * len(STATES)
    scrap_kg: Mapping[str, float] = field(default_factory=dict)

    def until(self, time_s: float) -> MachineTotals:
        """With what went on until then; valid up to the next event."""
        passed_s = time_s - self.at_s
        spent_s = tuple(spent + places * passed_s for spent, places in zip(self.spent_s, self.places, strict=True))
        return replace(self, at_s=time_s, spent_s=spent_s)

    def since(self, before: MachineTotals) -> MachineTotals:
        """What came after `before`, which is of the same machine and earlier."""
        return replace(
            self,
            batches=self.batches - before.batches,
            worked_s=self.worked_s - before.worked_s,
            left_kg=self.left_kg - before.left_kg,
            energy_j=self.energy_j - before.energy_j,
            spent_s=tuple(max(0.0, now - then) for now, then in zip(self.spent_s, before.spent_s, strict=True)),
            scrap_kg=_more(self.scrap_kg, before.scrap_kg),
        )


@dataclass(frozen=True, slots=True)
class PlantTotals:
    """Of the plant at `at_s`. `batches` came to what, by word; `wip_s` are batch-seconds of those `inside` and gone."""

    at_s: float
    batches: Mapping[str, int]
    wip_s: float
    inside: int
    cells: int
    cells_kwh: float
    machines: tuple[MachineTotals, ...]

    def until(self, time_s: float) -> PlantTotals:
        """With what went on until then; valid up to the next event."""
        wip_s = self.wip_s + self.inside * (time_s - self.at_s)
        return replace(self, at_s=time_s, wip_s=wip_s, machines=tuple(each.until(time_s) for each in self.machines))

    def since(self, before: PlantTotals) -> PlantTotals:
        """What came after `before`."""
        return replace(
            self,
            batches=_more(self.batches, before.batches),
            wip_s=max(0.0, self.wip_s - before.wip_s),
            cells=self.cells - before.cells,
            cells_kwh=self.cells_kwh - before.cells_kwh,
            machines=tuple(now.since(then) for now, then in zip(self.machines, before.machines, strict=True)),
        )


NOTHING = PlantTotals(0.0, {}, 0.0, 0, 0, 0.0, (MachineTotals(),) * len(MACHINES))
"""At the beginning."""


def _more(now: Mapping[str, Amount], then: Mapping[str, Amount]) -> dict[str, Amount]:
    return {word: amount - then.get(word, 0) for word, amount in now.items() if amount > then.get(word, 0)}
