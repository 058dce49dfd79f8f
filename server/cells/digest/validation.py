"""The checks that samples must pass, whoever sent them, made while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import polars as pl

from clients.cells.models import CYCLE_COUNT, STEP_COUNT, TIME
from server.cells.digest.columns import CUMULATIVE, Kind, required_columns
from server.cells.digest.cumulative import CumulativeCheck
from server.cells.digest.faults import fault_at, first
from server.cells.digest.inspection import Shape
from server.cells.digest.runs import Piece, before, pieces
from server.cells.digest.sign import SignVote
from server.cells.errors import SeriesError

TIME_AT_START_S = 1e-6


class Check(Protocol):
    """Looks at each piece in turn, and remembers what it must of the one before."""

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row of the piece that is wrong, as far as this check goes."""


class Checks:
    """Feed it a series slice by slice, then say `done`. However it is sliced, the verdict is the same.

    Raises SeriesError at the first row at which anything is wrong, with the column and one of these codes:

    value_missing, value_not_finite: in a column that must have numbers, `Cycle count` included.
    time_not_from_zero: the first time is further from 0 than 1e-6 s. time_falls: by however little.
    step_not_from_zero, step_jumps: a step count begins at 0 and rises by 0 or 1.
    cycle_not_whole, cycle_falls: a cycle count is a whole number from 0 up that never falls.
    cumulative_not_from_zero, cumulative_falls: see `server.cells.digest.cumulative`.
    current_sign (only when all was read): see `server.cells.digest.sign`.

    An open-circuit curve has no time, current or charge to check, a spectrum only numbers. Without `with_sign` the
    current's sign is not looked at, and what is remembered does not grow with the rows.
    """

    def __init__(self, shape: Shape, *, with_sign: bool = True) -> None:
        self._checks = tuple(_checks_of(shape))
        self._sign = SignVote() if with_sign and shape.kind is Kind.TIME_SERIES else None

    def take(self, frame: pl.DataFrame, first_row: int) -> None:
        """Look at the rows that follow; raises as the class says."""
        for piece in pieces(frame, first_row):
            with np.errstate(over="ignore", invalid="ignore"):
                faults = [fault for check in self._checks if (fault := check.fault(piece))]
            if faults:
                raise min(faults, key=lambda fault: fault.row or 0)
            if self._sign is not None:
                self._sign.take(piece)

    def done(self) -> None:
        """All rows were taken; raises as the class says."""
        if self._sign is not None and (fault := self._sign.fault()):
            raise fault


def _checks_of(shape: Shape) -> Iterator[Check]:
    counted = [CYCLE_COUNT] if CYCLE_COUNT in shape.numbers and shape.kind is not Kind.EIS else []
    yield from (NumberCheck(name) for name in dict.fromkeys([*required_columns(shape.columns), *counted]))
    if shape.kind is Kind.EIS:
        return
    if shape.kind is Kind.TIME_SERIES:
        yield TimeCheck()
    yield StepCheck()
    yield from (CycleCheck() for _ in counted)
    if shape.kind is Kind.TIME_SERIES:
        yield from (CumulativeCheck(name) for name in CUMULATIVE if name in shape.numbers)


class NumberCheck:
    """Each row has a finite number."""

    def __init__(self, column: str) -> None:
        self._column = column

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row without."""
        row = first(~np.isfinite(piece.values(self._column)))
        if row is None:
            return None
        is_missing = piece.frame[self._column][row] is None
        what, code = ("is missing", "value_missing") if is_missing else ("is not a finite number", "value_not_finite")
        return fault_at(piece, row, self._column, what, code)


class TimeCheck:
    """Time starts at 0 and never falls."""

    def __init__(self) -> None:
        self._last_s: float | None = None

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row that is earlier than the one before it."""
        time = piece.values(TIME)
        last, self._last_s = self._last_s, float(time[-1])
        if last is None and not abs(time[0]) <= TIME_AT_START_S:
            return fault_at(piece, 0, TIME, f"starts at {time[0]:g}, not at 0", "time_not_from_zero")
        earlier = before(time, time[0] if last is None else last)
        row = first(time < earlier)
        if row is None:
            return None
        return fault_at(piece, row, TIME, f"falls from {earlier[row]:.9g} to {time[row]:.9g}", "time_falls")


class StepCheck:
    """The step count starts at 0 and rises by 0 or 1, which leaves nothing but whole numbers."""

    def __init__(self) -> None:
        self._last: float | None = None

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row that does neither."""
        steps = piece.steps
        last, self._last = self._last, float(steps[-1])
        if last is None and steps[0] != 0:
            return fault_at(piece, 0, STEP_COUNT, f"starts at {steps[0]:g}, not at 0", "step_not_from_zero")
        rises = np.diff(steps[piece.starts], prepend=0.0 if last is None else last)
        run = first((rises != 0) & (rises != 1))
        if run is None:
            return None
        row = int(piece.starts[run])
        earlier = steps[row - 1] if row else last
        what = f"goes from {earlier:g} to {steps[row]:g}; it must rise by 0 or 1"
        return fault_at(piece, row, STEP_COUNT, what, "step_jumps")


class CycleCheck:
    """The cycle count is a whole number from 0 up, and never falls; it may begin and leap where it likes."""

    def __init__(self) -> None:
        self._last = 0.0

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row that is wrong."""
        cycles = piece.values(CYCLE_COUNT)
        earlier = before(cycles, self._last)
        self._last = float(cycles[-1])
        row = first((cycles != np.floor(cycles)) | (cycles < 0) | (cycles < earlier))
        if row is None:
            return None
        if cycles[row] != np.floor(cycles[row]) or cycles[row] < 0:
            what = f"is {cycles[row]:g}, not a whole number from 0 up"
            return fault_at(piece, row, CYCLE_COUNT, what, "cycle_not_whole")
        return fault_at(piece, row, CYCLE_COUNT, f"falls from {earlier[row]:g} to {cycles[row]:g}", "cycle_falls")
