"""`busbar plant`: the simulated plant in the terminal, without a server."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from server.cli.plant_sweep import sweep

if TYPE_CHECKING:
    from server.cli.plant_run import PlantRun

MOST_BATCHES = 10_000
REFRESH_S = 0.1
"""Wall time between two looks at a plant that runs."""
STEPS_BETWEEN = 50
"""Events' times between two looks at the wall clock."""
MAX = math.inf


class Speed(click.ParamType):  # type: ignore[type-arg]  # generic only in newer releases of click
    """Simulated seconds per second, or `max`."""

    name = "speed"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; infinite for `max`. A usage error says what is allowed."""
        word = str(value).strip().lower()
        try:
            speed = MAX if word == "max" else float(word)
        except ValueError:
            speed = math.nan
        if not speed > 0 or (speed == MAX and word != "max"):
            self.fail(
                f"{str(value)[:40]!r} is neither max nor a number above 0 of simulated seconds a second", param, ctx
            )
        return speed


@click.group()
def plant() -> None:
    """Run the simulated battery plant."""


plant.add_command(sweep)


@plant.command()
@click.option("--batches", type=click.IntRange(1, MOST_BATCHES), default=100, show_default=True, help="How many.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of all chance: the same seed, the same run.")
@click.option("--speed", type=Speed(), default="max", show_default=True, help="max, or simulated seconds a second.")
@click.option("--json", "as_json", is_flag=True, help="The key figures as one JSON object, and nothing else.")
def run(batches: int, seed: int, speed: float, *, as_json: bool) -> None:
    """Make batches in the default plant, and show its key figures.

    Ctrl-C ends early, with the figures so far.
    """
    from server.cli.plant_run import PlantRun  # noqa: PLC0415 (the plant is imported when it runs)
    from server.cli.plant_screens import screen_for  # noqa: PLC0415 (likewise)

    making = PlantRun(batches, seed)
    screen = screen_for(making, as_json=as_json)
    try:
        with screen:
            _pace(making, speed, screen.look)
    except KeyboardInterrupt:
        click.echo(f"stopped with {making.ended} of {batches} batches made", err=True)
    screen.tell(making.figures())


def _pace(making: PlantRun, speed: float, look: Callable[[], None]) -> None:
    """Let the plant run, and look at it now and then."""
    if speed < MAX:
        _follow_the_clock(making, speed, look)
        return
    looked = time.monotonic()
    while making.some_steps(STEPS_BETWEEN):
        if time.monotonic() - looked >= REFRESH_S:
            look()
            looked = time.monotonic()
    look()


def _follow_the_clock(making: PlantRun, speed: float, look: Callable[[], None]) -> None:
    begun = time.monotonic()
    while not making.done:
        making.simulation.run_until((time.monotonic() - begun) * speed)
        look()
        time.sleep(REFRESH_S)
