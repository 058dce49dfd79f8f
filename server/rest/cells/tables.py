"""Tables as clients read them: dicts of lists in JSON, and Parquet.

The vendor's client builds a frame from each list and takes a column for whole numbers when its first one looks so:
numbers of a column that has a fraction anywhere all get a decimal point. Missing is null; there is no NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schema.ports import Table
from server.rest.answers import Refused

if TYPE_CHECKING:
    import polars as pl

MAX_TABLE_COLUMNS = 200
TABLE_RULE = "must be an object of lists of equal length, with numbers, texts, true, false and null in them"


def as_columns(table: Table) -> dict[str, list[Any]]:
    """The table, each column of one kind of number."""
    return {name: _column(values) for name, values in table.items()}


def given_steps(value: object) -> dict[str, list[Any]] | None:
    """The steps that a client worked out itself; None where it did not. Raises Refused with 422."""
    if not value:
        return None
    if not isinstance(value, dict) or len(value) > MAX_TABLE_COLUMNS or not all(map(_is_column, value.values())):
        raise Refused(422, f"steps: {TABLE_RULE}", {"field": "steps"})
    if len({len(column) for column in value.values()}) != 1:
        raise Refused(422, f"steps: {TABLE_RULE}", {"field": "steps"})
    return value


def write_parquet(table: Table, path: Path) -> None:
    """Write the table as one file."""
    import polars as pl  # noqa: PLC0415 (slow to import)

    columns = as_columns(table)
    pl.DataFrame(columns, strict=False, infer_schema_length=None).write_parquet(path, compression="zstd")


def read_columns(path: Path, max_values: int) -> dict[str, Any]:
    """A Parquet file as columns of JSON values; raises Refused with 422 where it has more than `max_values` values."""
    import polars as pl  # noqa: PLC0415 (slow to import)

    lazy = pl.scan_parquet(path)
    width, height = len(lazy.collect_schema()), lazy.select(pl.len()).collect().item()
    if width * height > max_values:
        message = f"{height:,} rows are too many for JSON; fetch the Parquet file from time_series/signed_url"
        raise Refused(422, message, {"row_count": height}, code="RESULT_TOO_LARGE")
    frame = lazy.collect()
    return {column.name: _values(column) for column in frame.iter_columns()}


def _column(values: Sequence[Any]) -> list[Any]:
    if not any(isinstance(value, float) for value in values):
        return list(values)
    return [_real(value) for value in values]


def _real(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(value) if math.isfinite(value) else None


def _is_column(value: object) -> bool:
    return isinstance(value, list) and all(each is None or isinstance(each, bool | int | float | str) for each in value)


def _values(column: pl.Series) -> Any:  # noqa: ANN401 (an array or a list)
    import polars as pl  # noqa: PLC0415 (slow to import)

    if column.dtype.is_float():
        return column.cast(pl.Float64).to_numpy()
    if column.dtype.is_integer() or column.dtype in (pl.Boolean, pl.String):
        return column.to_list()
    return [None if value is None else str(value) for value in column.to_list()]
