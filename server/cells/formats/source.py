"""A file's own columns, read in parts of bounded size, as often as is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from server.cells.formats.errors import FormatError
from server.cells.limits import Limits

ROWS_AT_ONCE = 131_072
BUFFER_BYTES = 1 << 20
"""So much of a column is read at a time, however large the row group."""


class Source(Protocol):
    """Rows of named columns."""

    columns: tuple[str, ...]

    def demand(self, columns: Sequence[str]) -> None:
        """These columns must be numbers. Raises FormatError, now or when they are read."""

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """These columns of all rows, in order, a bounded number of rows at a time.

        Raises FormatError, and NotANumberError for a column that turned out to be text: read it anew.
        """


class ParquetSource:
    """A Parquet file. Raises FormatError for one that is broken, or larger than the limits."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        stream.seek(0)
        try:
            self._file = pq.ParquetFile(stream, buffer_size=BUFFER_BYTES, pre_buffer=False)
            self.columns = tuple(self._file.schema_arrow.names)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"this is no whole Parquet file: {first_line(error)}") from None
        rows = self._file.metadata.num_rows
        if rows > limits.max_rows or len(self.columns) > limits.max_columns:
            raise FormatError(
                f"{rows:,} rows of {len(self.columns):,} columns are more than the {limits.max_rows:,} rows of"
                f" {limits.max_columns:,} columns that are taken; split the file"
            )
        unique(self.columns)

    def demand(self, columns: Sequence[str]) -> None:
        """See Source."""
        schema = self._file.schema_arrow
        for column in columns:
            kind = schema.field(column).type
            if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
                raise FormatError(f"the column {column[:60]!r} holds {kind} where numbers are needed")

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """See Source."""
        try:
            for batch in self._file.iter_batches(ROWS_AT_ONCE, columns=list(columns)):
                part = pl.DataFrame(pa.Table.from_batches([batch]))
                yield part.select(columns)
        except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
            raise FormatError(f"the Parquet file is broken: {first_line(error)}") from None


def unique(columns: Sequence[str]) -> None:
    """Raise FormatError where a name is there twice."""
    for at, column in enumerate(columns):
        if column in columns[:at]:
            raise FormatError(f"the column {column[:60]!r} is there twice; rename one of them")


def first_line(error: Exception) -> str:
    """The error's first line, no longer than a sentence may be."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
