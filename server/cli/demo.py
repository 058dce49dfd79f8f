"""`busbar demo`: emulated panels, the server, and the links to look at."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog

from server.bootstrap import World
from server.cli.configured import configured
from server.cli.errors import CommandError
from server.cli.start import graphql_url, start
from server.demo import HIGHEST_PORT, PILOT, DemoError, EmulatedPanels, Shown
from server.demo_plant import SEED, DemoBatchError, start_batches
from server.joins.pilot import wire_pilot

log = structlog.get_logger()

PILOT_W = 500_000.0
"""More than the pilot plant ever draws, two dryers and the dry room being half of it: above, no counter is believed."""


@click.command()
@click.option(
    "--port", type=click.IntRange(1, HIGHEST_PORT), default=8000, show_default=True, help="The server's port."
)
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Data folder."
)
def demo(port: int, data: Path) -> None:
    """Start two emulated panels and a server that polls them; Ctrl-C stops all of it.

    The panels listen from PORT + 180 up, their control on PORT + 179. They are unlocked, so busbar may register
    with them by itself. The lab is filled with calculated cells, within a few seconds, and the plant makes its
    first three batches, each machine fed by its circuit of the second panel: open a relay there, and it stops.
    """
    try:
        with EmulatedPanels(port) as panels:
            server = {"port": port, "data": data, "dev": True}
            polling = {"max_power_w": PILOT_W}
            seen = [_configured_panel(panel) for panel in panels.shown]
            config = configured({"server": server, "panels": seen, "polling": polling, "plant": {"seed": SEED}})
            pilot = next(panel.serial for panel in panels.shown if panel.name == PILOT)
            furnish = partial(_furnish, pilot=pilot)
            start(config, lambda: _say_ready(graphql_url(config), panels.shown, data), furnish)
    except DemoError:
        sys.exit(CommandError.exit_code)


def _configured_panel(panel: Shown) -> dict[str, Any]:
    """As the server is told of it; the plant's own panel follows the plant's time."""
    told: dict[str, Any] = {"host": panel.host, "port": panel.port, "name": panel.name}
    return {**told, "control": panel.control} if panel.name == PILOT else told


async def _furnish(world: World, pilot: str) -> None:
    """Wire the plant to its panel, start its batches and fill the lab, as far as that is not done already."""
    from server.cells.demo.seeding import DemoDataError, seed  # noqa: PLC0415 (its model is not needed for a start)

    await wire_pilot(world.joins.wires, world.panels, pilot)
    try:
        await start_batches(world.plant)
    except DemoBatchError as error:
        log.error("the demo's batches are not all in the plant", reason=str(error))
    try:
        await seed(world.lab)
    except DemoDataError as error:
        log.error("the demo's lab is not complete", reason=str(error))


def _say_ready(url: str, panels: list[Shown], data: Path) -> None:
    rows = [("GraphQL", url, "open it in a browser for GraphiQL")]
    rows += [(each.name, f"http://{each.host}:{each.port}", f"{each.serial}, {each.tabs} tabs") for each in panels]
    rows += [("control", panels[0].control, "both panels: press the door, move time, inject faults")]
    base = url.removesuffix("/graphql")
    rows += [("cells", f"{base}/cell_specifications", "the lab over REST; it fills within seconds")]
    rows += [("plant", f"{base}/factory/status", "sixteen machines over REST, and batches on their way")]
    rows += [("data", str(data), "delete the folder to start afresh")]
    click.secho("busbar demo is running. Ctrl-C stops it.", bold=True)
    width = max(len(place) for _, place, _ in rows)
    for name, place, remark in rows:
        click.echo(f"{name:<14}  {place:<{width}}  {remark}")
    click.echo(f"Next: .venv/bin/busbar watch {panels[0].serial} --url {url}")
