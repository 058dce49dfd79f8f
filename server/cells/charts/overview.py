"""Making an overview while a series is read in, a slice at a time. What it is, and how it is read: `pyramid`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from polars import selectors

from server.cells.charts.points import Numbers, Rows
from server.cells.charts.pyramid import ABOUT, FACTOR
from server.cells.digest.inspection import Shape


@dataclass(frozen=True, slots=True)
class Fineness:
    """How much of a series is kept. `rows_per_column` sets the finest buckets, `top_rows` how far levels go.

    A bucket of c columns keeps at most 2 c of its 48 c rows, so the finest level has at most 1/24 of the rows, and all
    levels 1/21. Of up to `whole_values` values every row is kept: half a megabyte.
    """

    rows_per_column: int = 48
    top_rows: int = 4_000
    whole_values: int = 65_536


Kept = tuple[Rows, list[Numbers]]


class OverviewBuilder:
    """Takes slices of any size; the same series gives the same bytes however it was sliced.

    Nulls and NaN are never the lowest or highest, and are NaN in the overview.
    """

    def __init__(self, shape: Shape, fineness: Fineness = Fineness()) -> None:
        self._shape, self._fineness = shape, fineness
        self._is_drawn = [name != shape.axis for name in shape.numbers]
        values = max(1, sum(self._is_drawn))
        self._bucket_rows = 1 if shape.rows * values <= fineness.whole_values else fineness.rows_per_column * values
        self._finest: list[Kept] = []
        self._begun: list[list[Numbers]] = []
        self._begun_row = 0

    def take(self, frame: pl.DataFrame, first_row: int) -> None:
        """The next rows: `first_row` is the number of the first of them. The frame may have more columns."""
        columns = _floats(frame, self._shape.numbers)
        head = min(-first_row % self._bucket_rows, frame.height)
        whole = head + (frame.height - head) // self._bucket_rows * self._bucket_rows
        self._begin([column[:head] for column in columns], first_row)
        if (first_row + head) % self._bucket_rows == 0:
            self._end()
        self._keep([column[head:whole] for column in columns], first_row + head)
        self._begin([column[whole:].copy() for column in columns], first_row + whole)

    def write(self, path: Path) -> None:
        """Work out the coarser levels, and write all of them. Once, when every row was taken."""
        self._end()
        levels = [_joined(self._finest, len(self._is_drawn))]
        bucket_rows = [self._bucket_rows]
        while len(levels[-1][0]) > self._fineness.top_rows and 1 < bucket_rows[-1] < self._shape.rows:
            bucket_rows.append(bucket_rows[-1] * FACTOR)
            levels.append(self._extremes(*levels[-1], bucket_rows[-1]))
        _write(path, self._shape, levels, bucket_rows)

    def _begin(self, columns: list[Numbers], first_row: int) -> None:
        """Set rows aside of which the bucket is not whole yet."""
        if not len(columns[0]):
            return
        if not self._begun:
            self._begun_row = first_row
        self._begun.append(columns)

    def _end(self) -> None:
        if self._begun:
            self._keep([np.concatenate(parts) for parts in zip(*self._begun, strict=True)], self._begun_row)
            self._begun = []

    def _keep(self, columns: list[Numbers], first_row: int) -> None:
        rows = np.arange(first_row, first_row + len(columns[0]))
        if len(rows):
            self._finest.append(self._extremes(rows, columns, self._bucket_rows))

    def _extremes(self, rows: Rows, columns: list[Numbers], bucket_rows: int) -> Kept:
        """Of each bucket, the rows with a low or a high; and the ends of the series."""
        bucket = rows // bucket_rows
        starts = np.flatnonzero(np.diff(bucket, prepend=-1))
        is_kept = (rows == 0) | (rows == self._shape.rows - 1) | (bucket_rows == 1)
        for column, is_drawn in zip(columns, self._is_drawn, strict=True):
            if is_drawn:
                is_kept[_first_equal(column, np.fmin.reduceat(column, starts), starts, bucket)] = True
                is_kept[_first_equal(column, np.fmax.reduceat(column, starts), starts, bucket)] = True
        return rows[is_kept], [column[is_kept] for column in columns]


def _first_equal(column: Numbers, wanted: Numbers, starts: Rows, bucket: Rows) -> NDArray[np.intp]:
    """Where the column has its bucket's wanted value for the first time; nowhere in a bucket without values."""
    lengths = np.diff(starts, append=len(column))
    places = np.flatnonzero(column == np.repeat(wanted, lengths))
    return places[np.diff(bucket[places], prepend=-1) > 0]


def _floats(frame: pl.DataFrame, names: Sequence[str]) -> list[Numbers]:
    """The columns as float64, NaN where they have none; `by_name` takes a name for a name, not for a pattern."""
    cast = frame.select(selectors.by_name(*names).cast(pl.Float64, strict=False))
    return [cast.get_column(name).to_numpy() for name in names]


def _joined(kept: list[Kept], width: int) -> Kept:
    rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in kept)])
    columns = [np.concatenate([np.empty(0), *(columns[place] for _, columns in kept)]) for place in range(width)]
    return rows, columns


def _write(path: Path, shape: Shape, levels: list[Kept], bucket_rows: list[int]) -> None:
    about = {"rows": shape.rows, "axis": shape.axis, "bucket_rows": bucket_rows}
    fields = [pa.field("row", pa.int64()), *(pa.field(name, pa.float64()) for name in shape.numbers)]
    schema = pa.schema(fields, metadata={ABOUT: orjson.dumps(about)})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for rows, columns in levels:
            writer.write_batch(pa.record_batch([pa.array(rows), *(pa.array(each) for each in columns)], schema=schema))
