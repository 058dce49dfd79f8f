"""The steps of a series, summed up while it is read: one line for each step, in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clients.cells.models import (
    CURRENT,
    CYCLE_COUNT,
    CYCLE_FROM_CYCLER,
    STEP_COUNT,
    STEP_FROM_CYCLER,
    TEMPERATURE,
    TIME,
    VOLTAGE,
)
from schema.ports import Table
from server.cells.digest.columns import CUMULATIVE, FREQUENCY, Kind
from server.cells.digest.inspection import Shape
from server.cells.digest.kinds import END_INDEX, POWER, START_INDEX
from server.cells.digest.lines import END_TIME, PASSED, START_TIME, line_of_each_step
from server.cells.digest.runs import Floats, Moments, Piece, before, pieces
from server.cells.errors import SeriesError

MAX_STEPS = 100_000
Column = Floats | NDArray[np.intp] | NDArray[np.int64] | pl.Series
_SECONDS_PER_HOUR = 3600.0


class StepTable:
    """Feed it a series that `Checks` has seen, slice by slice; see `server.cells.digest.lines` for what it makes of it.

    Where the series has no column for a capacity or energy it is integrated by trapezoid between the rows of a step,
    discharge where the charge (energy) passed between two rows is above 0. What passes between the last row of a step
    and the first of the next belongs to neither. A spectrum is one step.
    """

    def __init__(self, shape: Shape, max_steps: int = MAX_STEPS) -> None:
        self._shape = shape
        self._max_steps = max_steps
        self._last_step = -1.0
        self._last = (0.0, 0.0, 0.0)
        self._count = 0
        self._parts: list[dict[str, Column]] = []

    def take(self, frame: pl.DataFrame, first_row: int) -> None:
        """Add the rows that follow. Raises SeriesError with the code too_many_steps."""
        if self._shape.kind is Kind.EIS:
            frame = frame.drop(STEP_COUNT, CYCLE_COUNT, strict=False)
        for piece in pieces(frame, first_row):
            with np.errstate(over="ignore", invalid="ignore"):
                self._parts.append(self._summed(piece))
            self._count_steps(piece)

    def table(self) -> Table:
        """Every step so far."""
        if not self._parts:
            return {}
        runs = pl.DataFrame({name: _end_to_end([part[name] for part in self._parts]) for name in self._parts[0]})
        return line_of_each_step(runs, self._shape).to_dict(as_series=False)

    def _count_steps(self, piece: Piece) -> None:
        before_it = self._count
        self._count += len(piece.starts) - int(piece.steps[0] == self._last_step)
        self._last_step = float(piece.steps[-1])
        if self._count > self._max_steps:
            nth = self._max_steps - before_it + len(piece.starts) - (self._count - before_it)
            row = piece.first_row + int(piece.starts[nth])
            raise SeriesError(
                f"there are more than {self._max_steps:,} steps; split the test", "too_many_steps", STEP_COUNT, row
            )

    def _summed(self, piece: Piece) -> dict[str, Column]:
        """A line for each run of the piece, in the columns that `line_of_each_step` joins."""
        columns: dict[str, Column] = {
            STEP_COUNT: piece.steps[piece.starts].astype(np.int64),
            START_INDEX: piece.first_row + piece.starts,
            END_INDEX: piece.first_row + piece.starts + piece.lengths - 1,
        }
        for name in (CYCLE_COUNT, STEP_FROM_CYCLER, CYCLE_FROM_CYCLER):
            if name in piece.frame.columns:
                columns[name] = piece.frame[name].gather(piece.starts)
        columns |= dict(self._electric(piece))
        for name in (TEMPERATURE, FREQUENCY):
            if name in piece.frame.columns:
                columns |= _moments(piece, name, piece.values(name))
        for name in CUMULATIVE:
            if name in piece.frame.columns:
                values = piece.values(name)
                columns[name] = np.maximum.reduceat(np.where(np.isfinite(values), values, -np.inf), piece.starts)
        return columns

    def _electric(self, piece: Piece) -> Iterator[tuple[str, Column]]:
        has_current = self._shape.kind is Kind.TIME_SERIES
        if VOLTAGE in piece.frame.columns:
            yield from _moments(piece, VOLTAGE, piece.values(VOLTAGE)).items()
        if has_current:
            time, current = piece.values(TIME), piece.values(CURRENT)
            power = current * piece.values(VOLTAGE)
            yield START_TIME, time[piece.starts]
            yield END_TIME, time[piece.starts + piece.lengths - 1]
            yield from _moments(piece, CURRENT, current).items()
            yield from _moments(piece, POWER, power).items()
            yield from self._passed(piece, time, current, power)

    def _passed(self, piece: Piece, time: Floats, current: Floats, power: Floats) -> Iterator[tuple[str, Floats]]:
        last_time, last_current, last_power = self._last
        half_hours = time - before(time, last_time)
        half_hours /= 2.0 * _SECONDS_PER_HOUR
        others = piece.starts if piece.steps[0] != self._last_step else piece.starts[1:]
        half_hours[others] = 0.0
        for (charged, discharged), flow, last in zip(PASSED, (current, power), (last_current, last_power), strict=True):
            passed = before(flow, last)
            passed += flow
            passed *= half_hours
            both = piece.total(passed)
            positive = piece.total(np.maximum(passed, 0.0, out=passed))
            yield discharged, positive
            yield charged, positive - both
        self._last = (float(time[-1]), float(current[-1]), float(power[-1]))


def _end_to_end(parts: list[Column]) -> pl.Series:
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    columns = [part for part in parts if isinstance(part, pl.Series)]
    return pl.Series(np.concatenate(arrays)) if arrays else pl.concat(columns)


def _moments(piece: Piece, name: str, values: Floats) -> dict[str, Column]:
    moments = Moments.of(piece, values)
    ends = piece.starts + piece.lengths - 1
    return {
        f"{name} count": moments.count,
        f"{name} mean": moments.mean,
        f"{name} squares": moments.squares,
        f"{name} lowest": moments.lowest,
        f"{name} highest": moments.highest,
        f"{name} start": values[piece.starts],
        f"{name} end": values[ends],
    }
