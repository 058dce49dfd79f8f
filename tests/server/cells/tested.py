"""A made-up cycling test, the reference that its steps are held against, and how a frame is fed to what reads it."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from clients.cells.models import CURRENT, CYCLE_COUNT, STEP_COUNT, TIME, VOLTAGE
from schema.ports import Table
from server.cells.digest.columns import Kind, kind_of
from server.cells.digest.inspection import Shape
from server.cells.digest.steps import StepTable
from server.cells.digest.validation import Checks
from server.cells.errors import SeriesError


def cycled(steps: int = 6, rows: int = 40, noise: float = 1e-4) -> pl.DataFrame:
    """Discharge, rest, charge in turn; a cycle is three steps."""
    dice = np.random.default_rng(5)
    count = steps * rows
    row = np.arange(count)
    step, part = row // rows, row % rows / rows
    kind = step % 3
    current = np.choose(kind, [1.0, 0.0, -1.0]) + np.where(kind == 1, 0.0, dice.normal(0, noise, count))
    voltage = np.choose(kind, [4.2 - part, np.full(count, 3.2), 3.2 + part]) + dice.normal(0, noise, count)
    columns = {TIME: row * 10.0, VOLTAGE: voltage, CURRENT: current, STEP_COUNT: step, CYCLE_COUNT: step // 3}
    return pl.DataFrame(columns)


def shape_of(frame: pl.DataFrame) -> Shape:
    numbers = tuple(name for name, kind in frame.schema.items() if kind.is_numeric())
    axis = TIME if kind_of(frame.columns) is Kind.TIME_SERIES else None
    return Shape(frame.height, tuple(frame.columns), numbers, (frame.height,), axis)


def cut(frame: pl.DataFrame, places: Sequence[int]) -> list[tuple[int, pl.DataFrame]]:
    ends = sorted({0, frame.height, *(place % frame.height for place in places)})
    return [(first, frame[first:end]) for first, end in itertools.pairwise(ends)]


def verdict(frame: pl.DataFrame, places: Sequence[int] = ()) -> tuple[str, str | None, int | None] | None:
    checks = Checks(shape_of(frame))
    try:
        for first_row, part in cut(frame, places):
            checks.take(part, first_row)
        checks.done()
    except SeriesError as error:
        return error.code, error.column, error.row
    return None


def steps_of(frame: pl.DataFrame, places: Sequence[int] = ()) -> Table:
    table = StepTable(shape_of(frame))
    for first_row, part in cut(frame, places):
        table.take(part, first_row)
    return table.table()


def reference(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The steps as a plain reading of the definitions gives them."""
    rows = list(enumerate(frame.iter_rows(named=True)))
    counts = sorted({row[STEP_COUNT] for _, row in rows})
    return [_line([(place, row) for place, row in rows if row[STEP_COUNT] == count]) for count in counts]


def _line(rows: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    series = {
        "voltage [V]": [row[VOLTAGE] for _, row in rows],
        "current [A]": [row[CURRENT] for _, row in rows],
        "power [W]": [row[VOLTAGE] * row[CURRENT] for _, row in rows],
    }
    line: dict[str, Any] = {
        "Step count": first[1][STEP_COUNT],
        "Cycle count": first[1][CYCLE_COUNT],
        "Start index": first[0],
        "End index": last[0],
        "Start time [s]": first[1][TIME],
        "End time [s]": last[1][TIME],
        "Duration [s]": last[1][TIME] - first[1][TIME],
        "Start voltage [V]": first[1][VOLTAGE],
        "End voltage [V]": last[1][VOLTAGE],
    }
    for name, values in series.items():
        line[f"Min {name}"], line[f"Max {name}"] = min(values), max(values)
        line[f"Mean {name}"] = statistics.fmean(values)
        line[f"Std {name}"] = statistics.stdev(values) if len(values) > 1 else 0.0
    time = [row[TIME] for _, row in rows]
    for word, unit, values in (("capacity", "A.h", series["current [A]"]), ("energy", "W.h", series["power [W]"])):
        parts = [(values[i] + values[i - 1]) / 2 * (time[i] - time[i - 1]) / 3600 for i in range(1, len(values))]
        line[f"Discharge {word} [{unit}]"] = math.fsum(part for part in parts if part > 0)
        line[f"Charge {word} [{unit}]"] = -math.fsum(part for part in parts if part < 0)
    return line
