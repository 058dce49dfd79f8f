"""`busbar plant`: the simulated plant in the terminal, without a server."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from server.cli.errors import CommandError
from server.cli.plant_sweep import sweep

if TYPE_CHECKING:
    from clients.plant.models import MachineKey
    from server.cli.plant_run import PlantRun
    from server.plant.machine import Step

MOST_BATCHES = 10_000
REFRESH_S = 0.1
"""Wall time between two looks at a plant that runs."""
STEPS_BETWEEN = 50
"""Events' times between two looks at the wall clock."""
MAX = math.inf
CLOSED_FORM, PYBAMM = "closed-form", "pybamm"
"""What can compute the first charge."""


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
@click.option(
    "--formation-model",
    type=click.Choice([CLOSED_FORM, PYBAMM]),
    default=CLOSED_FORM,
    show_default=True,
    help="What computes the first charge; pybamm needs: pip install 'busbar[models]'.",
)
@click.option("--json", "as_json", is_flag=True, help="The key figures as one JSON object, and nothing else.")
def run(batches: int, seed: int, speed: float, formation_model: str, *, as_json: bool) -> None:
    """Make batches in the default plant, and show its key figures.

    Ctrl-C ends early, with the figures so far.
    """
    with _physics(formation_model) as steps:
        _run(batches, seed, speed, steps, as_json=as_json)


@contextmanager
def _physics(formation_model: str) -> Iterator[Mapping[MachineKey, Step]]:
    """The machines' steps, for as long as a model in a process of its own is there."""
    from server.plant.steps.table import STEPS  # noqa: PLC0415 (the plant is imported when it runs)

    if formation_model == CLOSED_FORM:
        yield STEPS
        return
    from server.plant.models.errors import ModelError  # noqa: PLC0415 (likewise)
    from server.plant.models.pybamm_formation import FORMATION, PybammFormation, pybamm_worker  # noqa: PLC0415 (likewise)

    try:
        with PybammFormation(pybamm_worker()) as formation:
            yield {**STEPS, FORMATION: formation.form}
    except ModelError as error:
        raise CommandError(f"{error}; --formation-model closed-form needs nothing more") from None


def _run(batches: int, seed: int, speed: float, steps: Mapping[MachineKey, Step], *, as_json: bool) -> None:
    from server.cli.plant_run import PlantRun  # noqa: PLC0415 (the plant is imported when it runs)
    from server.cli.plant_screens import screen_for  # noqa: PLC0415 (likewise)

    making = PlantRun(batches, seed, steps)
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
