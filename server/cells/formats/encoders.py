"""Rows as bytes: comma-separated, JSON Lines, Parquet and Arrow's stream, part by part."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from server.cells.formats.choices import Target
from server.cells.formats.errors import FormatError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet begins to calculate."""

JSON_ROWS = 16_384
"""So many at once: as text a row takes many times the memory of its numbers."""

Parts = Iterator[pl.DataFrame]


def check_kinds(schema: pa.Schema, columns: Sequence[str], target: Target) -> None:
    """Raise FormatError for a column whose values text cannot hold."""
    if target not in (Target.CSV, Target.JSONL, Target.BDF_CSV):
        return
    for column in columns:
        kind = schema.field(column).type
        is_raw = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
        if is_raw or (pa.types.is_nested(kind) and target is not Target.JSONL):
            raise FormatError(f"{target} cannot hold the column {column!r} of {kind}; choose others, or take parquet")


def _csv(parts: Parts, empty: pl.DataFrame, *, escapes_formulas: bool) -> Generator[bytes, None, None]:
    plain = _escaped if escapes_formulas else _as_it_is
    yield plain(empty).write_csv().encode()
    for part in parts:
        yield plain(part).write_csv(include_header=False).encode()


def _jsonl(parts: Parts, empty: pl.DataFrame, *, escapes_formulas: bool) -> Generator[bytes, None, None]:  # noqa: ARG001  # as Encoder
    for part in (piece for whole in parts for piece in whole.iter_slices(JSON_ROWS)):
        finite = part.with_columns(pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in _floats(part))
        body = io.BytesIO()
        finite.write_ndjson(body)
        yield body.getvalue()


def _arrow(parts: Parts, empty: pl.DataFrame, *, escapes_formulas: bool) -> Generator[bytes, None, None]:  # noqa: ARG001  # as Encoder
    drain, schema = _Drain(), empty.to_arrow().schema
    with pa.ipc.new_stream(pa.PythonFile(drain, mode="w"), schema) as writer:
        for part in parts:
            writer.write_table(part.to_arrow().cast(schema))
            yield drain.taken()
    yield drain.taken()


def _parquet(parts: Parts, empty: pl.DataFrame, *, escapes_formulas: bool) -> Generator[bytes, None, None]:  # noqa: ARG001  # as Encoder
    drain, schema = _Drain(), empty.to_arrow().schema
    with pq.ParquetWriter(pa.PythonFile(drain, mode="w"), schema, compression="zstd") as writer:
        for part in parts:
            writer.write_table(part.to_arrow().cast(schema))
            yield drain.taken()
    yield drain.taken()


class Encoder(Protocol):
    """Writes parts of one file, all with the columns of `empty`."""

    def __call__(self, parts: Parts, empty: pl.DataFrame, *, escapes_formulas: bool) -> Generator[bytes, None, None]:
        """Bytes for each part. `escapes_formulas` matters to what a spreadsheet opens."""


ENCODERS: Mapping[Target, Encoder] = {
    Target.CSV: _csv,
    Target.JSONL: _jsonl,
    Target.PARQUET: _parquet,
    Target.ARROW: _arrow,
    Target.BDF_CSV: _csv,
    Target.BDF_PARQUET: _parquet,
}


def _floats(part: pl.DataFrame) -> list[str]:
    return [name for name, kind in part.schema.items() if kind.is_float()]


def _as_it_is(part: pl.DataFrame) -> pl.DataFrame:
    return part


def _escaped(part: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, kind in part.schema.items() if kind in (pl.String, pl.Categorical)]
    starts = list(FORMULA_STARTS)
    safe = part.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.head(1).is_in(starts))
        .then("'" + pl.col(name).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name in texts
    )
    return safe.rename({name: f"'{name}" for name in safe.columns if name.startswith(FORMULA_STARTS)})


class _Drain:
    """Looks like a file to a writer; what was written is taken out again at once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0
        self.closed = False

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        """All that was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken
