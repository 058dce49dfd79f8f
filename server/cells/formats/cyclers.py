"""Neware's binary files, by the library fastnda: `pip install busbar[cyclers]`."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import polars as pl

from clients.cells import models
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.files import size_of
from server.cells.formats.layout import Layout, Taken, needed
from server.cells.formats.source import ROWS_AT_ONCE, first_line
from server.cells.limits import Limits

SUFFIXES = (".nda", ".ndax")
SIGN = Sign.CHARGE_POSITIVE
MAX_FILE_BYTES = 1_000_000_000
MAX_INFLATED_BYTES = 4_000_000_000

_TAKES = {
    models.TIME: Taken("total_time_s"),
    models.VOLTAGE: Taken("voltage_V"),
    models.CURRENT: Taken("current_mA", 1e-3),
}
_NEEDED = {ours: taken.source for ours, taken in _TAKES.items()}


class FrameSource:
    """Rows that a library has read into memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self.columns = tuple(frame.columns)

    def demand(self, columns: Sequence[str]) -> None:
        """See Source; the library gives numbers."""

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """See Source."""
        yield from self._frame.select(columns).iter_slices(ROWS_AT_ONCE)


def is_neware(name: str) -> bool:
    """Whether the file's name says so."""
    return Path(name).suffix.lower() in SUFFIXES


def neware(stream: BinaryIO, name: str, folder: Path, limits: Limits) -> FrameSource:
    """Read a .nda or .ndax file, whole: such files hold one channel's test. Raises FormatError."""
    try:
        fastnda = import_module("fastnda")  # an optional extra
    except ImportError:
        raise FormatError("Neware files are read by fastnda: pip install 'busbar[cyclers]'") from None
    suffix = Path(name).suffix.lower() if is_neware(name) else SUFFIXES[0]
    if size_of(stream) > MAX_FILE_BYTES:
        raise FormatError(f"a Neware file of more than {MAX_FILE_BYTES:,} bytes is not taken; export it in parts")
    if suffix == ".ndax":
        _check_archive(stream)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / f"source{suffix}"
        with copy.open("wb") as copied:
            shutil.copyfileobj(stream, copied)
        try:
            frame = fastnda.read(copy, cycle_mode="raw")
        except Exception as error:  # noqa: BLE001  # a reader of binary files may raise anything on a broken one
            raise FormatError(
                f"fastnda cannot read this Neware file: {first_line(error).replace(str(copy), name)}"
            ) from None
    if frame.height > limits.max_rows:
        raise FormatError(f"the file has more than {limits.max_rows:,} rows")
    return FrameSource(frame.with_columns(pl.col(pl.Categorical).cast(pl.String)))


def neware_layout(columns: Sequence[str]) -> Layout:
    """How fastnda's columns are read: milliamperes, charge positive, steps and cycles from 1. Raises FormatError."""
    takes = {ours: taken for ours, taken in _TAKES.items() if taken.source in columns}
    needed(takes, _NEEDED, columns, "Neware")
    used = {taken.source for taken in takes.values()}
    keeps = {column: column for column in columns if column not in used}
    steps = "step_count" if "step_count" in columns else None
    cycles = "cycle_count" if "cycle_count" in columns else None
    for ours, theirs in ((models.STEP_FROM_CYCLER, "step_index"), (models.CYCLE_FROM_CYCLER, "cycle_count")):
        if theirs in keeps:
            keeps[ours] = keeps.pop(theirs)
    return Layout("neware", takes, keeps, steps, cycles, SIGN)


def _check_archive(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            inflated = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FormatError(f"a .ndax file is a zip archive, and this is none: {error}") from None
    if inflated > MAX_INFLATED_BYTES:
        raise FormatError(f"the archive inflates to {inflated:,} bytes; {MAX_INFLATED_BYTES:,} are taken")
    stream.seek(0)
