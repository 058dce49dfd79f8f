"""Tables as polars or pyarrow has them: from a Parquet file, from columns in JSON, and back.

Neither library is imported before there is a table to make; each is slow to import, and may be absent.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import polars as pl
    from typing_extensions import TypeVar as TypeVarWithDefault

    Frame = TypeVarWithDefault("Frame", default=pl.DataFrame)
    Frame_co = TypeVarWithDefault("Frame_co", default=pl.DataFrame, covariant=True)
else:
    Frame = TypeVar("Frame")
    Frame_co = TypeVar("Frame_co", covariant=True)

MAGIC = b"PAR1"
FrameName = Literal["polars", "arrow"]


class ArrowStream(Protocol):
    """Any table that speaks Arrow's C stream: of polars, pyarrow, pandas, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule."""


class ArrowTable(ArrowStream, Protocol):
    """What pyarrow.Table offers, as far as its users need it; the library itself has no types."""

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""

    @property
    def num_rows(self) -> int:
        """How many rows there are."""

    def to_pydict(self) -> dict[str, list[object]]:
        """Columns as lists."""


AnyFrame: TypeAlias = "pl.DataFrame | ArrowTable"
Columns = Mapping[str, Sequence[object]]
Table = ArrowStream | Columns | str | Path
"""A frame, columns as lists of equal length, or the path of a Parquet file."""


class Frames(Protocol[Frame]):
    """One library's way. Every method raises ValueError for what it cannot read."""

    def of_columns(self, columns: Columns) -> Frame:
        """A table of these columns; None is a missing value."""

    def of_stream(self, table: ArrowStream) -> Frame:
        """The same table in this library, without a copy where that is possible."""

    def of_parquet(self, body: bytes) -> Frame:
        """The table in a Parquet file."""

    def to_parquet(self, frame: Frame) -> bytes:
        """A Parquet file, compressed with zstd."""

    def to_columns(self, frame: Frame) -> dict[str, list[object]]:
        """Columns as lists."""


class PolarsFrames:
    """Makes polars.DataFrame."""

    def of_columns(self, columns: Columns) -> pl.DataFrame:
        """See `Frames`. A column that begins with whole numbers may go on with others."""
        import polars as pl  # noqa: PLC0415 - slow to import, and may be absent

        return _read(
            lambda: pl.DataFrame({name: as_floats(values) for name, values in columns.items()}),
            pl.exceptions.PolarsError,
        )

    def of_stream(self, table: ArrowStream) -> pl.DataFrame:
        """See `Frames`."""
        import polars as pl  # noqa: PLC0415

        return (
            table if isinstance(table, pl.DataFrame) else _read(lambda: pl.DataFrame(table), pl.exceptions.PolarsError)
        )

    def of_parquet(self, body: bytes) -> pl.DataFrame:
        """See `Frames`."""
        import polars as pl  # noqa: PLC0415

        return _read(lambda: pl.read_parquet(io.BytesIO(body)), pl.exceptions.PolarsError)

    def to_parquet(self, frame: pl.DataFrame) -> bytes:
        """See `Frames`."""
        import polars as pl  # noqa: PLC0415

        file = io.BytesIO()
        _read(lambda: frame.write_parquet(file, compression="zstd"), pl.exceptions.PolarsError)
        return file.getvalue()

    def to_columns(self, frame: pl.DataFrame) -> dict[str, list[object]]:
        """See `Frames`."""
        return frame.to_dict(as_series=False)


class ArrowFrames:
    """Makes pyarrow.Table."""

    def of_columns(self, columns: Columns) -> ArrowTable:
        """See `Frames`. A column that begins with whole numbers may go on with others."""
        import pyarrow as pa  # noqa: PLC0415 - slow to import, and may be absent

        table: ArrowTable = _read(lambda: pa.table({name: as_floats(values) for name, values in columns.items()}))
        return table

    def of_stream(self, table: ArrowStream) -> ArrowTable:
        """See `Frames`."""
        import pyarrow as pa  # noqa: PLC0415

        same: ArrowTable = _read(lambda: pa.table(table))
        return same

    def of_parquet(self, body: bytes) -> ArrowTable:
        """See `Frames`."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        table: ArrowTable = _read(lambda: pq.ParquetFile(pa.BufferReader(body)).read())
        return table

    def to_parquet(self, frame: ArrowTable) -> bytes:
        """See `Frames`."""
        import pyarrow.parquet as pq  # noqa: PLC0415

        file = io.BytesIO()
        _read(lambda: pq.write_table(frame, file, compression="zstd"))
        return file.getvalue()

    def to_columns(self, frame: ArrowTable) -> dict[str, list[object]]:
        """See `Frames`."""
        return frame.to_pydict()


POLARS = PolarsFrames()
ARROW = ArrowFrames()
BY_MODULE: dict[str, Frames[Any]] = {"polars": POLARS, "pyarrow": ARROW}


def parquet_of(table: Table, frames: Frames[Any]) -> bytes | Path:
    """What is uploaded of this table: a file as it lies there, anything else as Parquet. Raises ValueError."""
    if isinstance(table, str | Path):
        return _checked(Path(table))
    own, frame = _framed(table, frames)
    return own.to_parquet(frame)


def columns_of(table: Table, frames: Frames[Any]) -> dict[str, list[object]]:
    """The columns as JSON may carry them: numbers with a decimal point throughout, missing for NaN. ValueError."""
    if isinstance(table, str | Path):
        body = _checked(Path(table)).read_bytes()
        columns = frames.to_columns(frames.of_parquet(body))
    else:
        own, frame = _framed(table, frames)
        columns = own.to_columns(frame)
    return {name: [_finite(value, name) for value in as_floats(values)] for name, values in columns.items()}


def as_floats(values: Sequence[object]) -> Sequence[object]:
    """Whole numbers among others become floats: readers take a column's type from its first value."""
    if not any(isinstance(value, float) for value in values):
        return values
    return [float(value) if type(value) is int else value for value in values]


def _framed(table: ArrowStream | Columns, frames: Frames[Any]) -> tuple[Frames[Any], Any]:
    """The table in its own library, so that nothing of its types is lost; columns and others' frames in ours."""
    if isinstance(table, Mapping):
        return frames, frames.of_columns(table)
    if not hasattr(table, "__arrow_c_stream__"):
        raise ValueError(f"{type(table).__name__} is no table: give a frame, columns as lists, or a path")
    own = BY_MODULE.get(type(table).__module__.partition(".")[0], frames)
    return own, own.of_stream(table)


def _checked(path: Path) -> Path:
    """The path, when a Parquet file lies there."""
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    with path.open("rb") as file:
        begins = file.read(len(MAGIC))
    if begins != MAGIC:
        raise ValueError(f"{path} is no Parquet file: it does not begin with {MAGIC.decode()}")
    return path


def _finite(value: object, column: str) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            return None
        raise ValueError(f"column {column!r} has {value}, which JSON cannot carry; leave the value out")
    return value


Read = TypeVar("Read")
BAD_TABLE = (TypeError, ValueError, OverflowError, OSError, LookupError, NotImplementedError)


def _read(function: Callable[[], Read], *kinds: type[Exception]) -> Read:
    """The result; what the library says about bad tables (pyarrow's errors are among these) as a ValueError."""
    expected: tuple[type[Exception], ...] = (*kinds, *BAD_TABLE)
    try:
        return function()
    except expected as error:
        raise ValueError(f"{type(error).__name__}: {str(error)[:300]}") from error
