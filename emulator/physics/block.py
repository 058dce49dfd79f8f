"""A stretch of ticks computed ahead: what flows in each, and what of the past they began with."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from emulator.physics.counters import Totals
from emulator.physics.energy import Flows
from emulator.physics.islanding import Level, Stance


@dataclass(frozen=True, slots=True)
class Past:
    """All of the past that the next tick depends on: counters, stored energy (see storage.py), and stance."""

    totals: Totals
    stored: int
    stance: Stance


class Block:
    """Ticks `first` to `end` (excluded) under settings that do not change."""

    __slots__ = ("_counted", "_moved", "end", "first", "flows", "past")

    def __init__(self, flows: Flows, past: Past) -> None:
        self.flows, self.past = flows, past
        self.first, self.end = flows.first, flows.first + len(flows.grid)
        self._counted = self.first, past.totals
        self._moved = self._moves()

    def level(self, tick: int) -> Level:
        """What is left on the bus during `tick`."""
        return Level(int(self.flows.levels[tick - self.first]))

    def power(self, tick: int) -> list[int]:
        """What each load draws during `tick`, mW."""
        powers: list[int] = self.flows.power[:, tick - self.first].tolist()
        return powers

    def grid(self, tick: int) -> int:
        """What the grid gives during `tick`, mW."""
        return int(self.flows.grid[tick - self.first])

    def last_move(self, tick: int) -> int:
        """The last tick, up to this one, whose level was not that of the tick before; -1 if there is none here."""
        place = bisect_right(self._moved, tick)
        return self._moved[place - 1] if place else -1

    def totals(self, tick: int) -> Totals:
        """What is counted up to the beginning of `tick`; asked in order of time, each stretch is summed once."""
        at, totals = self._counted if self._counted[0] <= tick else (self.first, self.past.totals)
        if tick > at:
            since = slice(at - self.first, tick - self.first)
            totals = totals.after(self.flows.power[:, since], self.flows.grid[since])
        self._counted = tick, totals
        return totals

    def stored(self, tick: int) -> int:
        """The battery's energy at the beginning of `tick`."""
        return int(self.flows.stored[tick - self.first])

    def past_at(self, tick: int) -> Past:
        """What the block that begins at `tick` begins with; `tick` is not the first."""
        return Past(self.totals(tick), self.stored(tick), self.flows.stance_before(tick))

    def _moves(self) -> list[int]:
        levels, before = self.flows.levels, self.past.stance.level
        if before is Level.ON_GRID and not levels.any():
            return []
        moved: list[int] = (np.flatnonzero(np.diff(levels, prepend=int(before))) + self.first).tolist()
        return moved
