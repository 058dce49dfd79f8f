"""The bus: what the branches draw, the grid or the battery gives, at every tick, in whole milliwatts.

On grid: grid = loads - sources + battery + what the lugs pass on. Off grid: grid = 0 and sources + battery = loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.configuration.layout import Battery, PanelConfig, Source
from emulator.physics.islanding import Island, Level, Stance, carry
from emulator.physics.loads import Loads, step_mw
from emulator.physics.settings import Settings
from emulator.physics.storage import Bank, bank_of, integrated, split

Integers = NDArray[np.int64]
Rows = NDArray[np.bool_]

_MW: Final = 1000


@dataclass(frozen=True, slots=True)
class Flows:
    """A block of ticks from `first`: power by row and grid power in mW, and what the next block must know.

    `stored` has one more than the ticks: before each, and after the last. `levels` and `holds` are each tick's stance.
    """

    first: int
    power: Integers
    grid: Integers
    stored: Integers
    levels: Integers
    holds: Integers

    def then(self, later: Flows) -> Flows:
        """These ticks and the ones right after them."""
        return Flows(
            self.first,
            np.concatenate((self.power, later.power), axis=1),
            np.concatenate((self.grid, later.grid)),
            np.concatenate((self.stored, later.stored[1:])),
            np.concatenate((self.levels, later.levels)),
            np.concatenate((self.holds, later.holds)),
        )

    def stance_before(self, tick: int) -> Stance:
        """That of the tick before one of these or before the end; not before the first."""
        last = tick - self.first - 1
        return Stance(Level(int(self.levels[last])), int(self.holds[last]))


class Bus:
    """One panel's wiring. `flows` is a pure function of its arguments."""

    def __init__(self, config: PanelConfig, seed: int, *, passes_residual: bool) -> None:
        self._config = config
        self._loads = Loads(config, seed)
        placed = config.placements
        self.bank: Bank | None = bank_of({r: p.load for r, p in enumerate(placed) if isinstance(p.load, Battery)})
        self._steps = np.array([[step_mw(placement)] for placement in placed], dtype=np.int64)
        self._sources = np.array([isinstance(placement.load, Source) for placement in placed])
        residual_w = config.measuring.lug_residual_w if passes_residual else 0.0
        self._residual = residual_w * _MW / 2

    def flows(self, settings: Settings, stance: Stance, stored: int, first: int, count: int) -> Flows:
        """The next `count` ticks under settings that do not change; they may pass midnight."""
        today = min(count, self._loads.span(first).end - first)
        flows = self._within_a_day(settings, stance, stored, first, today)
        if today == count:
            return flows
        midnight = first + today
        later = self.flows(settings, flows.stance_before(midnight), int(flows.stored[-1]), midnight, count - today)
        return flows.then(later)

    def _within_a_day(self, settings: Settings, stance: Stance, stored: int, first: int, count: int) -> Flows:
        power, passed = self._loads.natural(first, count)
        self._override(power, settings)
        power[[row for row, circuit in enumerate(settings.circuits) if not circuit.is_closed]] = 0
        if settings.on_grid:
            residual = np.rint(passed * self._residual).astype(np.int64) * 2
            return self._tied(settings, power, residual, stored, first)
        return self._islanded(settings, power, stance, stored, first)

    def shed(self, settings: Settings, level: Level) -> list[bool]:
        """By circuit: whether the panel itself holds the relay open."""
        if level in (Level.ON_GRID, Level.DEAD):
            return [False] * len(settings.circuits)
        saving = level is not Level.BACKUP
        non, nice = self._classes(settings)
        return [bool(a or (saving and b)) for a, b in zip(non, nice, strict=True)][: len(settings.circuits)]

    def _override(self, power: Integers, settings: Settings) -> None:
        for row, override in settings.overrides.items():
            step = self._steps[row, 0]
            if override.power_w is not None:
                power[row] = round(override.power_w * _MW / step) * step
            elif override.multiplier is not None:
                power[row] = np.rint(power[row] * (override.multiplier / step)).astype(np.int64) * step

    def _tied(self, settings: Settings, power: Integers, residual: Integers, stored: int, first: int) -> Flows:
        count = power.shape[1]
        levels = np.full(count + 1, stored, dtype=np.int64)
        bank, charge, discharge = self._ratings(settings)
        if bank is not None:
            power[list(bank.rows)] = 0
            wish = np.minimum(np.maximum(self._wish(bank, settings, power, first), -sum(discharge)), sum(charge))
            battery, levels = integrated(bank, stored, wish, bank.reserve)
            power[list(bank.rows)] = _shared(battery, charge, discharge)
        nothing = np.zeros(count, dtype=np.int64)
        return Flows(first, power, power.sum(axis=0) + residual, levels, nothing, nothing)

    def _wish(self, bank: Bank, settings: Settings, power: Integers, first: int) -> Integers:
        """What the dispatch would have the battery do, mW, positive = charge."""
        count = power.shape[1]
        asked = [settings.overrides[row].power_w for row in bank.rows if row in settings.overrides]
        if any(watts is not None for watts in asked):
            return np.full(count, round(sum(watts or 0.0 for watts in asked) * _MW / 2) * 2, dtype=np.int64)
        if bank.mode == "self_consumption":
            net: Integers = power.sum(axis=0)
            return -net
        if bank.mode == "backup":
            return np.full(count, sum(bank.charge_mw), dtype=np.int64)
        hours = (np.arange(first, first + count) - self._loads.span(first).zero) // 3600
        wish: Integers = np.array(bank.schedule_mw, dtype=np.int64).take(hours)
        return wish

    def _islanded(self, settings: Settings, power: Integers, stance: Stance, stored: int, first: int) -> Flows:
        count = power.shape[1]
        bank, charge, discharge = self._ratings(settings)
        nothing = np.zeros(count, dtype=np.int64)
        if bank is None or not sum(discharge):
            dead = np.full(count, Level.DEAD, dtype=np.int64)
            return Flows(first, power * 0, nothing, np.full(count + 1, stored, dtype=np.int64), dead, nothing)
        self._one_way(power, bank)
        non, nice = self._classes(settings)
        low, high = (int(bank.capacity * soc) for soc in (settings.soc_low, settings.soc_high))
        island = Island(bank, sum(charge), sum(discharge), low, high)
        power[non] = 0
        must = ~(non | nice | self._sources)
        needs = power[must].sum(axis=0), power[nice].sum(axis=0), -power[self._sources].sum(axis=0)
        carried = carry(island, stance, stored, first, needs)
        power[nice] *= carried.levels < Level.SAVING
        power[must] *= carried.levels < Level.DARK
        power[self._sources] = -_in_turn(-power[self._sources], carried.sun)
        power[list(bank.rows)] = _shared(carried.battery, charge, discharge)
        return Flows(first, power, nothing, carried.stored, carried.levels, carried.holds)

    def _one_way(self, power: Integers, bank: Bank) -> None:
        """Off grid an override cannot make a load feed the bus or a source draw from it: nobody could balance that."""
        power[list(bank.rows)] = 0
        signs = np.where(self._sources, -1, 1)[:, None]
        np.maximum(power * signs, 0, out=power)
        power *= signs

    def _classes(self, settings: Settings) -> tuple[Rows, Rows]:
        """Rows that go at once off grid, and rows that go when the battery runs low."""
        unmapped = [False] * len(self._config.unmapped)
        loads = ~self._sources
        if self.bank is not None:
            loads[list(self.bank.rows)] = False
        never = [circuit.is_never_backup for circuit in settings.circuits]
        gone = [c.is_sheddable and c.priority == "NON_ESSENTIAL" for c in settings.circuits]
        later = [c.is_sheddable and c.priority == "NICE_TO_HAVE" for c in settings.circuits]
        non = (np.array([*never, *unmapped]) | np.array([*gone, *unmapped])) & loads
        return non, np.array([*later, *unmapped], dtype=bool) & loads & ~non

    def _ratings(self, settings: Settings) -> tuple[Bank | None, tuple[int, ...], tuple[int, ...]]:
        """The bank and its batteries' ratings, 0 for one behind an open relay."""
        if self.bank is None:
            return None, (), ()
        closed = [row >= len(settings.circuits) or settings.circuits[row].is_closed for row in self.bank.rows]
        charge = tuple(rating * on for rating, on in zip(self.bank.charge_mw, closed, strict=True))
        return self.bank, charge, tuple(r * on for r, on in zip(self.bank.discharge_mw, closed, strict=True))


def _shared(battery: Integers, charge: tuple[int, ...], discharge: tuple[int, ...]) -> Integers:
    if len(charge) == 1:
        return battery.reshape(1, -1)
    if charge == discharge:
        return split(battery, charge)
    taken, given = split(np.maximum(battery, 0), charge), split(np.minimum(battery, 0), discharge)
    shared: Integers = taken + given
    return shared


def _in_turn(offered: Integers, used: Integers) -> Integers:
    """Sources in their order give what is used; the last ones are curtailed first."""
    before = np.cumsum(offered, axis=0) - offered
    given: Integers = np.minimum(np.maximum(used - before, 0), offered)
    return given
