"""`python -m emulator` and `busbar emulate`: emulated panels from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from emulator.errors import EmulatorError
from emulator.firmware import DEFAULT_FIRMWARE, FIRMWARES

if TYPE_CHECKING:
    from emulator.device import Fidelity

DEFAULT_PANEL = "house-32"
MAX_PANELS = 1_000
HIGHEST_PORT = 65_535

_DIFFERENCES = "; ".join(f"{firmware.name}: {firmware.summary}" for firmware in FIRMWARES.values())


@click.command()
@click.option(
    "--config",
    "sources",
    multiple=True,
    metavar="FILE|NAME",
    default=(DEFAULT_PANEL,),
    show_default=True,
    help="A panel's YAML file, or house-32, pilot-plant-40 or workshop-8. May be given several times.",
)
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    default=8180,
    show_default=True,
    help="The first panel's port, from which the others count up; 0 takes free ones.",
)
@click.option(
    "--count",
    type=click.IntRange(1, MAX_PANELS),
    default=1,
    show_default=True,
    help="Panels per --config, each with its own serial and seed.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1 - MAX_PANELS),
    default=0,
    show_default=True,
    help="The same seed, start and commands give the same panel to the last bit.",
)
@click.option(
    "--speed",
    type=float,
    show_default="the file's, else 1",
    help="Simulated seconds per second, from 0 (frozen) to 3600.",
)
@click.option(
    "--start",
    metavar="TIME",
    show_default="the file's, else now",
    help="When the panel's time begins, as 2026-06-21T00:00; without an offset it is in the panel's own time zone.",
)
@click.option("--unlocked", is_flag=True, help="Let clients register without the door being used.")
@click.option(
    "--firmware",
    type=click.Choice(tuple(FIRMWARES)),
    default=DEFAULT_FIRMWARE,
    show_default=True,
    help=f"What the panel's software does differently. {_DIFFERENCES}.",
)
@click.option(
    "--fidelity",
    type=click.Choice(("strict", "ideal")),
    default="strict",
    show_default=True,
    help="strict: dead band, noise and late energies as on a real panel; ideal: the plain truth.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--keep-alive",
    "keep_alive_s",
    type=click.IntRange(1, 3600),
    default=5,
    show_default=True,
    help="Seconds after which an idle connection is closed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON per panel instead of the table.")
def emulate(
    sources: tuple[str, ...],
    port: int,
    count: int,
    seed: int,
    speed: float | None,
    start: str | None,
    firmware: str,
    fidelity: Fidelity,
    host: str,
    keep_alive_s: int,
    *,
    unlocked: bool,
    as_json: bool,
) -> None:
    """Run emulated SPAN panels that any client can poll, one port each.

    Type d and Enter, or send SIGUSR1, to press the button in the panels' doors once: the third press lets clients
    register for 15 minutes of the panel's own time. Ctrl-C stops.
    """
    from emulator.fleet import Fleet  # noqa: PLC0415  # numpy and uvicorn are not wanted for --help
    from emulator.running import Place, run  # noqa: PLC0415

    last = port + count * len(sources) - 1
    if last > HIGHEST_PORT:
        raise click.UsageError(f"the last panel would listen on port {last}; {HIGHEST_PORT} is the highest there is")
    fleet = Fleet(sources, count, seed, start, speed, fidelity, firmware, unlocked=unlocked)
    try:
        run(fleet, Place(host, port, keep_alive_s), now=datetime.now(UTC), as_json=as_json)
    except EmulatorError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error
