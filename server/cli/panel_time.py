"""The commands of `busbar panel` that move its time, begin it again, or befall it as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from server.cli.controlling import Controlling, controlling
from server.cli.errors import CommandError

MAX_LOG_BYTES = 16 * 1024 * 1024
MAX_PRESSES = 9


def _simple(verb: str, about: str) -> click.Command:
    """A command without arguments of its own."""

    @click.command(verb, help=about)
    @controlling
    def run(control: Controlling) -> None:
        control.change(verb)

    return run


SIMPLE = (
    _simple("freeze", "Let the panel's time stand still, until `speed`, `step` or `jump`."),
    _simple("reboot", "Restart the panel's computer: uptime begins again, and the first answers are wrong."),
    _simple("lock", "Let registering need the door again, also where it never did."),
)


@click.command()
@click.argument("seconds", type=click.IntRange(0))
@controlling
def step(control: Controlling, seconds: int) -> None:
    """Go SECONDS of the panel's time ahead, at once."""
    control.change("step", {"seconds": seconds})


@click.command()
@click.argument("to", metavar="TIME")
@controlling
def jump(control: Controlling, to: str) -> None:
    """Go to TIME at once: 2026-06-21T18:00 in the panel's zone, with an offset or Z in any, or epoch seconds."""
    control.change("jump", {"to": _time(to)})


@click.command()
@click.argument("powers", nargs=-1, metavar="[CIRCUIT=WATTS]...")
@click.option("--to", metavar="TIME", help="Go there first.")
@controlling
def advance(control: Controlling, powers: tuple[str, ...], to: str | None) -> None:
    """Go to a time, then hold circuits at powers, all in one command; CIRCUIT= lets one go."""
    wanted = {name: _watts(name, watts) for name, watts in map(pair, powers)}
    control.change("advance", {"powers": wanted, "to": None if to is None else _time(to)})


@click.command()
@click.argument("speed", type=float)
@controlling
def speed(control: Controlling, speed: float) -> None:
    """Let the panel's time run at SPEED simulated seconds per second, 0 to 3600."""
    control.change("speed", {"speed": speed})


@click.command()
@click.option("--seed", type=click.IntRange(0), help="Another seed from here on.")
@controlling
def reset(control: Controlling, seed: int | None) -> None:
    """Be as when started: clients, faults, scenario, journal and command log are forgotten."""
    control.change("reset", {"seed": seed})


@click.command()
@click.argument("seed", type=click.IntRange(0))
@controlling
def seed(control: Controlling, seed: int) -> None:
    """Begin again, as `reset` does, with another seed."""
    control.change("seed", {"seed": seed})


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@controlling
def replay(control: Controlling, log: Path) -> None:
    """Begin again and live through LOG, one line of `busbar panel commands --json`; then time stands still."""
    control.change("replay", {"log": _log(log)})


@click.command()
@click.argument("serial")
@controlling
def swap(control: Controlling, serial: str) -> None:
    """Replace the panel by another of its kind, which knows none of its clients."""
    control.change("swap", {"serial": serial})


@click.command()
@click.argument("firmware")
@controlling
def update(control: Controlling, firmware: str) -> None:
    """Install another firmware release, such as r202603, which restarts the panel."""
    control.change("update", {"firmware": firmware})


@click.command()
@click.argument("seconds", type=click.IntRange(1))
@controlling
def offline(control: Controlling, seconds: int) -> None:
    """Be gone for SECONDS of the panel's time: connections are reset."""
    control.change("offline", {"seconds": seconds})


@click.command()
@click.option("--presses", type=click.IntRange(1, MAX_PRESSES), default=1, show_default=True, help="How often.")
@controlling
def door(control: Controlling, presses: int) -> None:
    """Press the button in the door: three presses let clients register for 15 minutes of the panel's time."""
    control.change("door", {"presses": presses})


def pair(text: str) -> tuple[str, str]:
    """KEY=VALUE in two; CommandError."""
    key, equals, value = text.rpartition("=")
    if not equals or not key:
        raise CommandError(f"{text!r} is not written like NAME=VALUE")
    return key, value


def _watts(name: str, text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise CommandError(f"{text!r} is not a power in W; write {name}=500, or {name}= to let it go") from None


def _time(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() else text


def _log(path: Path) -> Any:  # noqa: ANN401 (the emulator checks it)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_LOG_BYTES + 1)
        if len(raw) <= MAX_LOG_BYTES:
            return json.loads(raw)
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{path}: {error}; give one line of busbar panel commands --json") from None
    raise CommandError(f"{path}: longer than {MAX_LOG_BYTES} bytes")


WHOLE = (*SIMPLE, step, jump, advance, speed, reset, seed, replay, swap, update, offline, door)
