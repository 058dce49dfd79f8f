"""Whether positive current is discharge: told by how the voltage goes while charge passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import CURRENT, TIME, VOLTAGE
from server.cells.errors import SeriesError
from server.cells.runs import Floats, Piece, before

_CLEAR_CORRELATION = 0.5
_CLEAR_V = 1e-3
_ROUNDING = 1e-12
_STEP, _ROW = 0, 1


class SignVote:
    """In each step a line is fitted to the voltage against the charge passed, weighted by the charge; then they vote.

    A step in which the voltage falls while charge leaves the cell (current above 0) votes for, one in which it rises
    against; a vote counts as much as charge passed in the step, either way. A step abstains when its voltages are not
    correlated with the charge (by at least 0.5) or the line rises and falls by less than 1 mV over it, as in a rest or
    at constant voltage.
    """

    def __init__(self) -> None:
        self._step, self._time, self._current, self._voltage = -1.0, 0.0, 0.0, 0.0
        self._origin_v, self._passed = 0.0, 0.0
        self._sums: list[Floats] = []

    def take(self, piece: Piece) -> None:
        """Add rows without gaps or faults."""
        with np.errstate(over="ignore", invalid="ignore"):
            self._sums.append(self._summed(piece))

    def fault(self) -> SeriesError | None:
        """The verdict on all rows: what is wrong, at the first row of the first step that voted against."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            sums = _joined(np.concatenate(self._sums, axis=1))
            votes = _votes(sums)
        if not np.nansum(votes) < 0:
            return None
        row = int(sums[_ROW, np.flatnonzero(votes < 0)[0]])
        return SeriesError(
            f"{CURRENT} seems to have the wrong sign: the voltage rises while current above 0 passes; positive must be "
            "discharge, so turn its sign round",
            "current_sign",
            CURRENT,
            row,
        )

    def _summed(self, piece: Piece) -> Floats:
        """Of each run: step, first row, and the weighted sums 1, q, v, qq, qv, vv from its step's first row on."""
        time, current, voltage = piece.values(TIME), piece.values(CURRENT), piece.values(VOLTAGE)
        goes_on = piece.steps[0] == self._step
        charge = before(current, self._current)
        charge += current
        charge *= time - before(time, self._time)
        charge[piece.starts[1:] if goes_on else piece.starts] = 0.0
        origins_v = voltage[piece.starts]
        carried = np.zeros(len(piece.starts))
        if goes_on:
            origins_v[0], carried[0] = self._origin_v, self._passed
        middle_v = (voltage + before(voltage, self._voltage)) / 2.0 - np.repeat(origins_v, piece.lengths)
        passed = np.cumsum(charge)
        base = passed[piece.starts] - charge[piece.starts] - carried
        middle_q = passed - charge / 2.0 - np.repeat(base, piece.lengths)
        self._carry(piece, (time, current, voltage), float(origins_v[-1]), float(passed[-1] - base[-1]))
        weight = np.abs(charge, out=charge)
        weight_q, weight_v = weight * middle_q, weight * middle_v
        columns = (weight, weight_q, weight_v, weight_q * middle_q, weight_q * middle_v, weight_v * middle_v)
        places = (piece.steps[piece.starts], piece.first_row + piece.starts.astype(np.float64))
        return np.stack([*places, *(piece.total(column) for column in columns)])

    def _carry(self, piece: Piece, last: tuple[Floats, Floats, Floats], origin_v: float, passed: float) -> None:
        self._step = float(piece.steps[-1])
        self._time, self._current, self._voltage = (float(values[-1]) for values in last)
        self._origin_v, self._passed = origin_v, passed


def _joined(sums: Floats) -> Floats:
    """One column for each step, out of those of its runs."""
    steps = sums[_STEP]
    starts = np.concatenate(([0], np.flatnonzero(steps[1:] != steps[:-1]) + 1))
    return np.concatenate([sums[:2, starts], np.add.reduceat(sums[2:], starts, axis=1)])


def _votes(sums: Floats) -> Floats:
    """Charge passed in each step, below 0 where it votes against, 0 where it abstains."""
    weight, q, v, qq, qv, vv = sums[2:]
    spread_q, both, spread_v = qq - q * q / weight, qv - q * v / weight, vv - v * v / weight
    is_clear: NDArray[np.bool_] = (spread_q > _ROUNDING * qq) & (spread_v > _ROUNDING * vv)
    is_clear &= both * both >= _CLEAR_CORRELATION**2 * spread_q * spread_v
    # Charge spread evenly over a range has a variance of range squared over 12.
    is_clear &= np.abs(both) * np.sqrt(12.0 / (weight * spread_q)) >= _CLEAR_V
    return np.where(is_clear, -np.sign(both) * weight, 0.0)
