"""A copy of a series for reading windows from, where the row groups of the uploaded file are too large for that."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import polars as pl
import pyarrow.parquet as pq
from polars import selectors

from server.cells.digest.inspection import Shape

LARGEST_GROUP_ROWS = 1_048_576
GROUP_ROWS = 131_072
# Only pages that hold rows of a window are decoded: 16,384 numbers in each.
PAGE_BYTES = 131_072


def is_wanted(shape: Shape) -> bool:
    """Whether a row group has more than `LARGEST_GROUP_ROWS` rows."""
    return max(shape.group_rows, default=0) > LARGEST_GROUP_ROWS


class WindowsCopy:
    """The numeric columns, in row groups of `GROUP_ROWS`; takes slices of any size. The last group may be smaller.

    A context: leaving it completes the file.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self._path = path
        self._numbers = selectors.by_name(*shape.numbers)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pl.DataFrame] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._write(0)
        if self._writer is not None:
            self._writer.close()

    def take(self, frame: pl.DataFrame) -> None:
        """The next rows. The frame may have more columns."""
        self._waiting.append(frame.select(self._numbers))
        rows = sum(each.height for each in self._waiting)
        if rows >= GROUP_ROWS:
            self._write(rows % GROUP_ROWS)

    def _write(self, left: int) -> None:
        """All that is waiting but for the last `left` rows."""
        waiting = pl.concat(self._waiting) if self._waiting else pl.DataFrame()
        self._waiting = [waiting.tail(left)]
        if waiting.height == left:
            return
        table = waiting.head(waiting.height - left).to_arrow()
        if self._writer is None:
            # Dictionaries cost time on measured numbers, and save nothing.
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=False, data_page_size=PAGE_BYTES
            )
        self._writer.write_table(table, row_group_size=GROUP_ROWS)
