"""Whether positive current is discharge: told by how the voltage goes while charge passes."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import CURRENT, TIME, VOLTAGE
from server.cells.digest.runs import Floats, Piece, before
from server.cells.errors import SeriesError

_CLEAR_CORRELATION = 0.5
_CLEAR_V = 1e-3
_ROUNDING = 1e-12
_STEP, _ROW = 0, 1
Number = TypeVar("Number", float, Floats)


class SignVote:
    """In each step a line is fitted to the voltage against the charge passed, weighted by the charge; then they vote.

    A step in which the voltage falls while charge leaves the cell (current above 0) votes for, one in which it rises
    against; a vote counts as much as charge passed in the step, either way. A step abstains when its voltages are not
    correlated with the charge (by at least 0.5) or the line rises and falls by less than 1 mV over it, as in a rest or
    at constant voltage.
    """

    def __init__(self) -> None:
        self._step, self._time_s, self._current_a, self._voltage_v = -1.0, 0.0, 0.0, 0.0
        self._passed = 0.0
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
        """Of each run: step, first row, and the weighted sums of 1, q, v, qq, qv and vv.

        The charge between two rows weighs on both alike; q is the charge that has passed since the series began.
        """
        time, current, voltage = piece.values(TIME), piece.values(CURRENT), piece.values(VOLTAGE)
        goes_on = piece.steps[0] == self._step
        charge = before(current, self._current_a)
        charge += current
        charge *= time - before(time, self._time_s)
        charge[piece.starts[1:] if goes_on else piece.starts] = 0.0
        passed = np.cumsum(charge)
        passed += self._passed
        weight = np.abs(charge, out=charge)
        across = float(weight[0])
        weight[:-1] += weight[1:]
        sums = np.stack([piece.total(column) for column in _products(weight, passed, voltage)])
        # The row before the piece weighs by the charge between it and this one.
        sums[:, 0] += [float(column) for column in _products(across, self._passed, self._voltage_v)]
        self._step, self._passed = float(piece.steps[-1]), float(passed[-1])
        self._time_s, self._current_a, self._voltage_v = (float(each[-1]) for each in (time, current, voltage))
        places = (piece.steps[piece.starts], piece.first_row + piece.starts.astype(np.float64))
        return np.concatenate([np.stack(places), sums])


def _products(weight: Number, charge: Number, voltage: Number) -> tuple[Number, ...]:
    weight_q, weight_v = weight * charge, weight * voltage
    return weight, weight_q, weight_v, weight_q * charge, weight_q * voltage, weight_v * voltage


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
