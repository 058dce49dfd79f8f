"""Off grid: battery and sun must carry the loads, tick by tick; what they cannot carry is shed by priority.

NON_ESSENTIAL goes at once. NICE_TO_HAVE goes when the charge falls to the low threshold and returns at the high one.
A deficit beyond what the battery can give sheds the next level at once, and the last level is dark; what overload has
shed is tried again after RETRY_S, and a dark panel needs RESTART_SOC first, for which it charges from the sun.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.physics.storage import Bank

Integers = NDArray[np.int64]

RETRY_S: Final = 300
RESTART_SOC: Final = 0.05


class Level(IntEnum):
    """What is left on the bus."""

    ON_GRID = 0
    BACKUP = 1
    SAVING = 2
    DARK = 3
    DEAD = 4
    """No battery to form a grid: not even the sun may feed the bus."""


@dataclass(frozen=True, slots=True)
class Stance:
    """The level of the tick before, and until when an overloaded panel stays there."""

    level: Level = Level.ON_GRID
    held_until: int = 0


@dataclass(frozen=True, slots=True)
class Island:
    """What is the same over a block: the bank's present ratings in mW, and thresholds of its stored energy."""

    bank: Bank
    charge_mw: int
    discharge_mw: int
    low: int
    high: int

    @property
    def restart(self) -> int:
        """The stored energy that a dark panel starts again with."""
        return int(self.bank.capacity * RESTART_SOC)


@dataclass(frozen=True, slots=True)
class Carried:
    """Per tick: battery power (positive = charge), sun used, level, hold; stored energy has one more, at the end."""

    battery: Integers
    sun: Integers
    stored: Integers
    levels: Integers
    holds: Integers


def carry(
    island: Island, stance: Stance, stored: int, first: int, needs: tuple[Integers, Integers, Integers]
) -> Carried:
    """Carry `needs` (what must, what is nice to have, and the sun on offer, all >= 0 in mW) from tick `first` on."""
    must, nice, sun = needs
    count = len(must)
    out = Carried(*(np.zeros(count + extra, dtype=np.int64) for extra in (0, 0, 1, 0, 0)))
    out.stored[0] = stored
    stance = _by_charge(island, stance, stored, first)
    start = _steady(island, stance, first, (_wanted(stance.level, must, nice), sun), out)
    for index in range(start, count):
        stored = int(out.stored[index])
        offered = int(must[index]), int(nice[index]), int(sun[index])
        stance, battery, used = _tick(island, stance, stored, first + index, offered)
        out.battery[index], out.sun[index] = battery, used
        out.stored[index + 1] = stored + island.bank.change(battery)
        out.levels[index], out.holds[index] = stance.level, stance.held_until
    return out


def _steady(island: Island, stance: Stance, first: int, needs: tuple[Integers, Integers], out: Carried) -> int:
    """Write out how long nothing changes but the charge, at once; the index of the first tick that is different."""
    wanted, sun = needs
    battery = sun - wanted
    count = len(battery)
    levels = out.stored[0] + np.concatenate(([0], np.cumsum(island.bank.changes(battery))))
    before, after, ticks = levels[:-1], levels[1:], first + np.arange(count)
    wrong = (battery > island.charge_mw) | (-battery > island.discharge_mw)
    wrong |= ((battery > 0) & (after > island.bank.capacity)) | ((battery < 0) & (after < 0))
    released = ticks >= stance.held_until
    if stance.level is Level.BACKUP:
        wrong |= before <= island.low
    elif stance.level is Level.SAVING:
        wrong |= released & (before >= island.high) & (before > island.low)
    else:
        wrong |= released & (before >= island.restart)
    until = int(wrong.argmax()) if wrong.any() else count
    out.battery[:until], out.sun[:until] = battery[:until], sun[:until]
    out.stored[: until + 1] = levels[: until + 1]
    out.levels[:until], out.holds[:until] = stance.level, stance.held_until
    return until


def _tick(
    island: Island, stance: Stance, stored: int, tick: int, offered: tuple[int, int, int]
) -> tuple[Stance, int, int]:
    """One tick: the stance it is spent in, battery power, and sun used."""
    must, nice, sun = offered
    stance = _by_charge(island, stance, stored, tick)
    most = min(island.discharge_mw, island.bank.discharge_room(stored, 0))
    while (need := _wanted_of(stance.level, must, nice) - sun) > most:
        stance = Stance(Level(stance.level + 1), tick + RETRY_S)
    if need >= 0:
        return stance, -need, sun
    charge = min(-need, island.charge_mw, island.bank.charge_room(stored))
    return stance, charge, sun + need + charge


def _by_charge(island: Island, stance: Stance, stored: int, tick: int) -> Stance:
    """The stance that the charge alone asks for at the beginning of a tick."""
    level, released = stance.level, tick >= stance.held_until
    if level in (Level.ON_GRID, Level.DEAD):
        level = Level.BACKUP
    if level is Level.DARK and released and stored >= island.restart:
        level = Level.SAVING
    if level is Level.SAVING and released and stored >= island.high and stored > island.low:
        level = Level.BACKUP
    if level is Level.BACKUP and stored <= island.low:
        level = Level.SAVING
    return stance if level is stance.level else Stance(level, stance.held_until)


def _wanted(level: Level, must: Integers, nice: Integers) -> Integers:
    if level is Level.DARK:
        return np.zeros_like(must)
    return must + nice if level is Level.BACKUP else must


def _wanted_of(level: Level, must: int, nice: int) -> int:
    if level is Level.DARK:
        return 0
    return must + nice if level is Level.BACKUP else must
