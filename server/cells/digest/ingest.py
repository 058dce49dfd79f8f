"""Reading a series in: checked, and made into steps, cycles, an overview and windows, in one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from clients.cells.models import STEP_COUNT
from schema.ports import Table
from server.cells.charts.overview import OverviewBuilder
from server.cells.digest.cycles import cycles_of
from server.cells.digest.inspection import Shape, inspect, slices
from server.cells.digest.steps import StepTable
from server.cells.digest.validation import Checks
from server.cells.digest.windows import WindowsCopy, is_wanted
from server.cells.errors import SeriesError
from server.cells.limits import Limits

OVERVIEW_NAME = "overview.arrow"
WINDOWS_NAME = "windows.parquet"
# Samples decoded at a time, columns times rows: 32 MB as float64, which several steps of the work hold at once.
VALUES_AT_ONCE = 4_194_304
FEWEST_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True)
class Digested:
    """What was made of a series. `windows` is the source itself, unless its row groups are too large for windows."""

    shape: Shape
    sha256: str
    steps: Table
    cycles: Table
    overview: Path
    windows: Path


def digest(
    source: Path, folder: Path, limits: Limits, given_steps: Table | None = None, *, with_sign: bool = True
) -> Digested:
    """Read the Parquet file `source`, and write what is made of it into `folder`; nothing after an error.

    `given_steps` are kept as they are, in the place of those that would be found; cycles come from the samples always.
    Without `with_sign` a current that seems to have the other sign is taken as it is.
    Raises SeriesError: the file's or a sample's fault, or `steps_invalid`.
    """
    if given_steps is not None:
        _check_steps(given_steps)
    shape = inspect(source, limits)
    overview = folder / OVERVIEW_NAME
    windows = folder / WINDOWS_NAME if is_wanted(shape) else source
    with ExitStack() as undo:
        undo.callback(_remove, [path for path in (overview, windows) if path != source])
        steps = _pass(source, shape, limits, overview, windows, with_sign=with_sign)
        kept = steps if given_steps is None else given_steps
        found = Digested(shape, _sha256(source), kept, cycles_of(steps), overview, windows)
        undo.pop_all()
    return found


def _pass(source: Path, shape: Shape, limits: Limits, overview: Path, windows: Path, *, with_sign: bool) -> Table:
    checks, steps, builder = Checks(shape, with_sign=with_sign), StepTable(shape), OverviewBuilder(shape)
    with ExitStack() as opened:
        copy = None if windows == source else opened.enter_context(WindowsCopy(windows, shape))
        for first_row, frame in slices(source, shape, _rows_at_once(shape, limits)):
            checks.take(frame, first_row)
            steps.take(frame, first_row)
            builder.take(frame, first_row)
            if copy is not None:
                copy.take(frame)
        checks.done()
    builder.write(overview)
    return steps.table()


def _rows_at_once(shape: Shape, limits: Limits) -> int:
    return min(limits.max_rows_at_once, max(FEWEST_ROWS_AT_ONCE, VALUES_AT_ONCE // max(1, len(shape.columns))))


def _check_steps(given: Table) -> None:
    lengths = {len(column) for column in given.values()}
    if STEP_COUNT not in given:
        raise SeriesError(f"the steps have no column {STEP_COUNT!r}; add it, counting from 0", "steps_invalid")
    if len(lengths) > 1:
        lengths_by_column = ", ".join(f"{name!r} {len(column):,}" for name, column in given.items())
        raise SeriesError(f"the steps' columns are not equally long: {lengths_by_column}", "steps_invalid")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
