"""What `busbar watch` shows: a live table on a terminal, plain lines or JSON elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import click
from rich.bar import Bar
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

Panel = Mapping[str, Any]  # a panel as `WATCH` in server/cli/watch.py asks for it
Circuit = Mapping[str, Any]

AVAILABILITY_STYLES = {"ONLINE": "green", "STALE": "yellow", "OFFLINE": "red", "UNAUTHORIZED": "red"}
RELAY_STYLES = {"CLOSED": "green", "OPEN": "red", "UNKNOWN": "yellow"}
BAR_WIDTH = 20  # characters
OTHER_LINES = 6  # of the window: two of the panel, titles, a note, what is hidden, the cursor


class Screen(Protocol):
    """Shows one panel after the other, always the newest."""

    def __enter__(self) -> Self:
        """Take the terminal."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back."""

    def show(self, panel: Panel) -> None:
        """Show the panel's newest state."""

    def lost(self, reason: str) -> None:
        """Say that what is shown grows old, and that the connection is being made again."""


class _Plain:
    """Needs no terminal."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def lost(self, reason: str) -> None:
        """On standard error, so that the output stays what it is."""
        click.echo(f"{reason}; connecting again", err=True)


class JsonLines(_Plain):
    """One object a line, as the graph answered it."""

    def show(self, panel: Panel) -> None:
        """Write the line at once, for whoever reads the pipe."""
        click.echo(json.dumps(panel, separators=(",", ":")))


class Lines(_Plain):
    """One line for the panel and one for each circuit, at each update: for pipes and logs."""

    def show(self, panel: Panel) -> None:
        """Write the lines."""
        when = panel["observedAt"] or "never"
        click.echo(f"{when}  {_title(panel)}  {_summary(panel)}")
        for circuit in panel["circuits"] or ():
            click.echo(f"{when}  {'  '.join(_cells(circuit))}")


class LiveTable:
    """A table that is redrawn at each update, and at no other time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._shown: Group | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, panel: Panel) -> None:
        """Draw the table anew."""
        fitting, hidden = most_power(panel["circuits"] or [], self._console.height - OTHER_LINES)
        more = f"and {hidden} circuits with less power; a taller window shows them" if hidden else ""
        self._shown = Group(header(panel), table(fitting), Text(more, style="dim"))
        self._live.update(self._shown, refresh=True)

    def lost(self, reason: str) -> None:
        """Above the table that was drawn last: its end may not fit the window."""
        note = Text(f"{reason}; connecting again (Ctrl-C ends)", style="red")
        self._live.update(Group(note, self._shown or ""), refresh=True)


def header(panel: Panel) -> Text:
    """The panel in one line."""
    style = AVAILABILITY_STYLES.get(panel["availability"], "red")
    return Text.assemble((_title(panel), "bold"), "  ", (_summary(panel), style))


def most_power(circuits: Sequence[Circuit], rows: int) -> tuple[list[Circuit], int]:
    """The circuits that fit into so many rows, in their order, and how many were left out: those with least power."""
    ranked = sorted(circuits, key=lambda circuit: -abs(circuit["powerW"]))
    kept = {circuit["circuitId"] for circuit in ranked[: max(rows, 1)]}
    fitting = [circuit for circuit in circuits if circuit["circuitId"] in kept]
    return fitting, len(circuits) - len(fitting)


def table(circuits: Sequence[Circuit]) -> Table:
    """The circuits, with a bar for each: its share of the largest power among them."""
    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for title, justify in (("circuit", "left"), ("tabs", "left"), ("relay", "left"), ("priority", "left")):
        drawn.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # rich's own literals
    drawn.add_column("power", justify="right", no_wrap=True)
    drawn.add_column("", width=BAR_WIDTH)
    drawn.add_column("consumed", justify="right", no_wrap=True)
    largest = max((abs(circuit["powerW"]) for circuit in circuits), default=0.0) or 1.0
    for circuit in circuits:
        name, tabs, relay, priority, power, energy = _cells(circuit)
        bar = Bar(largest, 0, abs(circuit["powerW"]), width=BAR_WIDTH, color=_colour(circuit["powerW"]))
        drawn.add_row(Text(name), tabs, Text(relay, RELAY_STYLES.get(relay, "")), priority, power, bar, energy)
    return drawn


def _colour(power_w: float) -> str:
    return "green" if power_w < 0 else "yellow"


def _title(panel: Panel) -> str:
    return f"{printable(panel['name'])} ({printable(panel['serial'])})"


def _summary(panel: Panel) -> str:
    soc = (panel["storage"] or {}).get("socPercent")
    parts = [panel["availability"]]
    if panel["unavailableReason"]:
        parts.append(printable(panel["unavailableReason"]))
    if panel["gridPowerW"] is not None:
        parts.append(_grid(round(panel["gridPowerW"])))
    if soc is not None:
        parts.append(f"battery {soc:.0f} %")
    return ", ".join(parts)


def _grid(power_w: int) -> str:
    direction = "" if not power_w else " out" if power_w < 0 else " in"
    return f"grid {abs(power_w):,} W{direction}"


def _cells(circuit: Circuit) -> tuple[str, str, str, str, str, str]:
    return (
        printable(circuit["name"] or circuit["circuitId"]),
        ",".join(str(tab) for tab in circuit["tabs"]),
        circuit["relayState"],
        circuit["priority"],
        f"{circuit['powerW']:,.1f} W",
        f"{circuit['consumedEnergyWh'] / 1000:,.1f} kWh",
    )


def printable(text: str) -> str:
    """The text without what could steer a terminal: names come from panels, and panels from anywhere."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
