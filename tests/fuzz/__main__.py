"""`make fuzz`: the full numbers, against a demo of its own. Exit code 1 for a finding, or memory that grew."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.campaign import Campaign, Counts, Told
from tests.fuzz.outcome import Outcome
from tests.fuzz.target import Target

MOST_GROWTH_MB = 100.0
"""Between the second fifth of a part and its last: what the fuzz has made stays, and caches fill."""
SLOW_MS = 500.0
TOLD_EVERY = 5_000


class Shown:
    """A bar for each part on a terminal; a line now and then in a pipe."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def __call__(self, name: str, total: int) -> Told:
        if self._bars.console.is_terminal:
            bar = self._bars.add_task(name, total=total)
            return lambda: self._bars.advance(bar)
        done = 0

        def told() -> None:
            nonlocal done
            done += 1
            if done % TOLD_EVERY == 0 or done == total:
                print(f"{name}: {done:,} of {total:,}", flush=True)

        return told


@click.command()
@click.option("--documents", default=100_000, show_default=True, help="Requests of the graph.")
@click.option("--frames", default=20_000, show_default=True, help="Frames on sockets.")
@click.option("--requests", default=50_000, show_default=True, help="Requests of REST, panels and control.")
@click.option("--seed", default=1, show_default=True, help="What everything is drawn from.")
def main(documents: int, frames: int, requests: int, seed: int) -> None:
    """Send hostile input to a server of its own, and say what came of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with TemporaryDirectory(prefix="busbar-fuzz-") as folder, Target(Path(folder)) as target:
        with Progress(*columns, console=Console()) as bars:
            campaign = Campaign(target, seed, Shown(bars))
            with suppress(KeyboardInterrupt):
                asyncio.run(campaign.run(Counts(documents, frames, requests)))
        troubles = target.troubles()
    problems = [line for name, outcome in campaign.outcomes.items() for line in _told(name, outcome)]
    problems += [f"in the log: {line}" for line in troubles]
    for line in problems:
        print(line)
    sys.exit(bool(problems))


def _told(name: str, outcome: Outcome) -> list[str]:
    """What must not be; says the rest itself."""
    answers = ", ".join(f"{kind} {count:,}" for kind, count in outcome.answers.most_common())
    memory = f"{outcome.memory_mb[0]:.0f} to {outcome.memory_mb[-1]:.0f} MB" if outcome.memory_mb else "memory not seen"
    print(f"{name}: {outcome.sent:,} sent; {memory}; 99 in 100 within {outcome.p99_ms():.0f} ms; {answers}")
    for took_s, sent in outcome.slowest if outcome.p99_ms() > SLOW_MS else ():
        print(f"  slow, {took_s * 1000:.0f} ms: {sent[:600]}")
    grown = outcome.growth_mb()
    too_much = [f"{name}: memory grew by {grown:.0f} MB"] if grown > MOST_GROWTH_MB else []
    return [*(f"{name}: {finding}" for finding in outcome.findings), *too_much]


if __name__ == "__main__":
    main()
