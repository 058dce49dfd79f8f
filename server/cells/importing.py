"""Files on this machine, brought into a lab on a server: read here, checked there, and never brought in twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from clients.cells.client import CellsClient
from clients.cells.models import CellInstance
from server.cells.formats.files import open_regular, sha256_of
from server.cells.formats.reading import Wish, read
from server.cells.formats.start import started_at
from server.cells.limits import Limits

SOURCE_SHA256 = "source_sha256"
SOURCE_FILE = "source_file"
CONVERTED = "time_series.parquet"
SUFFIXES = (".gz", ".bdf", ".csv", ".txt", ".tsv", ".parquet", ".nda", ".ndax")


class Progress(Protocol):
    """Is told how far a file has come."""

    def rows(self, count: int) -> None:
        """So many rows more were read."""

    def sending(self) -> None:
        """All were read; they are sent and digested now."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file. `is_new` is False where it was there already; then only the ids and the name are told.

    `row_count` is the server's count, `format` and `sign` are as the file was read.
    """

    file: str
    name: str
    measurement_id: str
    is_new: bool
    row_count: int
    format: str | None = None
    sign: str | None = None


class Importer:
    """Brings files into one instance. Every method raises CellsError and FormatError."""

    def __init__(self, client: CellsClient[Any], instance: CellInstance, wish: Wish, limits: Limits) -> None:
        self._client, self._instance, self._wish, self._limits = client, instance, wish, limits
        there = client.cell_measurement.list(instance.id)
        self._there = {each.fields[SOURCE_SHA256]: each for each in there if SOURCE_SHA256 in each.fields}

    @classmethod
    def into(cls, client: CellsClient[Any], specification: str, instance: str, wish: Wish, limits: Limits) -> Importer:
        """Find or create the specification and its instance, by name."""
        spec = client.cell_spec.create_or_get({"name": specification})
        return cls(client, client.cell_instance.create_or_get(spec.id, {"name": instance}), wish, limits)

    def bring(self, path: Path, name: str | None, progress: Progress) -> Imported:
        """One file, under this name or that of the file. What is interrupted leaves nothing behind, here or there."""
        with open_regular(path) as stream, TemporaryDirectory(prefix="busbar-import-") as folder:
            digest = sha256_of(stream)
            if known := self._there.get(digest):
                return Imported(str(path), known.name, known.id, is_new=False, row_count=known.row_count)
            converted = Path(folder) / CONVERTED
            outcome = read(stream, path.name, converted, self._wish, self._limits, progress.rows)
            if outcome.is_original:
                with converted.open("wb") as copy:
                    shutil.copyfileobj(stream, copy)
            progress.sending()
            fields = {"name": name or name_of(path), SOURCE_SHA256: digest, SOURCE_FILE: readable(path.name)}
            if began := started_at(converted):
                fields["start_time"] = began.isoformat()
            added = self._client.cell_measurement.create(self._instance.id, fields, converted)
        self._there[digest] = added
        sign = str(outcome.sign) if outcome.sign else None
        return Imported(str(path), added.name, added.id, True, added.row_count, outcome.format, sign)  # noqa: FBT003


def name_of(path: Path) -> str:
    """What a measurement is called after its file: the name without what says how it is written."""
    name = readable(path.name)
    while (suffix := Path(name).suffix.lower()) in SUFFIXES:
        name = name[: -len(suffix)]
    return name or readable(path.name)


def readable(name: str) -> str:
    """The name with what is no readable letter replaced, as file systems may hold anything."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
