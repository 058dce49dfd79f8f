"""`busbar plant sweep`: what-ifs of the simulated plant, side by side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.errors import CommandError

if TYPE_CHECKING:
    from server.plant.sweep.cache import RunCache
    from server.plant.sweep.run import Result
    from server.plant.sweep.sweep import Sweep

MOST_WORKERS = 64
INTERRUPTED = 130


def default_cache() -> Path:
    """Where runs are kept unless told otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "busbar" / "plant-sweep"


def cores() -> int:
    """How many this process may use."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(free, MOST_WORKERS)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The comparison as one JSON object, and nothing else.")
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS), help="Processes at a time.  [default: one a core]")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps each run for the next time.  [default: ~/.cache/busbar/plant-sweep]",
)
@click.option("--no-cache", is_flag=True, help="Make every run anew, and keep none.")
def sweep(file: Path, workers: int | None, cache: Path | None, *, as_json: bool, no_cache: bool) -> None:
    """Run the variants of the plan in FILE, each with the same seeds, and compare their key figures.

    Shows means with 95 % confidence intervals, differences to the first variant, and each one's bottleneck. Ctrl-C
    ends early; the runs made by then are kept, and the same command goes on from there.
    """
    from server.cli.plant_sweep_screens import show  # noqa: PLC0415 (the plant is imported when it runs)
    from server.plant.sweep.errors import PlanError  # noqa: PLC0415 (likewise)
    from server.plant.sweep.plan import read_plan  # noqa: PLC0415 (likewise)
    from server.plant.sweep.report import compare  # noqa: PLC0415 (likewise)
    from server.plant.sweep.sweep import Sweep  # noqa: PLC0415 (likewise)

    if cache is not None and no_cache:
        raise click.UsageError("--cache and --no-cache exclude one another")
    try:
        plan = read_plan(file)
    except PlanError as error:
        raise CommandError(str(error)) from None
    sweeping = Sweep(plan, None if no_cache else _opened(cache or default_cache()))
    results = _swept(sweeping, workers or cores(), kept=not no_cache)
    show(plan, compare(plan, results), as_json=as_json)


def _opened(folder: Path) -> RunCache:
    from server.plant.sweep.cache import RunCache  # noqa: PLC0415 (likewise)
    from server.plant.sweep.limits import LIMITS  # noqa: PLC0415 (likewise)

    try:
        return RunCache(folder, LIMITS.cached_runs)
    except OSError as error:
        wish = "give another folder with --cache, or --no-cache"
        raise CommandError(f"the cache {folder} cannot be used: {error.strerror}; {wish}") from None


def _swept(sweeping: Sweep, workers: int, *, kept: bool) -> list[list[Result]]:
    from server.cli.plant_sweep_screens import run_bar  # noqa: PLC0415 (likewise)
    from server.plant.sweep.errors import RunError  # noqa: PLC0415 (likewise)
    from server.plant.sweep.limits import LIMITS  # noqa: PLC0415 (likewise)
    from server.plant.sweep.pool import RunPool  # noqa: PLC0415 (likewise)

    progress = sweeping.progress
    try:
        with RunPool(min(workers, progress.runs), LIMITS.run_s) as pool, run_bar(progress) as advance:
            results = sweeping.run(pool, advance)
    except RunError as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        goes_on = "; the same command goes on from there" if kept and progress.unkept is None else ""
        click.echo(f"stopped with {progress.done} of {progress.runs} runs made{goes_on}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if progress.unkept is not None:
        click.echo(f"runs could not be kept in the cache: {progress.unkept}", err=True)
    click.echo(f"{progress.runs} runs, {progress.cached} of them known from before", err=True)
    return results
