"""Rows of a running test: checked as they come, packed for the store, and read again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from clients.cells.models import CYCLE_COUNT, CYCLE_FROM_CYCLER, REQUIRED_COLUMNS, STEP_COUNT, STEP_FROM_CYCLER
from schema.ports import Table
from server.cells.errors import SeriesError
from server.cells.limits import Limits
from server.stores.cells import Chunk

WHOLE = frozenset((STEP_COUNT, CYCLE_COUNT, STEP_FROM_CYCLER, CYCLE_FROM_CYCLER))
"""Kept as whole numbers (Int64), everything else as Float64: the same in every append, whatever its first values."""

LARGEST_WHOLE = 2**53
MAX_NAME_CHARACTERS = 200
_NUMBERS = frozenset((int, float, type(None)))


def frame_of(given: Table, expected: Sequence[str], limits: Limits) -> pl.DataFrame:
    """The rows, with the expected columns in their order; without any expected, as they are given.

    Raises SeriesError: rows_missing, too_many_rows, too_many_columns, column_missing, columns_differ, lengths_differ,
    column_not_numeric, not_finite, not_whole. `row` is the row of this append.
    """
    _check_columns(given, expected, limits)
    columns = [_column(name, given[name]) for name in expected or given]
    _check_lengths(columns, limits)
    return pl.DataFrame(columns)


def chunk_of(first_row: int, frame: pl.DataFrame) -> Chunk:
    """The rows as the store keeps them: an Arrow stream, compressed."""
    body = io.BytesIO()
    frame.write_ipc_stream(body, compression="zstd")
    return Chunk(first_row, frame.height, body.getvalue())


def rows_of(chunks: Sequence[Chunk], first_row: int = 0) -> pl.DataFrame:
    """The rows from `first_row` on of chunks that follow each other."""
    rows = pl.concat([pl.read_ipc_stream(chunk.body) for chunk in chunks])
    return rows.slice(max(0, first_row - chunks[0].first_row))


def merged(chunks: Sequence[Chunk]) -> Chunk:
    """One for all of them."""
    return chunk_of(chunks[0].first_row, rows_of(chunks))


def numbers_of(frame: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """The columns of numbers; NaN where there is no value."""
    return {column.name: column.cast(pl.Float64).to_numpy() for column in frame.select(cs.numeric())}


def page_of(path: Path, first_row: int, row_count: int) -> dict[str, NDArray[np.float64]]:
    """Rows of a Parquet file, likewise. Raises FileNotFoundError when it has gone."""
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    return numbers_of(scan.select(cs.numeric()).slice(first_row, row_count).collect())


def _check_columns(given: Table, expected: Sequence[str], limits: Limits) -> None:
    if len(given) > limits.max_columns:
        raise SeriesError(f"send at most {limits.max_columns} columns", "too_many_columns")
    for name in expected or REQUIRED_COLUMNS:
        if name not in given:
            raise SeriesError(
                f"the column {name} is missing; every append has the same columns", "column_missing", name
            )
    for name in given:
        if not 0 < len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
            raise SeriesError(f"a column is named {name[:40]!r}; use visible characters", "columns_differ")
        if expected and name not in expected:
            raise SeriesError(
                f"the column {name} is new; the first append decides on the columns", "columns_differ", name
            )


def _check_lengths(columns: Sequence[pl.Series], limits: Limits) -> None:
    rows = len(columns[0])
    for column in columns:
        if len(column) != rows:
            raise SeriesError(
                f"{column.name} has {len(column):,} rows and {columns[0].name} {rows:,}: send equally many of each",
                "lengths_differ",
                column.name,
            )
    if not rows:
        raise SeriesError("there are no rows in this append; send at least one", "rows_missing")
    if rows > limits.max_append_rows:
        raise SeriesError(f"one append has at most {limits.max_append_rows:,} rows; send several", "too_many_rows")


def _column(name: str, given: Any) -> pl.Series:  # noqa: ANN401 (whatever came in the list's place)
    values = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(values, list | tuple):
        raise SeriesError(f"{name} is not a list of numbers", "column_not_numeric", name)
    if not set(map(type, values)) <= _NUMBERS:
        row = next(row for row, value in enumerate(values) if type(value) not in _NUMBERS)
        raise SeriesError(f"{name} has no number in row {row}", "column_not_numeric", name, row)
    return _typed(name, _floats(name, values))


def _floats(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        column = pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    except OverflowError as error:
        raise SeriesError(f"{name} has a number that is too large", "not_finite", name) from error
    if (row := _first(~column.is_finite())) is not None:
        raise SeriesError(f"{name} is not a finite number in row {row}; leave it out (null)", "not_finite", name, row)
    if name in REQUIRED_COLUMNS and (row := _first(column.is_null())) is not None:
        raise SeriesError(f"{name} is missing in row {row}", "not_finite", name, row)
    return column


def _typed(name: str, column: pl.Series) -> pl.Series:
    if name not in WHOLE:
        return column
    if (row := _first((column != column.round()) | (column.abs() > LARGEST_WHOLE))) is not None:
        raise SeriesError(f"{name} is {column[row]:g} in row {row}; it counts in whole numbers", "not_whole", name, row)
    return column.cast(pl.Int64)


def _first(is_it: pl.Series) -> int | None:
    found = is_it.fill_null(value=False).arg_true()
    return int(found[0]) if len(found) else None
