"""`busbar panel ...`: look at emulated panels and control them while they run."""

from __future__ import annotations

import click

from server.cli import panel_shown as shown
from server.cli.controlling import Commands, Controlling, controlling
from server.cli.panel_changes import CHANGES
from server.cli.panel_time import WHOLE
from server.cli.panel_trouble import TROUBLE

MAX_SHOWN = 10_000


@click.group(cls=Commands)
def panel() -> None:
    """Look at emulated panels and control them while they run.

    They are those of `busbar emulate` and `busbar demo`; the emulator shows the address of its control when it starts.
    CIRCUIT is a circuit's name or id, TARGET also an unmapped tab (tab:30) or all.
    """


for command in (*CHANGES, *WHOLE, *TROUBLE):
    panel.add_command(command)


@panel.command()
@controlling
def status(control: Controlling) -> None:
    """List the panels: serial, port, size and time."""
    control.panels(shown.panel)


@panel.command()
@controlling
def state(control: Controlling) -> None:
    """Show what a panel really is: true powers, settings in force, clock, door, clients, trouble."""
    control.read("state", shown.state)


@panel.command()
@click.option("--method", help="Only this method.")
@click.option("--path", help="Only this path, as /api/v1/circuits or /api/v1/circuits*.")
@click.option("--status", type=int, help="Only this status.")
@click.option("--client", help="Only the client registered under this name.")
@click.option("--since", type=int, metavar="TICK", help="Only from this second of the panel's time on (epoch).")
@click.option("--limit", type=click.IntRange(0, MAX_SHOWN), default=100, show_default=True, help="The newest so many.")
@click.option("--clear", is_flag=True, help="Forget all requests instead, and count from nothing.")
@controlling
def journal(control: Controlling, /, *, clear: bool, **filters: str | int | None) -> None:
    """Show and count the requests that a panel has answered; --limit 0 only counts."""
    if clear:
        control.change("journal/clear")
    else:
        control.read("journal", shown.journal, filters)


@panel.command()
@click.option("--after", type=int, default=0, show_default=True, help="Only those behind this order number.")
@controlling
def commands(control: Controlling, after: int) -> None:
    """Show the command log: who did what, when; with --json as `replay` takes it."""
    control.read("commands", shown.commands, {"after": after, "limit": MAX_SHOWN})
