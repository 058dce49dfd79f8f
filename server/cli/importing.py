"""What `busbar import` does and shows, once its arguments are in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from clients.cells.client import CellsClient
from clients.errors import ClientAnswerError
from server.cells.formats.choices import Format, Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.mapping import load
from server.cells.formats.reading import Wish
from server.cells.importing import Imported, Importer
from server.cells.limits import Limits
from server.cli.screens import printable


@dataclass(frozen=True, slots=True)
class Given:
    """The command's arguments."""

    files: Sequence[Path]
    specification: str
    instance: str
    name: str | None
    format: Format
    mapping: Path | None
    sign: Sign | None


def failures(given: Given, url: str, token: str | None, *, as_json: bool) -> int:
    """Bring the files in, a line for each; how many failed. Raises ClientError, FormatError, ValueError.

    An answer that refuses one file is that file's failure; no answer, or no entry, ends all.
    """
    wish = Wish(given.format, load(given.mapping) if given.mapping else None, given.sign)
    failed = 0
    with CellsClient(url, token) as client:
        importer = Importer.into(client, given.specification, given.instance, wish, Limits())
        for path in given.files:
            try:
                with _bar(path) as bar:
                    imported = importer.bring(path, given.name, bar)
            except (FormatError, ClientAnswerError, ValueError, OSError) as error:
                failed += 1
                click.echo(printable(_failure(path, error)), err=True)
            else:
                click.echo(json.dumps(asdict(imported)) if as_json else printable(_line(imported)))
    return failed


def _failure(path: Path, error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if str(path) in text else f"{path}: {text}"


def _line(imported: Imported) -> str:
    if not imported.is_new:
        return f"{imported.file}: is there already, as {imported.name!r} ({imported.measurement_id}); skipped"
    read = ", ".join(part for part in (imported.format, imported.sign) if part)
    rows = f"{imported.row_count:,} rows"
    return f"{imported.file}: {imported.name!r} ({imported.measurement_id}), {rows}, read as {read}"


class Bar:
    """How far a file has come."""

    def __init__(self, progress: Progress | None, task: TaskID | None) -> None:
        self._progress, self._task, self._rows = progress, task, 0

    def rows(self, count: int) -> None:
        """So many rows more were read."""
        self._rows += count
        self._show(f"{self._rows:,} rows read")

    def sending(self) -> None:
        """All were read."""
        self._show(f"{self._rows:,} rows; sending")

    def _show(self, state: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, state=state)


@contextmanager
def _bar(path: Path) -> Iterator[Bar]:
    """Drawn on standard error of a terminal, and gone when the file is done; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Bar(None, None)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TextColumn("{task.fields[state]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield Bar(progress, progress.add_task(printable(path.name), total=None, state="opening"))
