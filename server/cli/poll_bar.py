"""How far a recording has come: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from server.panel.record import Plan


@contextmanager
def poll_bar(plan: Plan) -> Iterator[Callable[[], None]]:
    """What to call after each poll; drawn on standard error, so that the output stays what it is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("recording"), BarColumn(), MofNCompleteColumn(), TextColumn("polls"), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=_total(plan))
        yield lambda: bar.advance(task)


def _total(plan: Plan) -> int | None:
    by_time = None if plan.for_s is None else int(plan.for_s // plan.every_s) + 1
    return min((total for total in (plan.polls, by_time) if total is not None), default=None)
