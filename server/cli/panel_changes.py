"""The commands of `busbar panel` that change what the panel feeds, and what feeds it."""

from __future__ import annotations

from typing import Final

import click

from server.cli.controlling import Controlling, controlling
from server.cli.errors import CommandError

POSITIONS: Final = ("open", "closed")
PRIORITIES: Final = ("MUST_HAVE", "NICE_TO_HAVE", "NON_ESSENTIAL")
NEGATIVE: Final = {"ignore_unknown_options": True}
"""So that -500 is a number and no option."""


@click.command(context_settings=NEGATIVE)
@click.argument("target")
@click.argument("watts", type=float, required=False)
@click.option("--times", type=float, help="Scale what it draws instead, by 0 to 100.")
@controlling
def power(control: Controlling, target: str, watts: float | None, times: float | None) -> None:
    """Hold TARGET at WATTS (positive = consumption), or --times what it draws, until `clear`."""
    control.change("power", {"target": _target(target), "power_w": watts, "multiplier": times})


@click.command()
@click.argument("target", default="all")
@click.option("--power-only", is_flag=True, default=None, help="Leave relay and priority as they are.")
@controlling
def clear(control: Controlling, target: str, *, power_only: bool | None) -> None:
    """Let TARGET, or all, be as configured again: its own power, relay closed, priority."""
    control.change("clear", {"target": _target(target), "power_only": power_only})


@click.command()
@click.argument("circuit")
@click.argument("position", type=click.Choice(POSITIONS, case_sensitive=False))
@controlling
def relay(control: Controlling, circuit: str, position: str) -> None:
    """Open or close a circuit's relay."""
    control.change("relay", {"circuit": circuit, "position": position.upper()})


@click.command()
@click.argument("circuit")
@click.argument("priority", type=click.Choice(PRIORITIES, case_sensitive=False))
@controlling
def priority(control: Controlling, circuit: str, priority: str) -> None:
    """Say what becomes of a circuit off grid."""
    control.change("priority", {"circuit": circuit, "priority": priority})


@click.command()
@click.argument("circuit")
@click.argument("name")
@controlling
def rename(control: Controlling, circuit: str, name: str) -> None:
    """Give a circuit another name."""
    control.change("rename", {"circuit": circuit, "name": name})


@click.command()
@click.argument("circuit")
@click.option("--user-controllable/--not-user-controllable", default=None, help="Whether its relay may be switched.")
@click.option("--sheddable/--not-sheddable", default=None, help="Whether it may be shed.")
@click.option("--never-backup/--not-never-backup", default=None, help="Whether it is off whenever the grid is.")
@controlling
def flags(control: Controlling, /, circuit: str, **changed: bool | None) -> None:
    """Change a circuit's flags; those that are left out stay."""
    control.change("flags", {"circuit": circuit, **changed})


@click.command()
@click.argument("direction", type=click.Choice(("up", "down")))
@controlling
def grid(control: Controlling, direction: str) -> None:
    """Let the utility fail (down) or return (up)."""
    control.change("grid", {"up": direction == "up"})


@click.command("main-relay")
@click.argument("position", type=click.Choice(POSITIONS, case_sensitive=False))
@controlling
def main_relay(control: Controlling, position: str) -> None:
    """Open the main relay, which takes the home off grid, or close it."""
    control.change("main-relay", {"position": position.upper()})


@click.command()
@click.argument("soc", type=click.FloatRange(0, 1))
@controlling
def soc(control: Controlling, soc: float) -> None:
    """Set the battery's state of charge, 0 to 1."""
    control.change("soc", {"soc": soc})


@click.command()
@click.argument("low", type=click.FloatRange(0, 1))
@click.argument("high", type=click.FloatRange(0, 1))
@controlling
def thresholds(control: Controlling, low: float, high: float) -> None:
    """Off grid, shed NICE_TO_HAVE circuits at LOW and bring them back at HIGH, 0 to 1."""
    control.change("thresholds", {"low": low, "high": high})


def _target(text: str) -> str | int | None:
    """What the control takes for a circuit's name or id, tab:30, or all; CommandError."""
    tab = text.removeprefix("tab:")
    if tab == text:
        return None if text == "all" else text
    if not (tab.isascii() and tab.isdecimal()):
        raise CommandError(f"{text!r} is no unmapped tab; write it like tab:30")
    return int(tab)


CHANGES = (power, clear, relay, priority, rename, flags, grid, main_relay, soc, thresholds)
