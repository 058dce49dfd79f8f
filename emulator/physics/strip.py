"""The meters' strip chart: what each tab shows at every tick of a short stretch, worked out at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.configuration.layout import PanelConfig
from emulator.physics.block import Block
from emulator.physics.counters import MWS_PER_MWH
from emulator.reading import Column, Counters

Integers = NDArray[np.int64]

STRIP_TICKS: Final = 32
"""A panel that is polled every second has the fixed cost of a strip this seldom, and its memory for so few ticks."""
_PER_CENT: Final = 100


@dataclass(frozen=True, slots=True)
class Strip:
    """Ticks `first` to `end` (excluded) of one block; a row for each tick, a column for each tab.

    Powers in mW as if every relay were closed; counters in mWh up to the beginning of the tick.
    """

    block: Block
    first: int
    end: int
    power: Integers
    consumed: Integers
    produced: Integers
    imported: Integers
    exported: Integers

    def tabs(self, tick: int) -> tuple[list[int], list[int], list[int]]:
        """Power, consumed and produced energy of all tabs."""
        index = tick - self.first
        return self.power[index].tolist(), self.consumed[index].tolist(), self.produced[index].tolist()

    def main(self, tick: int) -> Counters:
        """The main meter."""
        return Counters(int(self.imported[tick - self.first]), int(self.exported[tick - self.first]))


class Tabs:
    """Which load each tab carries what share of, and which tabs are each circuit's."""

    def __init__(self, config: PanelConfig) -> None:
        self._rows = np.zeros(config.tabs, dtype=np.intp)
        self._shares = np.zeros(config.tabs, dtype=np.int64)
        for row, placement in enumerate(config.placements):
            for tab, share in zip(placement.tabs, placement.shares, strict=True):
                self._rows[tab - 1], self._shares[tab - 1] = row, share
        self._legs = [
            (circuit.tabs[0] - 1, circuit.tabs[1] - 1 if circuit.tabs[1:] else -1) for circuit in config.circuits
        ]

    def by_circuit(self, tabs: list[int]) -> Column:
        """The sum over each circuit's one or two tabs."""
        ended = [*tabs, 0]
        return tuple([ended[one] + ended[other] for one, other in self._legs])

    def energies(self, totals: Integers) -> list[int]:
        """Of each tab, mWh rounded down; `totals` is by load, in mW s."""
        shown: list[int] = self._shared(totals, MWS_PER_MWH).tolist()
        return shown

    def strip(self, block: Block, first: int) -> Strip:
        """The next ticks of the block, as far as it goes."""
        end = min(first + STRIP_TICKS, block.end)
        since = slice(first - block.first, end - block.first)
        power, grid, before = block.flows.power[:, since].T, block.flows.grid[since], block.totals(first)
        drawn, bought = np.maximum(power, 0), np.maximum(grid, 0)
        return Strip(
            block,
            first,
            end,
            power=self._shared(power, 1),
            consumed=self._shared(_before_each(before.consumed, drawn), MWS_PER_MWH),
            produced=self._shared(_before_each(before.produced, drawn - power), MWS_PER_MWH),
            imported=_before_each(before.imported, bought) // MWS_PER_MWH,
            exported=_before_each(before.exported, bought - grid) // MWS_PER_MWH,
        )

    def _shared(self, by_load: Integers, units: int) -> Integers:
        """By tab what is by load in the last axis, in whole units, rounded down."""
        shared = np.take(by_load, self._rows, axis=-1)
        shared *= self._shares
        shared //= _PER_CENT * units
        return shared


def _before_each(start: Integers | int, change: Integers) -> Integers:
    """`start` and the sum of all changes before each tick, which are along the first axis."""
    sums = np.empty_like(change, order="C")
    sums[0], sums[1:] = start, change[:-1]
    return np.cumsum(sums, axis=0, out=sums)
