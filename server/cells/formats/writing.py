"""Our samples in other people's formats, written part by part: whoever reads slowly holds one part in memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from clients.cells.models import CURRENT, TIME
from server.cells.formats import bdf
from server.cells.formats.choices import Selection, Target
from server.cells.formats.encoders import ENCODERS, Parts, check_kinds
from server.cells.formats.errors import FormatError
from server.cells.formats.files import open_regular
from server.cells.formats.layout import listed
from server.cells.formats.source import BUFFER_BYTES, ROWS_AT_ONCE, first_line


class ColumnsMissingError(FormatError):
    """Columns were asked for that are not there; `columns` names them."""

    def __init__(self, columns: Sequence[str], there: Sequence[str]) -> None:
        super().__init__(f"there is no column {listed(columns)}; the columns are {listed(there)}")
        self.columns = tuple(columns)


class Export:
    """What is written, part by part. Close it, also unread: it holds the file open, which may be deleted meanwhile."""

    def __init__(self, stream: BinaryIO, parts: Generator[bytes, None, None]) -> None:
        self._stream, self._parts = stream, parts

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Raises FormatError where the file turns out to be broken."""
        try:
            return next(self._parts)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"the samples cannot be read: {first_line(error)}") from error

    def close(self) -> None:
        """Leave the rest unwritten."""
        self._parts.close()
        self._stream.close()


def encoded(path: Path, selection: Selection, target: Target) -> Export:
    """The samples of this Parquet file; all that was chosen is checked before the first part.

    Raises FormatError, ColumnsMissingError.
    """
    stream = open_regular(path)
    try:
        return Export(stream, _encoded(_opened(stream), selection, target))
    except FormatError:
        stream.close()
        raise


def _opened(stream: BinaryIO) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"the samples cannot be read: {first_line(error)}") from None


def _encoded(file: pq.ParquetFile, selection: Selection, target: Target) -> Generator[bytes, None, None]:
    chosen = _chosen(file, selection)
    check_kinds(file.schema_arrow, chosen, target)
    names = bdf.exported(chosen) if target.is_bdf else {column: column for column in chosen}
    empty = _turned(pl.DataFrame(file.schema_arrow.empty_table().select(list(names))), names, target)
    parts = (_turned(part, names, target) for part in _parts(file, selection, list(names)))
    return ENCODERS[target](parts, empty, escapes_formulas=selection.escapes_formulas)


def _chosen(file: pq.ParquetFile, selection: Selection) -> list[str]:
    there = file.schema_arrow.names
    wished = [name for wish in selection.columns or () for name in _named(wish, there)]
    missing = [column for column in wished if column not in there]
    if missing:
        raise ColumnsMissingError(missing, there)
    if TIME not in there and (selection.start_s is not None or selection.end_s is not None):
        raise FormatError(f"these samples have no {TIME!r}, so no range of it can be chosen")
    return list(dict.fromkeys(wished)) if selection.columns else list(there)


def _named(wish: str, there: Sequence[str]) -> list[str]:
    """A column, or several with commas between them; names may have commas, too."""
    return [wish] if wish in there else [name.strip() for name in wish.split(",")]


def _parts(file: pq.ParquetFile, selection: Selection, columns: list[str]) -> Parts:
    """The chosen rows; time never falls, so reading ends behind the range."""
    has_range = selection.start_s is not None or selection.end_s is not None
    read = list(dict.fromkeys([*columns, TIME])) if has_range else columns
    rows = min(ROWS_AT_ONCE, max(1, 2_000_000 // max(1, len(read))))
    for batch in file.iter_batches(rows, row_groups=_groups(file, selection), columns=read):
        part = pl.DataFrame(pa.Table.from_batches([batch]))
        if has_range:
            inside = part.filter(_within(selection))
            if inside.height:
                yield inside.select(columns)
            continue
        yield part.select(columns)


def _within(selection: Selection) -> pl.Expr:
    start = pl.col(TIME) >= selection.start_s if selection.start_s is not None else pl.lit(value=True)
    return start & (pl.col(TIME) < selection.end_s if selection.end_s is not None else pl.lit(value=True))


def _groups(file: pq.ParquetFile, selection: Selection) -> list[int]:
    """The row groups that can have rows in the range, by what the footer says of their time."""
    if selection.start_s is None and selection.end_s is None:
        return list(range(file.num_row_groups))
    place = file.schema_arrow.names.index(TIME)
    start = float("-inf") if selection.start_s is None else selection.start_s
    end = float("inf") if selection.end_s is None else selection.end_s
    kept = []
    for group in range(file.num_row_groups):
        told = file.metadata.row_group(group).column(place).statistics
        if told is None or not told.has_min_max or (told.max >= start and told.min < end):
            kept.append(group)
    return kept


def _turned(part: pl.DataFrame, names: Mapping[str, str], target: Target) -> pl.DataFrame:
    """Under the target's names; positive current charges in BDF."""
    if target.is_bdf:
        part = part.with_columns(pl.col(CURRENT) * bdf.SIGN.factor + 0.0)
    return part.select(pl.col(ours).alias(theirs) for ours, theirs in names.items())
