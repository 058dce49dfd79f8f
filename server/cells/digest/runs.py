"""Rows in pieces that fit the processor's cache, cut into runs of rows of one step, and what is summed up over runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clients.cells.models import STEP_COUNT

Floats = NDArray[np.float64]
PIECE_ROWS = 32_768


@dataclass
class Piece:
    """Consecutive rows. A missing value is NaN; a frame without step count is one run."""

    frame: pl.DataFrame
    first_row: int
    _kept: dict[str, Floats] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many there are, at least one."""
        return self.frame.height

    def values(self, name: str) -> Floats:
        """A column of numbers, not to be written to."""
        if name not in self._kept:
            self._kept[name] = self.frame[name].cast(pl.Float64).to_numpy()
        return self._kept[name]

    @cached_property
    def steps(self) -> Floats:
        """The step count of each row."""
        return self.values(STEP_COUNT) if STEP_COUNT in self.frame.columns else np.zeros(self.rows)

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """The first row of each run, counted from the piece's own first row, which begins one."""
        return np.concatenate(([0], np.flatnonzero(self.steps[1:] != self.steps[:-1]) + 1))

    @cached_property
    def lengths(self) -> NDArray[np.intp]:
        """How many rows each run has."""
        return np.diff(self.starts, append=self.rows)

    def total(self, values: NDArray[np.float64 | np.bool_]) -> Floats:
        """The sum of each run."""
        return np.add.reduceat(values, self.starts, dtype=np.float64)


def pieces(frame: pl.DataFrame, first_row: int) -> Iterator[Piece]:
    """The rows of a slice, in order."""
    for part in frame.iter_slices(PIECE_ROWS):
        yield Piece(part, first_row)
        first_row += part.height


def before(values: Floats, last: float) -> Floats:
    """The value of the row before each row; `last` before the first."""
    return np.concatenate(([last], values[:-1]))


@dataclass(frozen=True, slots=True)
class Moments:
    """Of each run: how many values there are, their mean, the sum of squared distances from it, lowest and highest.

    Where there is none the mean is 0, the lowest infinite and the highest minus infinite. Two runs are joined by
    T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae (1979), which loses nothing to cancellation.
    """

    count: Floats
    mean: Floats
    squares: Floats
    lowest: Floats
    highest: Floats

    @classmethod
    def of(cls, piece: Piece, values: Floats) -> Moments:
        """What is missing or infinite does not count."""
        good = np.isfinite(values)
        if good.all():
            return cls._of(piece, piece.lengths.astype(np.float64), values, values, values)
        filled = np.where(good, values, 0.0)
        lows, highs = np.where(good, values, np.inf), np.where(good, values, -np.inf)
        return cls._of(piece, piece.total(good), filled, lows, highs, good)

    @classmethod
    def _of(
        cls, piece: Piece, count: Floats, values: Floats, lows: Floats, highs: Floats, good: Floats | None = None
    ) -> Moments:
        mean = piece.total(values) / np.maximum(count, 1.0)
        distances = np.repeat(mean, piece.lengths)
        distances -= values
        distances *= distances
        if good is not None:
            distances *= good
        lowest = np.minimum.reduceat(lows, piece.starts)
        highest = np.maximum.reduceat(highs, piece.starts)
        return cls(count, mean, piece.total(distances), lowest, highest)
