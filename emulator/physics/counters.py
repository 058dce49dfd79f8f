"""Energy since the panel was made: exact integrals of what each load and the grid did, in mW s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.configuration.layout import Battery, Demand, PanelConfig, Placement
from emulator.physics import noise
from emulator.physics.gates import mean_duty

Integers = NDArray[np.int64]

MWS_PER_MWH: Final = 3600
_MWS_PER_WH: Final = 3_600_000
_HOURS_A_YEAR: Final = 8766
_CLEAR_SHARE: Final = 0.16
"""What share of its peak a source gives on average over a year."""


@dataclass(frozen=True, slots=True)
class Totals:
    """By row what was consumed and produced, and the grid's import and export."""

    consumed: Integers
    produced: Integers
    imported: int
    exported: int

    def after(self, power: Integers, grid: Integers) -> Totals:
        """These totals and a stretch of seconds at these powers."""
        drawn = np.maximum(power, 0).sum(axis=1)
        bought = int(np.maximum(grid, 0).sum())
        return Totals(
            self.consumed + drawn,
            self.produced + (drawn - power.sum(axis=1)),
            self.imported + bought,
            self.exported + bought - int(grid.sum()),
        )


def initial_totals(config: PanelConfig, seed: int) -> Totals:
    """Zero, or what a panel of two to six years would have counted."""
    count = len(config.placements)
    if not config.starts_full_of_years:
        return Totals(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), 0, 0)
    hours = _HOURS_A_YEAR * (2 + 4 * noise.chance(noise.key(seed, "age"), 0))
    lives = [_lifetime_wh(p, hours, noise.key(seed, row, "lifetime")) for row, p in enumerate(config.placements)]
    consumed = np.array([drawn for drawn, _ in lives], dtype=np.int64) * _MWS_PER_WH
    produced = np.array([given for _, given in lives], dtype=np.int64) * _MWS_PER_WH
    net = int(consumed.sum() - produced.sum())
    exported = max(int(produced.sum()) // 2, -net)
    return Totals(consumed, produced, net + exported, exported)


def _lifetime_wh(placement: Placement, hours: float, stream: int) -> tuple[int, int]:
    """Consumed and produced; loads have produced a few hundred Wh, by noise and motors that run down."""
    load, luck = placement.load, 0.8 + 0.4 * noise.chance(stream, 0)
    stray = int(100 + 800 * noise.chance(stream, 1))
    if isinstance(load, Demand):
        typical_w = load.typical_w * sum(load.hours) / len(load.hours) * mean_duty(load.gate)
        return int(typical_w * hours * luck), stray
    if isinstance(load, Battery):
        cycled = load.capacity_wh * hours / 24 * luck / 2
        return int(cycled), int(cycled * load.charge_efficiency * load.discharge_efficiency)
    return stray * 10, int(load.peak_w * _CLEAR_SHARE * hours * luck)


def soc_of(stored: int, capacity: int) -> float:
    """State of charge, 0 to 1, of stored energy in the bank's units (see emulator.physics.storage)."""
    return stored / capacity if capacity else 0.0
