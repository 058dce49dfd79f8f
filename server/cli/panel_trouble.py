"""The commands of `busbar panel` about faults, scenarios and the clients that a panel knows."""

from __future__ import annotations

import json
from typing import Any

import click

from server.cli import panel_shown as shown
from server.cli.controlling import Commands, Controlling, controlling
from server.cli.panel_time import pair


@click.group(cls=Commands)
def fault() -> None:
    """Have the panel misbehave: add a fault, list the active ones, take them away."""


@fault.command("add")
@click.argument("kind")
@click.argument("parts", nargs=-1, metavar="[KEY=VALUE]...")
@controlling
def add_fault(control: Controlling, kind: str, parts: tuple[str, ...]) -> None:
    """Misbehave in one way from now on, such as: status status=503 route=/circuits count=2.

    docs/emulator.md lists the kinds and their keys; a wrong one is answered with what is possible.
    """
    control.change("faults/add", {"fault": {"kind": kind, **{key: _value(text) for key, text in map(pair, parts)}}})


@fault.command("list")
@controlling
def list_faults(control: Controlling) -> None:
    """Show the active faults, and how often each has struck."""
    control.read("faults", shown.faults)


@fault.command("remove")
@click.argument("fault_id", metavar="ID")
@controlling
def remove_fault(control: Controlling, fault_id: str) -> None:
    """Take one fault away, by the id that `fault list` shows."""
    control.change("faults/remove", {"fault_id": fault_id})


@fault.command("clear")
@controlling
def clear_faults(control: Controlling) -> None:
    """Take all faults away."""
    control.change("faults/clear")


@click.group(cls=Commands)
def scenario() -> None:
    """Play a timeline of commands and faults."""


@scenario.command("list")
@controlling
def list_scenarios(control: Controlling) -> None:
    """Show the scenarios there are, and the one that is played."""
    control.read("scenarios", shown.scenarios)


@scenario.command("play")
@click.argument("scenario", metavar="NAME")
@controlling
def play_scenario(control: Controlling, scenario: str) -> None:
    """Play a shipped scenario from now on."""
    control.change("scenarios/play", {"scenario": scenario})


@scenario.command("stop")
@controlling
def stop_scenario(control: Controlling) -> None:
    """End the scenario that is played."""
    control.change("scenarios/stop")


@click.group(cls=Commands)
def client() -> None:
    """Register clients without the door, and forget them."""


@client.command("add")
@click.argument("name")
@click.option("--description", help="What it is.")
@controlling
def add_client(control: Controlling, name: str, description: str | None) -> None:
    """Register a client, and show its token."""
    control.change("clients/add", {"name": name, "description": description})


@client.command("remove")
@click.argument("name")
@controlling
def remove_client(control: Controlling, name: str) -> None:
    """Forget a client: its token is refused from now on."""
    control.change("clients/remove", {"name": name})


def _value(text: str) -> Any:  # noqa: ANN401 (JSON, or the text itself; the emulator checks it)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


TROUBLE = (fault, scenario, client)
