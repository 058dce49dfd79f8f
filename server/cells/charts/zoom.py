"""One window of a series, put together from the levels of its overview, or from the samples themselves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from schema.ports import SeriesWish
from server.cells.charts import points
from server.cells.charts.points import Points
from server.cells.charts.pyramid import Pyramid
from server.cells.errors import SeriesError

# A level answers a window of at least so many of its buckets, and of one for each 16 points of a column.
FEWEST_BUCKETS = 4
POINTS_PER_BUCKET = 16
# Samples are read as long as they take at most 134 MB; more than that, and the finest level has to do.
MOST_VALUES = 16_777_216


class Zoom:
    """Which rows to choose from: the lows and highs of each column in the window are among them.

    Of a bucket of the finest level that lies partly outside, only what was kept of it, as far as it lies inside.
    Raises SeriesError `column_missing`.
    """

    def __init__(self, pyramid: Pyramid, windows: Path, names: tuple[str, ...], wish: SeriesWish) -> None:
        for name in names:
            if name not in pyramid.places:
                raise SeriesError(f"there is no column of numbers {name!r}", "column_missing", name)
        self._pyramid, self._windows, self._names, self._wish = pyramid, windows, names, wish
        self._places = [pyramid.places[name] for name in names]
        whole = 0, pyramid.rows
        self._start, self._end = (
            (end, end) if at_s is None else pyramid.bracket(at_s)
            for end, at_s in zip(whole, (wish.start_s, wish.end_s), strict=True)
        )

    def points(self) -> tuple[Points, int]:
        """Them, and how many samples the window has."""
        number = self._level()
        if number is None:
            samples = self._samples(self._start[0], self._end[1])
            return samples, len(samples)
        first, behind = self._row(self._start, self._wish.start_s), self._row(self._end, self._wish.end_s)
        return points.joined(self._steps(first, behind, number)), behind - first

    def _level(self) -> int | None:
        """The coarsest level that has enough rows in the window, and enough buckets; None: the samples themselves."""
        levels = self._pyramid.levels
        first, behind = self._start[1], self._end[0]
        most, width = self._wish.max_points, max(1, len(self._names))
        fewest = max(FEWEST_BUCKETS, most / width / POINTS_PER_BUCKET)
        if self._pyramid.is_whole:
            return None
        for number in reversed(range(len(levels))):
            rows = levels[number].within(first, behind)
            if rows.stop - rows.start >= most and behind - first >= fewest * levels[number].bucket_rows:
                return number
        return 0 if (behind - first) * (1 + width) > MOST_VALUES else None

    def _row(self, bracket: tuple[int, int], at_s: float | None) -> int:
        """The first row at or after this time, from the times of the samples in the bracket."""
        low, high = bracket
        if at_s is None or low == high:
            return low
        times = points.stored(self._windows, low, high, self._pyramid.axis, ()).time
        return low + int(times.searchsorted(at_s))

    def _steps(self, low: int, high: int, number: int) -> list[Points]:
        """Up the levels from the window's first row, and down again to its last: no bucket sticks out of it."""
        levels = self._pyramid.levels
        left, right = [], []
        for finer, coarser in pairwise(levels[: number + 1]):
            up = -(-low // coarser.bucket_rows) * coarser.bucket_rows
            down = high if high == self._pyramid.rows else high // coarser.bucket_rows * coarser.bucket_rows
            left.append(finer.points(low, up, self._places))
            right.append(finer.points(down, high, self._places))
            low, high = up, down
        return [*left, levels[number].points(low, high, self._places), *reversed(right)]

    def _samples(self, first: int, behind: int) -> Points:
        """The rows `first` <= row < `behind` as far as they are in the window."""
        pyramid = self._pyramid
        if first >= behind:
            return Points(np.empty(0, np.int64), np.empty(0), tuple(np.empty(0) for _ in self._names))
        if pyramid.is_whole:
            found = pyramid.levels[0].points(first, behind, self._places)
        else:
            found = points.stored(self._windows, first, behind, pyramid.axis, self._names)
        low = 0 if self._wish.start_s is None else int(found.time.searchsorted(self._wish.start_s))
        high = len(found) if self._wish.end_s is None else int(found.time.searchsorted(self._wish.end_s))
        return found.taken(slice(low, high))
