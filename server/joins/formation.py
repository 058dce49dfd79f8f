"""The formation of single cells, drawn from what the plant's machine showed for their batch.

The same closed form as the plant's own step (`server.plant.steps.formation_cycling`): constant current until the
terminal, OCV(SOC) + I R, meets the limit, then constant voltage with a current that decays. A cell's capacity is its
share of the mean cell's, its resistance the mean one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import CURRENT, CYCLE_COUNT, STEP_COUNT, TIME, VOLTAGE
from schema.ports import Table
from server.joins.formed import reading
from server.plant.ocv import SOC, VOLTAGE_V
from server.plant.steps.formation_cycling import charge

Floats = NDArray[np.float64]
Columns = dict[str, Floats]
COLUMNS = (TIME, VOLTAGE, CURRENT, STEP_COUNT, CYCLE_COUNT)
CELLS_AT_ONCE = 100
"""Summed up in one pass: some 150,000 rows."""


@dataclass(frozen=True, slots=True)
class Formation:
    """What one batch's channels did: figures of the mean cell, A, V, ohm, A.h and s."""

    start_soc: float
    reached_a_h: float
    current_a: float
    limit_v: float
    resistance_ohm: float
    duration_s: float

    @classmethod
    def of(cls, readings: Mapping[str, float]) -> Formation:
        """Out of the machine's readings. Raises NoCellsError."""
        names = ("start_soc", "reached_a_h", "current_a", "limit_v", "resistance_ohm")
        start_soc, reached_a_h, current_a, limit_v, resistance_ohm = (reading(readings, name) for name in names)
        duration_s = reading(readings, "constant_current_s") + reading(readings, "constant_voltage_s")
        return cls(start_soc, reached_a_h, current_a, limit_v, resistance_ohm, duration_s)

    def series(self, share: float, every_s: float) -> Columns:
        """Of a cell with this share of the mean capacity: a row every `every_s`, and one at the very end.

        The current is below 0, for the cell is charged; step 0 is constant current, step 1 constant voltage.
        """
        capacity_a_h = self.reached_a_h * share
        run = charge(self.start_soc, capacity_a_h, self.current_a, self.limit_v, self.resistance_ohm, self.duration_s)
        time_s = _times(self.duration_s, every_s)
        is_held = time_s >= run.constant_current_s if run.constant_voltage_s > 0 else np.zeros(len(time_s), dtype=bool)
        rising = self.start_soc + self.current_a * time_s / 3600 / capacity_a_h
        turn = self.start_soc + self.current_a * run.constant_current_s / 3600 / capacity_a_h
        current_a = np.where(is_held, self._held_a(turn, capacity_a_h, time_s - run.constant_current_s), self.current_a)
        voltage_v = np.minimum(np.interp(rising, SOC, VOLTAGE_V) + self.current_a * self.resistance_ohm, self.limit_v)
        step = is_held.astype(np.float64)
        columns = (time_s, np.where(is_held, self.limit_v, voltage_v), -current_a, step, np.zeros(len(time_s)))
        return dict(zip(COLUMNS, columns, strict=True))

    def _held_a(self, turn: float, capacity_a_h: float, held_s: Floats) -> Floats:
        """The current at constant voltage: it decays with the time that the rest of the charge takes at its start."""
        left = float(np.interp(self.limit_v, VOLTAGE_V, SOC)) - turn
        first_a = min(self.current_a, (self.limit_v - float(np.interp(turn, SOC, VOLTAGE_V))) / self.resistance_ohm)
        if left <= 0 or first_a <= 0:
            return np.zeros(len(held_s))
        return np.asarray(first_a * np.exp(-np.maximum(held_s, 0.0) * first_a / (3600 * capacity_a_h * left)))


def _times(duration_s: float, every_s: float) -> Floats:
    times = np.arange(0.0, duration_s, every_s)
    return np.append(times, duration_s)


def summaries(formation: Formation, shares: Sequence[float], every_s: float) -> Iterator[tuple[Table, Table]]:
    """The steps and cycles of each cell's formation, as its samples would give them. Takes a while: not on the loop."""
    for first in range(0, len(shares), CELLS_AT_ONCE):
        yield from _summed(formation, shares[first : first + CELLS_AT_ONCE], every_s)


def _summed(formation: Formation, shares: Sequence[float], every_s: float) -> Iterator[tuple[Table, Table]]:
    """One pass over many cells, each taken for a cycle of one long test, and apart again."""
    import polars as pl  # noqa: PLC0415 (slow to import, and only a finished batch comes here)

    from server.cells.digest.cycles import cycles_of  # noqa: PLC0415 (likewise)
    from server.cells.digest.inspection import Shape  # noqa: PLC0415 (likewise)
    from server.cells.digest.steps import StepTable  # noqa: PLC0415 (likewise)

    drawn = [formation.series(share, every_s) for share in shares]
    for number, columns in enumerate(drawn):
        columns[STEP_COUNT] += 2 * number
        columns[CYCLE_COUNT] += number
    frame = pl.DataFrame({name: np.concatenate([columns[name] for columns in drawn]) for name in COLUMNS})
    table = StepTable(Shape(frame.height, COLUMNS, COLUMNS, (frame.height,), TIME))
    table.take(frame, 0)
    steps, rows = table.table(), len(drawn[0][TIME])
    cycles = cycles_of(steps)
    for number in range(len(shares)):
        apart = {STEP_COUNT: 2 * number, CYCLE_COUNT: number, "Start index": rows * number, "End index": rows * number}
        yield _of(steps, number, apart), _own_throughput(_of(cycles, number, apart))


def _of(table: Table, number: int, apart: Mapping[str, int]) -> dict[str, list[Any]]:
    """The lines of one cell, counted from 0."""
    lines = [line for line, cycle in enumerate(table[CYCLE_COUNT]) if cycle == number]
    return {
        name: [column[line] - apart[name] if name in apart else column[line] for line in lines]
        for name, column in table.items()
    }


def _own_throughput(cycles: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What passed this cell alone: over the cycles of a test it adds up, and these were no test of one cell."""
    for kind, unit in (("Capacity", "A.h"), ("Energy", "W.h")):
        parts = zip(*(cycles[f"{way} {kind.lower()} [{unit}]"] for way in ("Charge", "Discharge")), strict=True)
        cycles[f"{kind} throughput [{unit}]"] = [charged + discharged for charged, discharged in parts]
    return cycles
