"""What is printed of running panels: a table for people, or a line of JSON each for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import orjson

from emulator.panel import EmulatedPanel

WIDTH = 240
"""Columns that the table may take; it takes what it needs."""


def as_table(panels: Sequence[EmulatedPanel], host: str, ports: Sequence[int], control: str | None) -> str:
    """Address, serial, size, door, and time with its speed, of each panel; and where they are controlled."""
    from rich.console import Console  # noqa: PLC0415  # programs that read JSON need not wait for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for heading in ("Panel", "Serial", "Size", "Door", "Time", "Speed"):
        table.add_column(heading, no_wrap=True)
    for port, panel in zip(ports, panels, strict=True):
        tick = panel.clock.tick()
        size = f"{panel.device.config.tabs} tabs, {len(panel.device.config.circuits)} circuits"
        time = datetime.fromtimestamp(tick, ZoneInfo(panel.device.config.time_zone)).isoformat()
        door = panel.door.describe(tick)
        table.add_row(address(host, port), panel.device.serial, size, door, time, f"{panel.clock.speed:g}x")
    drawn = StringIO()
    Console(file=drawn, width=WIDTH).print(table)
    return drawn.getvalue().rstrip() + (f"\n\nControl  {control}" if control else "")


def as_lines(panels: Sequence[EmulatedPanel], host: str, ports: Sequence[int], control: str | None) -> str:
    """One JSON object per line; `control` is the same in each."""
    lines = ({**_object(panel, host, port), "control": control} for port, panel in zip(ports, panels, strict=True))
    return "\n".join(orjson.dumps(line).decode() for line in lines)


def address(host: str, port: int) -> str:
    """Where a client finds the panel."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _object(panel: EmulatedPanel, host: str, port: int) -> dict[str, object]:
    tick, config = panel.clock.tick(), panel.device.config
    return {
        "address": address(host, port),
        "host": host,
        "port": port,
        "serial": panel.device.serial,
        "tabs": config.tabs,
        "circuits": len(config.circuits),
        "door": panel.door.describe(tick),
        "unlocked": panel.door.is_unlocked(tick),
        "tick": tick,
        "speed": panel.clock.speed,
        "firmware": panel.firmware.name,
    }
