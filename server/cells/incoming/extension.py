"""Samples behind samples: one Parquet file of two, written in bounded memory, every type as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clients.cells.models import TIME
from server.cells.digest.inspection import Shape, inspect
from server.cells.errors import SeriesError
from server.cells.limits import Limits

ROWS_AT_ONCE = 65_536
_BUFFER_BYTES = 2**20


def joined(kept: Path, added: Path, target: Path, limits: Limits) -> None:
    """Write the rows of `kept`, then those of `added`, to `target`.

    Raises SeriesError: what `inspect` finds in `added`, columns_differ, column_type, time_not_later, too_many_rows.
    """
    shape, more = inspect(kept, limits), inspect(added, limits)
    _check(shape, more, limits)
    with (
        pq.ParquetFile(kept, buffer_size=_BUFFER_BYTES) as first,
        pq.ParquetFile(added, buffer_size=_BUFFER_BYTES) as then,
    ):
        schema = first.schema_arrow
        _check_order(first, then, shape)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in first.iter_batches(ROWS_AT_ONCE):
                writer.write_batch(batch)
            for batch in _cast(then, schema):
                writer.write_batch(batch)


def _check(shape: Shape, more: Shape, limits: Limits) -> None:
    if differing := sorted(set(shape.columns) ^ set(more.columns)):
        word = "is missing" if differing[0] in shape.columns else "is new"
        raise SeriesError(
            f"the column {differing[0]} {word}: samples that are added have the columns of those that are there",
            "columns_differ",
            differing[0],
        )
    if shape.rows + more.rows > limits.max_rows:
        raise SeriesError(f"together they have more than {limits.max_rows:,} rows; start another", "too_many_rows")


def _check_order(first: pq.ParquetFile, then: pq.ParquetFile, shape: Shape) -> None:
    if shape.axis is None:
        return
    last = _time(first.read_row_group(first.num_row_groups - 1, columns=[TIME]), -1)
    begin = _time(next(then.iter_batches(1, columns=[TIME])), 0)
    if last is not None and begin is not None and not begin > last:
        raise SeriesError(
            f"the added samples begin at {begin:g} s, and those that are there end at {last:g} s: send later ones",
            "time_not_later",
            TIME,
            shape.rows,
        )


def _time(rows: pa.Table | pa.RecordBatch, index: int) -> float | None:
    value = rows.column(TIME)[index].as_py()
    return None if value is None else float(value)


def _cast(file: pq.ParquetFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows in the order and types of the schema, where nothing is lost by that."""
    row = 0
    for batch in file.iter_batches(ROWS_AT_ONCE):
        columns = []
        for field in schema:
            try:
                columns.append(pc.cast(batch.column(field.name), field.type))
            except pa.ArrowException as error:
                there = batch.schema.field(field.name).type
                raise SeriesError(
                    f"the column {field.name} is {field.type}, and {there} does not fit: send the same types",
                    "column_type",
                    field.name,
                    row,
                ) from error
        row += batch.num_rows
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
