"""A Parquet file of samples: its footer says whether it can be taken; then its rows come a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from clients.cells.models import CYCLE_COUNT, TIME
from server.cells.digest.columns import CUMULATIVE, Kind, kind_of, required_columns
from server.cells.errors import SeriesError
from server.cells.limits import Limits

_MAGIC, _ENCRYPTED_MAGIC = b"PAR1", b"PARE"
_TAIL_BYTES = 8
_BUFFER_BYTES = 2**20
_VALUES_AT_ONCE = 2**21


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file holds: `columns` are all, in the file's order, `numbers` those of numbers (no booleans, no times).

    `group_rows` has the rows of each row group. `axis` is `Time [s]`, or None for samples without time (open-circuit
    curves and impedance spectra), whose place is the number of the row.
    """

    rows: int
    columns: tuple[str, ...]
    numbers: tuple[str, ...]
    group_rows: tuple[int, ...]
    axis: str | None

    @property
    def kind(self) -> Kind:
        """Told by the columns; see `kind_of`."""
        return kind_of(self.columns)


def inspect(path: Path, limits: Limits) -> Shape:
    """Read the footer alone, and refuse what cannot be taken.

    Raises SeriesError with one of the codes not_parquet, encrypted, damaged, rows_missing, columns_missing,
    too_many_rows, too_many_columns, too_large (a declared size beyond a limit), column_twice,
    column_missing, column_not_numeric.
    """
    _check_magic(path, limits)
    try:
        return _shape(pq.read_metadata(path), limits)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(error) from error


def _shape(footer: pq.FileMetaData, limits: Limits) -> Shape:
    """What the footer says, checked; it is decoded as it is asked, and any answer may fail."""
    schema = footer.schema.to_arrow_schema()
    _check_counts(footer, schema, limits)
    _check_names(schema)
    _check_required(schema)
    numbers = tuple(field.name for field in schema if _is_number(field.type))
    groups = tuple(footer.row_group(index) for index in range(footer.num_row_groups))
    _check_sizes(groups, len(numbers), footer.num_rows, limits)
    axis = TIME if kind_of(schema.names) is Kind.TIME_SERIES else None
    return Shape(footer.num_rows, tuple(schema.names), numbers, tuple(group.num_rows for group in groups), axis)


def _check_magic(path: Path, limits: Limits) -> None:
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if tail.endswith(_ENCRYPTED_MAGIC):
        _refuse("the file is encrypted; upload it without encryption", "encrypted")
    if head != _MAGIC:
        _refuse("this is not a Parquet file: it does not begin with PAR1", "not_parquet")
    if size < len(_MAGIC) + _TAIL_BYTES or not tail.endswith(_MAGIC):
        _refuse("the Parquet file is cut off: its footer is not at its end; upload it again", "damaged")
    if int.from_bytes(tail[:4], "little") > limits.max_footer_bytes:
        _refuse(
            f"the Parquet footer is longer than {limits.max_footer_bytes:,} bytes; write larger row groups", "too_large"
        )


def _damaged(error: BaseException, row: int | None = None) -> SeriesError:
    if "encrypt" in str(error):
        return SeriesError("the file is encrypted; upload it without encryption", "encrypted")
    return SeriesError(f"the Parquet file is damaged: {_first_line(error)}; upload it again", "damaged", row=row)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _check_counts(footer: pq.FileMetaData, schema: pa.Schema, limits: Limits) -> None:
    if not len(schema):
        _refuse("the file has no columns", "columns_missing")
    if len(schema) > limits.max_columns or footer.num_columns > limits.max_columns:
        most = max(len(schema), footer.num_columns)
        _refuse(f"the file has {most:,} columns; at most {limits.max_columns:,} are taken", "too_many_columns")
    if footer.num_rows < 1 or not footer.num_row_groups:
        _refuse("the file has no rows", "rows_missing")
    if footer.num_rows > limits.max_rows:
        _refuse(
            f"the file has {footer.num_rows:,} rows; at most {limits.max_rows:,} are taken: split it", "too_many_rows"
        )


def _check_names(schema: pa.Schema) -> None:
    seen: set[str] = set()
    for name in schema.names:
        if name in seen:
            _refuse(f"there are two columns named {name!r}; rename one", "column_twice", name)
        seen.add(name)


def _check_required(schema: pa.Schema) -> None:
    required = required_columns(schema.names)
    for name in required:
        if name not in schema.names:
            kind = kind_of(schema.names).replace("_", " ")
            _refuse(f"the column {name} is missing; a {kind} needs {', '.join(required)}", "column_missing", name)
    known = [name for name in (CYCLE_COUNT, *CUMULATIVE) if name in schema.names]
    for name in (*required, *known):
        kept = schema.field(name).type
        if not (_is_number(kept) or (name in known and pa.types.is_null(kept))):
            _refuse(f"the column {name} holds {kept}, not numbers", "column_not_numeric", name)


def _is_number(kept: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kept) or pa.types.is_floating(kept) or pa.types.is_decimal(kept))


def _check_sizes(groups: tuple[pq.RowGroupMetaData, ...], numbers: int, rows: int, limits: Limits) -> None:
    """Row groups only: pyarrow 26 ends the process when it is asked about a column chunk that is not as it expects."""
    if any(group.num_rows < 0 for group in groups) or sum(group.num_rows for group in groups) != rows:
        _refuse("the Parquet file is damaged: its row groups do not add up to its rows; upload it again", "damaged")
    if rows * numbers > limits.max_values:
        _refuse(
            f"{rows:,} rows of {numbers:,} numbers are more than {limits.max_values:,}; split the file", "too_large"
        )
    for index, group in enumerate(groups):
        if not 0 <= group.total_byte_size <= limits.max_group_bytes:
            _refuse(
                f"row group {index} declares {group.total_byte_size:,} bytes; at most {limits.max_group_bytes:,} "
                "are taken: write smaller row groups",
                "too_large",
            )


def _refuse(message: str, code: str, column: str | None = None) -> NoReturn:
    raise SeriesError(message, code, column)


def slices(
    path: Path, shape: Shape, rows_at_once: int, columns: Sequence[str] | None = None
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Go once through the rows: (number of the first row, rows), at most `rows_at_once` of them, less if they are wide.

    `columns` must be numeric; all of those by default, in the file's order. Floats and decimals come as Float64.
    Memory is bounded however the rows are grouped: pages are decoded as they are reached, one row group at a time.
    Raises SeriesError with the code damaged where a page cannot be decoded, or rows are missing.
    """
    wanted = list(shape.numbers if columns is None else columns)
    rows = max(1, min(rows_at_once, _VALUES_AT_ONCE // max(1, len(wanted))))
    first_row = 0
    for frame in _decoded(path, wanted, rows):
        yield first_row, frame
        first_row += frame.height
    if first_row != shape.rows:
        raise _damaged(ValueError(f"{first_row:,} rows of {shape.rows:,} are there"), first_row)


def _decoded(path: Path, columns: list[str], rows: int) -> Iterator[pl.DataFrame]:
    first_row = 0
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            for batch in file.iter_batches(rows, columns=columns):
                # Column by column, without the file's metadata: polars ends the process where that is no UTF-8.
                frame = pl.DataFrame({name: pl.from_arrow(batch.column(name)) for name in columns})
                yield frame.with_columns(cs.float().cast(pl.Float64), cs.decimal().cast(pl.Float64))
                first_row += frame.height
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _damaged(error, first_row) from error
