"""Any file that we can read, made into a Parquet file of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from server.cells.formats import bdf, cyclers, gz, ionworks, mapping
from server.cells.formats.choices import Format, Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.layout import Layout, listed
from server.cells.formats.normal import Normaliser
from server.cells.formats.source import ParquetSource, Source
from server.cells.formats.survey import agreed_sign, columns_of, survey
from server.cells.formats.text import Dialect, NotANumberError, TextSource
from server.cells.limits import Limits

PARQUET_MAGIC = b"PAR1"
ROW_GROUP_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be read; `sign` None leaves it to the format, and then to the samples."""

    format: Format = Format.AUTO
    mapping: mapping.ColumnMapping | None = None
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a file. `is_original` says that its own bytes are what is to be uploaded, not the converted ones.

    `rows` is None for a series without time, which is taken as it is.
    """

    format: str
    rows: int | None
    sign: Sign | None
    is_original: bool


def read(stream: BinaryIO, name: str, target: Path, wish: Wish, limits: Limits, on_rows: Callable[[int], None]) -> Read:
    """Convert the open file into `target`, calling `on_rows` with the rows of each part. Raises FormatError.

    A file that is ours already is not written; it is at its first byte again then.
    """
    source, format_ = _opened(stream, name, target, wish, limits)
    is_parquet = isinstance(source, ParquetSource)
    if is_parquet and format_ is Format.IONWORKS and ionworks.is_without_time(source.columns):
        return _as_it_is(stream, Read(format_.value, None, None, is_original=True))
    layout = _layout(source, format_, wish)
    source.demand([taken.source for taken in layout.takes.values()])
    seen = survey(source, layout)
    sign = agreed_sign(layout, seen, wish.sign)
    is_ours = format_ is Format.IONWORKS and sign is ionworks.SIGN and seen.starts_at_0 and seen.is_counted
    if is_parquet and is_ours:
        on_rows(seen.rows)
        return _as_it_is(stream, Read(format_.value, seen.rows, sign, is_original=True))
    while not _written(source, layout, Normaliser(layout, seen, sign), target, on_rows):
        pass
    return Read(format_.value, seen.rows, sign, is_original=False)


def _as_it_is(stream: BinaryIO, outcome: Read) -> Read:
    stream.seek(0)
    return outcome


def _opened(stream: BinaryIO, name: str, target: Path, wish: Wish, limits: Limits) -> tuple[Source, Format]:
    """The rows, and which format they are in."""
    stream.seek(0)
    magic = stream.read(len(PARQUET_MAGIC))
    stream.seek(0)
    if wish.format is Format.NEWARE or (wish.format is Format.AUTO and cyclers.is_neware(name)):
        return cyclers.neware(stream, name, target.parent, limits), Format.NEWARE
    if magic == PARQUET_MAGIC:
        source: Source = ParquetSource(stream, limits)
    else:
        source = _text(stream, wish, limits, is_gzip=magic.startswith(gz.MAGIC))
    return source, _format_of(source, wish)


def _text(stream: BinaryIO, wish: Wish, limits: Limits, *, is_gzip: bool) -> TextSource:
    def opened() -> gz.Inflating | BinaryIO:
        if is_gzip:
            return gz.Inflating(stream)
        stream.seek(0)
        return stream

    return TextSource(opened, wish.mapping.dialect if wish.mapping else Dialect(), limits)


def _format_of(source: Source, wish: Wish) -> Format:
    if wish.format is not Format.AUTO:
        return wish.format
    if wish.mapping is not None:
        return Format.CSV
    if bdf.is_bdf(source.columns):
        return Format.BDF
    if ionworks.is_ionworks(source.columns):
        return Format.IONWORKS
    raise FormatError(
        f"its columns are of no format known here: {listed(source.columns)}; say which are which in a file given by"
        " --mapping"
    )


def _layout(source: Source, format_: Format, wish: Wish) -> Layout:
    if format_ is Format.BDF:
        return bdf.layout(source.columns)
    if format_ is Format.IONWORKS:
        return ionworks.layout(source.columns)
    if format_ is Format.NEWARE:
        return cyclers.neware_layout(source.columns)
    if wish.mapping is None:
        raise FormatError("a file in the format csv needs --mapping, which says which of its columns are which")
    return mapping.layout(wish.mapping, source.columns)


def _written(source: Source, layout: Layout, rows: Normaliser, target: Path, on_rows: Callable[[int], None]) -> bool:
    """Write the target; False where a kept column turned out to be text, so that it is read as such from the start."""
    demanded = {taken.source for taken in layout.takes.values()}
    try:
        _write(_turned(source, layout, rows, on_rows), target)
    except NotANumberError as error:
        if error.column in demanded:
            raise
        return False
    return True


def _turned(source: Source, layout: Layout, rows: Normaliser, on_rows: Callable[[int], None]) -> Iterator[pl.DataFrame]:
    for part in source.parts(columns_of(layout)):
        if part.height:
            yield rows.turned(part)
            on_rows(part.height)


def _write(parts: Iterator[pl.DataFrame], target: Path) -> None:
    first = next(parts)
    schema = first.to_arrow().schema
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        waiting = first
        for part in parts:
            waiting.vstack(part, in_place=True)
            if waiting.height >= ROW_GROUP_ROWS:
                writer.write_table(_table(waiting, schema))
                waiting = part.clear()
        if waiting.height:
            writer.write_table(_table(waiting, schema))


def _table(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return frame.to_arrow().cast(schema)
