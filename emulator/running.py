"""Running panels in a terminal: listen, show them, serve until Ctrl-C or SIGTERM, and press doors meanwhile."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from uvicorn.loops.auto import auto_loop_factory

from emulator.fleet import Fleet
from emulator.keyboard import obeying, standard_input
from emulator.listing import as_lines, as_table
from emulator.panel import EmulatedPanel
from emulator.server import listen, serving

HELP = "d and Enter presses the door button once, three times let clients register; Ctrl-C stops"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the panels listen: `port` and those after it, or free ones for port 0."""

    host: str
    port: int
    keep_alive_s: int


def run(fleet: Fleet, place: Place, *, now: datetime, as_json: bool) -> None:
    """Serve the fleet until a signal asks to stop; ConfigError, ClockRefusedError, CannotListenError."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # not a line for each garbled request
    panels = fleet.panels(now)
    sockets = listen(place.host, [place.port and place.port + number for number in range(len(panels))])
    ports = [listener.getsockname()[1] for listener in sockets]
    if exposed := warning(sockets[0].getsockname()[0]):
        click.echo(exposed, err=True)

    def show() -> None:
        shown = as_lines(panels, place.host, ports) if as_json else as_table(panels, place.host, ports)
        click.echo(shown if as_json else f"{shown}\n{HELP}")

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(panels, sockets, place.keep_alive_s, show, say))


async def _serve(
    panels: Sequence[EmulatedPanel],
    sockets: Sequence[socket.socket],
    keep_alive_s: int,
    show: Callable[[], None],
    say: Callable[[str], None],
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def press() -> None:
        for panel in panels:
            say(f"{panel.device.serial}: door pressed, {panel.press_door()}")

    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, press)
    async with serving(panels, sockets, keep_alive_s=keep_alive_s):
        with obeying(standard_input(), {"d": press}, otherwise=lambda: say(HELP)):
            show()
            await stop.wait()


def warning(address: str) -> str | None:
    """What to tell whoever lets the panels listen beyond this machine."""
    if ipaddress.ip_address(address).is_loopback:
        return None
    return f"Warning: {address} is open to the network, and the emulator has no transport security (no TLS)"
