"""Answering a chart: from the coarsest level of the overview that is fine enough, or else from the samples."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from schema.ports import Series, SeriesWish
from server.cells.charts.kept import Charts
from server.cells.charts.points import Numbers
from server.cells.charts.pyramid import Pyramid, opened
from server.cells.charts.thinning import thinned
from server.cells.charts.zoom import Zoom


class SeriesReader:
    """Keeps the overviews that were read last open, at most `most_open`; from any number of threads.

    The charts that were asked for last are kept as they were answered, up to `most_numbers` of them in all: files
    never change, so a chart of one never does.
    """

    def __init__(self, most_open: int, most_numbers: int = 0) -> None:
        self._most_open = most_open
        self._open: OrderedDict[Path, Pyramid] = OrderedDict()
        self._charts = Charts(most_numbers)
        self._lock = Lock()

    def read(self, overview: Path, windows: Path, wish: SeriesWish) -> Series:
        """Samples in the window, in order, each as it was measured; with the lows and highs of each column.

        Time is in seconds of `Time [s]`, or the number of the row in a series without it. Of `max_points` the first
        two are the last and first sample, the next the lows and highs. There may be far fewer than `max_points`, for
        one where so many would take too much memory. `source_points` counts the window's samples.
        Raises SeriesError `column_missing`, FileNotFoundError, and ValueError for less than one point.
        """
        if wish.max_points < 1:
            raise ValueError(f"max_points is {wish.max_points}; ask for at least one")
        with self._lock:
            known = self._charts.find(overview, wish)
        if known is None:
            known = self._drawn(overview, windows, wish)
            with self._lock:
                self._charts.keep(overview, wish, known)
            if not overview.exists():  # deleted, and forgotten, while it was read
                self.forget(overview)
        return known

    def _drawn(self, overview: Path, windows: Path, wish: SeriesWish) -> Series:
        names = tuple(dict.fromkeys(wish.columns))
        found, source_points = Zoom(self._pyramid(overview), windows, names, wish).points()
        few = thinned(found, wish.max_points)
        # Copies: what is answered must not hold the memory map.
        columns: dict[str, Numbers] = {name: each.copy() for name, each in zip(names, few.columns, strict=True)}
        return Series(few.time.copy(), columns, source_points)

    def forget(self, overview: Path) -> None:
        """Let go of an overview that was deleted, and of its charts; nothing happens for any other file."""
        with self._lock:
            self._open.pop(overview, None)
            self._charts.forget(overview)

    def close(self) -> None:
        """Let go of all; what is being read in other threads is closed when they are done."""
        with self._lock:
            self._open.clear()
            self._charts = Charts(0)

    def _pyramid(self, overview: Path) -> Pyramid:
        with self._lock:
            if (found := self._open.get(overview)) is not None:
                self._open.move_to_end(overview)
                return found
        made = opened(overview)
        with self._lock:
            self._open[overview] = made
            while len(self._open) > self._most_open:
                self._open.popitem(last=False)
        return made
