"""What the answers of a panel's control look like to people: plain aligned lines, in a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from server.cli.controlling import Row, in_words, time_of
from server.cli.screens import printable


def panel(row: Row) -> None:
    """One panel in a line."""
    click.echo(printable(f"{_name(row)}  {row['tabs']} tabs, {row['circuits']} circuits  {row['time']}  {_pace(row)}"))


def state(row: Row) -> None:
    """The panel, its circuits and its unmapped tabs."""
    for line in _about(row):
        click.echo(printable(line))
    table(
        ("circuit", "tabs", "relay", "priority", "power", "consumed", "produced", "override"),
        [
            (load["name"], _tabs(load), load["relay"], load["priority"], *_energy(load), _override(load))
            for load in row["circuits"]
        ]
        + [("(unmapped)", _tabs(load), "", "", *_energy(load), _override(load)) for load in row["unmapped"]],
    )


def journal(row: Row) -> None:
    """How many there are, and the newest."""
    click.echo(printable(f"{_name(row)}  {row['matching']} matching of {row['seen']} requests"))
    table(
        ("time", "client", "from", "request", "status", "took"),
        [
            (
                time_of(one["tick"]),
                one["client"] or "-",
                one["address"],
                f"{one['method']} {one['path']}",
                str(one["status"]),
                f"{one['duration_s'] * 1000:.1f} ms",
            )
            for one in row["requests"]
        ],
    )


def commands(row: Row) -> None:
    """The log, oldest first."""
    click.echo(printable(f"{_name(row)}  seed {row['seed']}, from {time_of(row['start'])} to {time_of(row['until'])}"))
    table(
        ("order", "time", "by", "through", "command"),
        [
            (
                f"#{one['order']}",
                time_of(one["tick"]),
                one["by"],
                one["through"],
                f"{one['verb']} {in_words(one['arguments'])}",
            )
            for one in row["commands"]
        ],
    )


def faults(row: Row) -> None:
    """Each active fault in a line."""
    click.echo(printable(f"{_name(row)}  {len(row['faults'])} active"))
    for fault in row["faults"]:
        click.echo(printable(f"  {in_words(fault)}"))


def scenarios(row: Row) -> None:
    """What is played, and what could be."""
    playing = row["playing"]
    click.echo(printable(f"{_name(row)}  {in_words(playing) if playing else 'none is played'}"))
    click.echo(printable(f"  there are {', '.join(row['scenarios'])}"))


def _about(row: Row) -> Iterable[str]:
    yield f"{_name(row)}  {row['time']}  {_pace(row)}  seed {row['seed']}, firmware {row['firmware']}"
    soc = "" if row["soc"] is None else f", battery {row['soc'] * 100:.1f} %"
    grid = "up" if row["grid_up"] else "down"
    yield f"  grid {grid}, {row['grid_w']:,.1f} W; main relay {row['main_relay']}; supply {row['supply']}{soc}"
    yield f"  door {row['door']['text']}; clients: {', '.join(row['clients']) or 'none'}"
    scenario = row["scenario"]["name"] if row["scenario"] else "none"
    yield f"  scenario {scenario}; {row['faults']} faults; {row['requests']} requests; {row['commands']} commands"


def _name(row: Row) -> str:
    return f"{row['serial']}" + (f" (port {row['port']})" if row["port"] else "")


def _pace(row: Row) -> str:
    return f"{row['speed']:g}x" if row["speed"] else "frozen"


def _tabs(load: Row) -> str:
    return ",".join(str(tab) for tab in load["tabs"])


def _energy(load: Row) -> tuple[str, str, str]:
    return f"{load['power_w']:,.1f} W", f"{load['consumed_wh']:,.0f} Wh", f"{load['produced_wh']:,.0f} Wh"


def _override(load: Row) -> str:
    held = load["override"]
    if held is None:
        return ""
    return f"{held['power_w']:g} W" if held["power_w"] is not None else f"x {held['multiplier']:g}"


def table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Aligned columns under their titles; nothing without a row."""
    if not rows:
        return
    texts = [titles, *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(titles))]
    for row in texts:
        click.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
