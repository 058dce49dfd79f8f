"""Capacity and energy as the cycler counted them: anew from about 0 in each step, and never falling in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import CHARGE_ENERGY, CURRENT, DISCHARGE_ENERGY, TIME, VOLTAGE
from server.cells.digest.faults import fault_at, first
from server.cells.digest.runs import Floats, Piece, before
from server.cells.errors import SeriesError

_NOISE_OF_LARGEST = 1e-3
_NOISE = 1e-6
_FLOW_ALLOWED = 1.5
_SECONDS_PER_HOUR = 3600.0


class CumulativeCheck:
    """One of the four columns. Values that are missing or not finite are passed over.

    What is less than 1/1000 of the column's largest value so far, or 1e-6 A.h (W.h), is noise: by so much a step may
    start above 0, and a value may be below the largest of its step. A step may start higher by what can have flowed
    since the row before: 1.5 times the first row's current (power) over that time, for cyclers that count before
    they record. Codes: cumulative_not_from_zero, cumulative_falls.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._is_energy = column in (CHARGE_ENERGY, DISCHARGE_ENERGY)
        self._step, self._largest_in_step, self._largest, self._time_s = -1.0, 0.0, 0.0, 0.0

    def fault(self, piece: Piece) -> SeriesError | None:
        """The first row that starts too high or falls."""
        values = piece.values(self._column)
        rows = np.flatnonzero(np.isfinite(values))
        faults = [] if not rows.size else [self._high_start(piece, rows, values), self._fall(piece, rows, values)]
        self._time_s = float(piece.values(TIME)[-1])
        return min((fault for fault in faults if fault), key=lambda fault: fault.row or 0, default=None)

    def _high_start(self, piece: Piece, rows: NDArray[np.intp], values: Floats) -> SeriesError | None:
        begins = piece.steps[rows] != before(piece.steps[rows], self._step)
        starts = rows[begins]
        allowed = self._noise(values[rows])[begins] + self._flowed(piece, starts)
        run = first(values[starts] > allowed) if starts.size else None
        if run is None:
            return None
        row = int(starts[run])
        what = f"starts a step at {values[row]:g}; it must start each step at 0"
        return fault_at(piece, row, self._column, what, "cumulative_not_from_zero")

    def _flowed(self, piece: Piece, rows: NDArray[np.intp]) -> Floats:
        time = piece.values(TIME)
        flow = np.abs(piece.values(CURRENT)[rows])
        if self._is_energy:
            flow *= np.abs(piece.values(VOLTAGE)[rows])
        return flow * (time - before(time, self._time_s))[rows] * (_FLOW_ALLOWED / _SECONDS_PER_HOUR)

    def _noise(self, values: Floats) -> Floats:
        """What counts as noise at each value."""
        largest = np.maximum.accumulate(np.maximum(values, self._largest))
        return largest * _NOISE_OF_LARGEST + _NOISE

    def _fall(self, piece: Piece, rows: NDArray[np.intp], values: Floats) -> SeriesError | None:
        kept, steps = values[rows], piece.steps[rows]
        noise = self._noise(kept)
        highest = self._highest_in_step(kept, steps)
        self._step, self._largest_in_step = float(steps[-1]), float(highest[-1])
        self._largest = max(self._largest, float(kept.max()))
        place = first(kept < highest - noise)
        if place is None:
            return None
        what = f"falls from {highest[place]:g} to {kept[place]:g} inside a step"
        return fault_at(piece, int(rows[place]), self._column, what, "cumulative_falls")

    def _highest_in_step(self, values: Floats, steps: Floats) -> Floats:
        """The largest value of the step up to each one."""
        starts = np.concatenate(([0], np.flatnonzero(steps[1:] != steps[:-1]) + 1))
        ends = np.append(starts[1:], len(values))
        highest = values.copy()
        if steps[0] == self._step:
            highest[0] = max(highest[0], self._largest_in_step)
        falls = np.flatnonzero(highest[1:] < highest[:-1]) + 1
        for run in np.unique(np.searchsorted(starts, falls[~np.isin(falls, starts)], side="right") - 1):
            part = slice(starts[run], ends[run])
            highest[part] = np.maximum.accumulate(highest[part])
        return highest
