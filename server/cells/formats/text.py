"""Delimited text, read block by block: what does not fit is named with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from server.cells.formats.errors import FormatError
from server.cells.formats.source import first_line, unique
from server.cells.limits import Limits

BLOCK_BYTES = 4 << 20
MAX_LINE_BYTES = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
_TEXT, _NUMBER = pl.String, pl.Float64


class Readable(Protocol):
    """Where the bytes come from."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text is written. None: found out from the header; a comma is the decimal sign beside semicolons."""

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str = "utf-8"
    skip_lines: int = 0


class TextSource:
    """A text file with a header line. `opened` gives its bytes from the start, each time it is called.

    A column is one of numbers while every cell of it that is not empty is one; then all of it is text. Raises
    FormatError.
    """

    def __init__(self, opened: Callable[[], Readable], dialect: Dialect, limits: Limits) -> None:
        self._opened, self._dialect, self._limits = opened, dialect, limits
        header = next(self._lines(), "")
        if not header.strip():
            raise FormatError("the file is empty: it has no header line")
        self._delimiter = dialect.delimiter or max(DELIMITERS, key=header.count)
        decimal = dialect.decimal or ("," if self._delimiter == ";" else ".")
        self._comma = decimal == ","
        self._names = self._header(header)
        self.columns = tuple(name for name in self._names if name)
        self._text = self._text_columns()

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """See Source."""
        first_row = 0
        for block in self._blocks():
            part = self._parsed(block, columns, first_row)
            first_row += part.height
            if first_row > self._limits.max_rows:
                raise FormatError(f"the file has more than {self._limits.max_rows:,} rows; split it")
            yield part

    def demand(self, columns: Sequence[str]) -> None:
        """See Source: what is no number there is refused with its line when it is read."""
        self._text.difference_update(columns)

    def _header(self, line: str) -> list[str]:
        names = [name.strip() for name in next(csv.reader([line], delimiter=self._delimiter))]
        if len(names) > self._limits.max_columns:
            raise FormatError(f"the header names more than {self._limits.max_columns} columns")
        unique([name for name in names if name])
        if len(names) < 2:  # noqa: PLR2004  # time alone is no measurement
            raise FormatError(
                f"the header line has one column, {line.strip()[:60]!r}, when split at {self._delimiter!r};"
                " give the delimiter and the lines to skip in a mapping file"
            )
        return names

    def _text_columns(self) -> set[str]:
        """The columns that are no numbers in the first block."""
        block = next(self._blocks(), "")
        frame = self._strings(block)
        return {name for name in self.columns if self._numbers(frame[name])[1] is not None}

    def _parsed(self, block: str, columns: Sequence[str], first_row: int) -> pl.DataFrame:
        schema = {f"{at}": _TEXT if name in self._text else _NUMBER for at, name in enumerate(self._names)}
        wanted = [at for at, name in enumerate(self._names) if name in columns]
        try:
            part = self._read(block, schema, wanted)
        except pl.exceptions.PolarsError:  # some cell is not what it was taken for: the slow way finds which
            return self._parsed_slowly(block, columns, first_row)
        return part.rename({f"{at}": self._names[at] for at in wanted}).select(columns)

    def _parsed_slowly(self, block: str, columns: Sequence[str], first_row: int) -> pl.DataFrame:
        frame = self._strings(block)
        parsed = []
        for name in columns:
            numbers, bad = (frame[name], None) if name in self._text else self._numbers(frame[name])
            if bad is not None:
                self._text.add(name)
                raise NotANumberError(name, self._dialect.skip_lines + 2 + first_row + bad, frame[name][bad])
            parsed.append(numbers.alias(name))
        return pl.DataFrame(parsed)

    def _numbers(self, cells: pl.Series) -> tuple[pl.Series, int | None]:
        """The cells as numbers, and the first row that is none."""
        stripped = cells.str.strip_chars()
        given = (stripped != "").fill_null(value=False)
        plain = stripped.str.replace(",", ".", literal=True) if self._comma else stripped
        numbers = plain.cast(_NUMBER, strict=False)
        bad = (given & numbers.is_null()).arg_true()
        return numbers, int(bad[0]) if len(bad) else None

    def _strings(self, block: str) -> pl.DataFrame:
        schema = {f"{at}": _TEXT for at in range(len(self._names))}
        try:
            frame = self._read(block, schema, list(range(len(self._names))))
        except pl.exceptions.PolarsError as error:
            raise FormatError(f"a row does not fit the header: {first_line(error)}") from None
        named = {f"{at}": name for at, name in enumerate(self._names) if name}
        return frame.select(*named).rename(named)

    def _read(self, block: str, schema: Mapping[str, type[pl.DataType]], wanted: list[int]) -> pl.DataFrame:
        if not block:
            return pl.DataFrame(schema=schema).select(f"{at}" for at in wanted)
        return pl.read_csv(
            io.BytesIO(block.encode()),
            has_header=False,
            separator=self._delimiter,
            schema=schema,
            columns=wanted,
            empty_string_is_null=False,
            extra_columns="raise",
            missing_columns="insert",
            decimal_comma=self._comma,
        )

    def _blocks(self) -> Iterator[str]:
        """The text behind the header, cut between lines."""
        lines = self._lines()
        next(lines, "")
        yield from lines

    def _lines(self) -> Iterator[str]:
        """The header line, then the rest in blocks of whole lines."""
        stream, rest, to_skip, has_header = self._opened(), b"", self._dialect.skip_lines, False
        while True:
            chunk = stream.read(BLOCK_BYTES)
            rest = (rest + chunk).replace(b"\r\n", b"\n")
            while to_skip and b"\n" in rest:
                rest, to_skip = rest.partition(b"\n")[2], to_skip - 1
            if not has_header and not to_skip and (b"\n" in rest or not chunk):
                head, _, rest = rest.partition(b"\n")
                has_header = True
                yield self._decoded(head).removeprefix("\ufeff")
            whole = _whole_lines(rest) if chunk else len(rest.rstrip())  # empty lines may only end a file
            if has_header and whole:
                yield self._decoded(rest[:whole])
                rest = rest[whole:]
            if not chunk:
                return
            if len(rest) > MAX_LINE_BYTES + BLOCK_BYTES * (not has_header):
                raise FormatError("a line is longer than a megabyte, or a quote is never closed; this is no table")

    def _decoded(self, raw: bytes) -> str:
        if b"\0" in raw:
            raise FormatError("the file is no text: it holds NUL bytes; save it as UTF-8 text")
        try:
            return raw.decode(self._dialect.encoding)
        except UnicodeDecodeError as error:
            raise FormatError(
                f"the file is no {self._dialect.encoding} text: byte {raw[error.start]:#04x}; save it as UTF-8,"
                " or give its encoding in a mapping file"
            ) from None


class NotANumberError(FormatError):
    """A cell that should be a number is none."""

    def __init__(self, column: str, line: int, cell: str) -> None:
        super().__init__(f"the column {column[:60]!r} is no number in line {line:,}: {cell[:40]!r}")
        self.column = column


def _whole_lines(raw: bytes) -> int:
    """Where the last line ends that is not inside quotes, empty lines behind it left out; 0 when none does."""
    behind, quotes = len(raw), raw.count(b'"')
    while (end := raw.rfind(b"\n", 0, behind)) >= 0:
        quotes -= raw.count(b'"', end, behind)
        if quotes % 2 == 0:
            text = raw[:end].rstrip(b"\n")
            return len(text) + 1 if text else 0
        behind = end
    return 0
