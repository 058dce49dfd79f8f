"""A chart of a running test, from its rows: there is no overview before it is finished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clients.cells.models import TIME
from schema.ports import Series, SeriesWish
from server.cells.charts.points import Points, joined
from server.cells.charts.thinning import thinned
from server.cells.errors import SeriesError
from server.cells.live.chunks import rows_of
from server.stores.cells import Chunk

MOST_HELD = 262_144


class Outline:
    """Takes chunk after chunk, and holds a bounded number of samples: all in the window, or those that look like all.

    The first, the last, and each column's low and high are always among them. `row_count` is how many rows it was
    given. Raises SeriesError `column_missing`.
    """

    def __init__(self, columns: Sequence[str], wish: SeriesWish) -> None:
        self._names = tuple(dict.fromkeys(wish.columns))
        for name in self._names:
            if columns and name not in columns:
                raise SeriesError(f"there is no column {name[:100]!r}; `columns` lists them", "column_missing", name)
        self._wish = wish
        self._held = self._none()
        self._source_points = 0
        self.row_count = 0

    def take(self, chunks: Sequence[Chunk]) -> None:
        """Add their rows, where they lie in the window."""
        self.row_count = chunks[-1].first_row + chunks[-1].row_count
        frame = rows_of(chunks).select(list(dict.fromkeys((TIME, *self._names))))
        time = frame.get_column(TIME).to_numpy()
        columns = tuple(frame.get_column(name).cast(float).to_numpy() for name in self._names)
        first, behind = self._window(time)
        points = Points(np.arange(first, behind), time[first:behind], tuple(each[first:behind] for each in columns))
        self._source_points += len(points)
        self._held = joined([self._held, points])
        if len(self._held) > max(MOST_HELD, 8 * self._wish.max_points):
            self._held = thinned(self._held, max(MOST_HELD // 4, 4 * self._wish.max_points))

    def series(self) -> Series:
        """At most `max_points` of them."""
        few = thinned(self._held, self._wish.max_points)
        return Series(few.time, dict(zip(self._names, few.columns, strict=True)), self._source_points)

    def _window(self, time: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, int]:
        """Time never falls, so the window is one stretch of rows."""
        wish = self._wish
        first = 0 if wish.start_s is None else int(np.searchsorted(time, wish.start_s, "left"))
        return first, max(first, len(time) if wish.end_s is None else int(np.searchsorted(time, wish.end_s, "left")))

    def _none(self) -> Points:
        nothing = np.empty(0, np.float64)
        return Points(np.empty(0, np.int64), nothing, tuple(nothing for _ in self._names))
