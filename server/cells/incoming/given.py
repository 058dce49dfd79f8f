"""Steps that come with their samples, as JSON or as Parquet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schema.ports import Table
from server.cells.errors import SeriesError

MAX_VALUES = 5_000_000
MAX_BYTES = 200_000_000
MAX_COLUMNS = 500
CODE = "steps_invalid"


def steps_of(given: Any) -> Table:  # noqa: ANN401 (any JSON value)
    """Lists by name, of numbers, text and None; NaN becomes None. Raises SeriesError `steps_invalid`."""
    if not isinstance(given, Mapping) or len(given) > MAX_COLUMNS:
        raise SeriesError(f"steps must be an object of at most {MAX_COLUMNS} lists, one for each column", CODE)
    table = {name: _column(name, column) for name, column in given.items()}
    if sum(map(len, table.values())) > MAX_VALUES:
        raise SeriesError(f"steps hold more than {MAX_VALUES:,} values", CODE)
    return table


def read_steps(path: Path) -> Table:
    """The table in a Parquet file. Raises SeriesError `steps_invalid`."""
    try:
        _check_footer(pq.read_metadata(path))
        found = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise SeriesError(f"steps.parquet cannot be read ({reason}); upload it again", CODE) from error
    return steps_of(dict(zip(found.column_names, (column.to_pylist() for column in found.columns), strict=True)))


def _check_footer(footer: pq.FileMetaData) -> None:
    size = sum(footer.row_group(index).total_byte_size for index in range(footer.num_row_groups))
    if footer.num_rows * footer.num_columns > MAX_VALUES or size > MAX_BYTES or footer.num_columns > MAX_COLUMNS:
        raise SeriesError(
            f"steps.parquet holds more than {MAX_VALUES:,} values, {MAX_COLUMNS} columns or {MAX_BYTES:,} bytes", CODE
        )


def _column(name: object, values: object) -> list[Any]:
    if not isinstance(name, str) or not isinstance(values, list | tuple):
        raise SeriesError(f"the steps' column {str(name)[:100]!r} must be a list", CODE)
    return [_value(name, row, value) for row, value in enumerate(values)]


def _value(name: str, row: int, value: object) -> float | int | str | None:
    if isinstance(value, float):
        if math.isinf(value):
            raise SeriesError(f"{name} is infinite in step {row}", CODE, name, row)
        return None if math.isnan(value) else value
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    raise SeriesError(f"{name} is neither a number nor text in step {row}", CODE, name, row)
