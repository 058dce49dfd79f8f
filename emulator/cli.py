"""`python -m emulator` and `busbar emulate`: emulated panels from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
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
    show_default=DEFAULT_PANEL,
    help="A panel's YAML file, or house-32, pilot-plant-40 or workshop-8. May be given several times.",
)
@click.option(
    "--replay",
    "captures",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Serve what `busbar record` wrote, with its own timing. May be given several times.",
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
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    help="Play a timeline of commands and faults on every panel, from the start on; docs/emulator.md lists them.",
)
@click.option("--mdns", is_flag=True, help="Announce the panels as real ones are (needs the extra `mdns`).")
@click.option(
    "--control-port",
    type=click.IntRange(0, HIGHEST_PORT),
    show_default="--port minus 1",
    help="The port of the control, which `busbar panel` talks to; 0 takes a free one.",
)
@click.option(
    "--control-host",
    default="127.0.0.1",
    show_default=True,
    help="The address of the control; one that is open to the network needs a token.",
)
@click.option(
    "--control-token",
    envvar="BUSBAR_EMULATOR_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="The bearer token that controllers must send. Other users of this machine see it here; the variable hides it.",
)
@click.option(
    "--control-name",
    "control_names",
    multiple=True,
    metavar="NAME",
    help="Another name that controllers may call the control's host by, as in a container network.",
)
@click.option("--no-control", is_flag=True, help="Let nobody control the panels but by their own API.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON per panel instead of the table.")
def emulate(
    sources: tuple[str, ...],
    captures: tuple[Path, ...],
    port: int,
    count: int,
    seed: int,
    speed: float | None,
    start: str | None,
    firmware: str,
    fidelity: Fidelity,
    host: str,
    keep_alive_s: int,
    scenario: str | None,
    control_port: int | None,
    control_host: str,
    control_token: str | None,
    control_names: tuple[str, ...],
    *,
    unlocked: bool,
    mdns: bool,
    no_control: bool,
    as_json: bool,
) -> None:
    """Run emulated SPAN panels that any client can poll, one port each.

    Type d and Enter, or send SIGUSR1, to press the button in the panels' doors once: the third press lets clients
    register for 15 minutes of the panel's own time. `busbar panel` does that and all else while they run. Ctrl-C stops.
    """
    from emulator.control.guard import Guard  # noqa: PLC0415  # numpy, pydantic and uvicorn are not wanted for --help
    from emulator.fleet import Fleet  # noqa: PLC0415
    from emulator.running import ControlPlace, Place, run  # noqa: PLC0415

    chosen = sources or (() if captures else (DEFAULT_PANEL,))
    _must_fit(port, count * len(chosen) + len(captures))
    fleet = Fleet(chosen, count, seed, start, speed, fidelity, firmware, captures, unlocked=unlocked)
    try:
        control = None
        if not no_control:
            below = max(port - 1, 0) if control_port is None else control_port
            control = ControlPlace(below, Guard(control_host, control_names, control_token))
        place = Place(host, port, keep_alive_s, control, announced=mdns)
        run(fleet, place, now=datetime.now(UTC), scenario=scenario, as_json=as_json)
    except EmulatorError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error


def _must_fit(port: int, panels: int) -> None:
    last = port + panels - 1
    if last > HIGHEST_PORT:
        raise click.UsageError(f"the last panel would listen on port {last}; {HIGHEST_PORT} is the highest there is")
