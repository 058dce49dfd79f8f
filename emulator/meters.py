"""What the meters show of the truth: exactly it (ideal), or as a real panel does (strict).

Strict: a branch below the dead band counts as 0 in its circuit's power; an open branch shows a little noise; circuit
energy is refreshed once a period, so it lags. A captured panel's lag was 623 s at one instant, which says only that the
period is longer; 660 s is our choice. A relay that moves refreshes too, so that an open circuit's energy stands still.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from emulator import noise
from emulator.counters import MWS_PER_MWH, Totals
from emulator.energy import Bus, Flows
from emulator.islanding import Level
from emulator.layout import PanelConfig, Placement
from emulator.reading import BranchReading, CircuitReading, Counters, Reading
from emulator.settings import Settings

_EMPTY: Final = Counters(0, 0)
_PER_CENT: Final = 100


class Meters:
    """The meters of one panel, and the circuit energies that they last refreshed."""

    def __init__(self, config: PanelConfig, seed: int, bus: Bus, *, is_strict: bool) -> None:
        self._config, self._bus, self._is_strict = config, bus, is_strict
        self._dead_band = config.measuring.dead_band_w * 1000 if is_strict else 0.0
        self._period = config.measuring.energy_period_s
        self._phase = int(noise.chance(noise.key(seed, "meters"), 0) * self._period)
        self._noise_mw = config.measuring.open_noise_w * 1000 if is_strict else 0.0
        self._streams = [noise.key(seed, "branch", tab) for tab in range(config.tabs + 1)]
        self._lagging: tuple[int, Totals] | None = None

    def refresh(self, tick: int, totals: Totals) -> None:
        """Take the circuits' energies at `tick` as what is shown from now on."""
        self._lagging = tick, totals

    def marks(self, block: Flows, before: Level, after: int, until: int) -> list[int]:
        """The ticks in after < tick <= until (and within the block) at which strict meters refresh."""
        if not self._is_strict:
            return []
        last = until - (until + self._phase) % self._period
        levels = block.levels[after - block.first : until - block.first]
        moved: list[int] = []
        if before or levels.any():
            changed = np.flatnonzero(np.diff(levels, prepend=int(before)))
            moved = [after + index for index in changed.tolist()]
        return sorted({mark for mark in (*moved, last) if after <= mark <= until})

    def shown(self, settings: Settings, level: Level, tick: int, totals: Totals, block: Flows, index: int) -> Reading:
        """The whole reading, but for the state of charge."""
        power = block.power[:, index].tolist()
        closed = self._closed(settings, level)
        branches = self._branches(power, closed, tick, totals)
        grid = int(block.grid[index])
        main = Counters(totals.imported // MWS_PER_MWH, totals.exported // MWS_PER_MWH)
        through = Counters(
            main.consumed_mwh - sum(branch.energy.produced_mwh for branch in branches),
            sum(branch.energy.consumed_mwh for branch in branches) - main.produced_mwh,
        )
        return Reading(
            tick=tick,
            booted_tick=settings.booted_tick,
            main_relay_closed=settings.main_closed,
            grid_is_up=settings.grid_up,
            on_battery=level in (Level.BACKUP, Level.SAVING),
            grid_mw=grid,
            feedthrough_mw=grid - sum(branch.power_mw for branch in branches),
            main_meter=main,
            feedthrough=through,
            branches=tuple(branches),
            circuits=self._circuits(settings, closed, branches, tick, totals),
            soc=None,
            soc_low_threshold=settings.soc_low,
            soc_high_threshold=settings.soc_high,
        )

    def _closed(self, settings: Settings, level: Level) -> list[bool]:
        shed = self._bus.shed(settings, level)
        circuits = [c.is_closed and not gone for c, gone in zip(settings.circuits, shed, strict=True)]
        return circuits + [True] * len(self._config.unmapped)

    def _branches(self, power: list[int], closed: list[bool], tick: int, totals: Totals) -> list[BranchReading]:
        """Every tab in order; one without a load is closed and shows nothing."""
        found: dict[int, BranchReading] = {}
        for row, placement in enumerate(self._config.placements):
            energies = _energies(placement, int(totals.consumed[row]), int(totals.produced[row]))
            for tab, share, energy in zip(placement.tabs, placement.shares, energies, strict=True):
                shown = power[row] * share // _PER_CENT if closed[row] else self._stray_mw(tab, tick)
                found[tab] = BranchReading(tab, closed[row], shown, energy)
        empty = (tab for tab in range(1, self._config.tabs + 1) if tab not in found)
        found.update((tab, BranchReading(tab, is_closed=True, power_mw=0, energy=_EMPTY)) for tab in empty)
        return [found[tab] for tab in sorted(found)]

    def _circuits(
        self, settings: Settings, closed: list[bool], branches: list[BranchReading], tick: int, totals: Totals
    ) -> tuple[CircuitReading, ...]:
        energy_tick, measured = self._lagging if self._is_strict and self._lagging else (tick, totals)
        return tuple(
            CircuitReading(
                id=config.id,
                name=now.name,
                tabs=config.tabs,
                is_closed=is_closed,
                power_mw=self._circuit_mw([branches[tab - 1].power_mw for tab in config.tabs]) if is_closed else 0,
                energy=energy,
                energy_tick=energy_tick,
                priority=now.priority,
                is_user_controllable=now.is_user_controllable,
                is_sheddable=now.is_sheddable,
                is_never_backup=now.is_never_backup,
            )
            for config, now, is_closed, energy in zip(
                self._config.circuits, settings.circuits, closed, self._energies(measured), strict=False
            )
        )

    def _circuit_mw(self, branches: list[int]) -> int:
        return sum(power for power in branches if abs(power) > self._dead_band)

    def _stray_mw(self, tab: int, tick: int) -> int:
        """The noise of an open branch: it counts in no energy."""
        return int(self._noise_mw * (0.5 + noise.chance(self._streams[tab], tick))) if self._noise_mw else 0

    def _energies(self, totals: Totals) -> list[Counters]:
        """By circuit: the sum of what its branches show."""
        rows = zip(self._config.circuits, totals.consumed.tolist(), totals.produced.tolist(), strict=False)
        return [_summed(_energies(circuit.placement, consumed, produced)) for circuit, consumed, produced in rows]


def _energies(placement: Placement, consumed: int, produced: int) -> list[Counters]:
    """By branch, mWh rounded down."""
    return [
        Counters(consumed * share // _PER_CENT // MWS_PER_MWH, produced * share // _PER_CENT // MWS_PER_MWH)
        for share in placement.shares
    ]


def _summed(branches: list[Counters]) -> Counters:
    return Counters(sum(b.consumed_mwh for b in branches), sum(b.produced_mwh for b in branches))
