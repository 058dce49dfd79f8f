"""What `busbar plant sweep` shows: a bar and tables on a terminal, plain lines in a pipe, JSON when asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from server.plant.sweep.intervals import Interval
from server.plant.sweep.plan import Plan
from server.plant.sweep.report import Comparison, document
from server.plant.sweep.run import FIGURES
from server.plant.sweep.sweep import Progress as Sweeping


@contextmanager
def run_bar(progress: Sweeping) -> Iterator[Callable[[], None]]:
    """What to call when more runs are done; drawn on standard error, and on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("sweeping"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=progress.runs)
        yield lambda: bar.update(task, completed=progress.done)


def show(plan: Plan, comparisons: Sequence[Comparison], *, as_json: bool) -> None:
    """The comparison, as fits where the output goes."""
    console = Console()
    if as_json:
        click.echo(json.dumps(document(plan, comparisons)))
    elif console.is_terminal:
        for comparison in comparisons:
            console.print(_table(plan, comparison))
    else:
        for comparison in comparisons:
            for line in _lines(plan, comparison):
                click.echo(line)


def _title(plan: Plan, comparison: Comparison) -> str:
    found = comparison.bottleneck
    where = "none" if found.machine is None else f"{found.machine} in {found.runs} of {len(plan.seeds)} runs"
    return f"{comparison.variant.name}: bottleneck {where}"


def _lines(plan: Plan, comparison: Comparison) -> Iterator[str]:
    yield _title(plan, comparison)
    for name in FIGURES:
        yield f"  {name}: {told(comparison.figures[name])}{_against(comparison, name)}"


def _against(comparison: Comparison, name: str) -> str:
    if name not in comparison.differences:
        return ""
    return f"  against the first: {told(comparison.differences[name], sign=True)}"


def _table(plan: Plan, comparison: Comparison) -> Table:
    table = Table(title=_title(plan, comparison), title_justify="left")
    for heading in ("figure", "mean (95 % interval)", "against the first (95 % interval)"):
        table.add_column(heading)
    for name in FIGURES:
        other = comparison.differences.get(name)
        table.add_row(name, told(comparison.figures[name]), "" if other is None else told(other, sign=True))
    return table


def told(found: Interval, *, sign: bool = False) -> str:
    """`12.3 (12.1 to 12.5)`; without an interval where there was one run only."""
    if found.mean is None:
        return "none"
    form = "+.5g" if sign else ".5g"
    if found.low is None or found.high is None:
        return f"{found.mean:{form}}"
    return f"{found.mean:{form}} ({found.low:{form}} to {found.high:{form}})"
