"""An overview: few real rows that stand for many, in levels, read through a memory map.

A level has, for each bucket of `bucket_rows` consecutive rows of the series, the rows at which a column is lowest or
highest in it; and the first and last row of the series. Levels go from fine to coarse, each `FACTOR` times coarser.
On disk it is one uncompressed Arrow IPC file with a record batch for each level, finest first: the number of the row,
then every numeric column as float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from server.cells.charts.points import Numbers, Points, Rows

if TYPE_CHECKING:
    import pyarrow as pa

FACTOR = 8
ABOUT = b"busbar.overview"
"""The key of the file's metadata: JSON with `rows` and `axis` of the series, and each level's `bucket_rows`."""


@dataclass(frozen=True, slots=True)
class Level:
    """The rows that stand for buckets of `bucket_rows`; nothing is read before it is looked at."""

    bucket_rows: int
    rows: Rows
    time: Numbers
    batch: pa.RecordBatch

    def within(self, first: int, behind: int) -> slice:
        """Where the rows `first` <= row < `behind` lie in this level."""
        low, high = self.rows.searchsorted((first, behind))
        return slice(int(low), int(high))

    def points(self, first: int, behind: int, columns: list[int]) -> Points:
        """Its rows `first` <= row < `behind`; `columns` by their places in the file."""
        wanted = self.within(first, behind)
        return Points(
            self.rows[wanted],
            self.time[wanted],
            tuple(self.batch.column(place).to_numpy()[wanted] for place in columns),
        )


@dataclass(frozen=True, slots=True)
class Pyramid:
    """An overview, open. `rows` are those of the series; `places` those of the columns in the file, by name."""

    rows: int
    axis: str | None
    places: Mapping[str, int]
    levels: tuple[Level, ...]

    @property
    def is_whole(self) -> bool:
        """A short series is kept with every row of it."""
        return self.levels[0].bucket_rows == 1

    def bracket(self, at_s: float) -> tuple[int, int]:
        """Between which two rows, both included, the first one at or after this time lies."""
        finest = self.levels[0]
        place = int(finest.time.searchsorted(at_s))
        if place == 0:
            return 0, 0
        if place < len(finest.rows) and self.axis is None:
            return (row := int(np.ceil(at_s))), row
        return int(finest.rows[place - 1]) + 1, int(finest.rows[place]) if place < len(finest.rows) else self.rows


def opened(path: Path) -> Pyramid:
    """Map the file into memory; it must not change. It is closed when nothing refers to it any more."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import, and not needed before the first chart

    file = pa.ipc.open_file(pa.memory_map(str(path)))
    about = orjson.loads(file.schema.metadata[ABOUT])
    places = {name: place for place, name in enumerate(file.schema.names) if place}
    axis_place = places.get(about["axis"])
    levels = tuple(
        _level(file.get_batch(number), bucket_rows, axis_place)
        for number, bucket_rows in enumerate(about["bucket_rows"])
    )
    return Pyramid(about["rows"], about["axis"], places, levels)


def _level(batch: pa.RecordBatch, bucket_rows: int, axis_place: int | None) -> Level:
    rows = batch.column(0).to_numpy()
    time = rows.astype(np.float64) if axis_place is None else batch.column(axis_place).to_numpy()
    return Level(bucket_rows, rows, time, batch)
