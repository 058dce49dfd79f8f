"""Running panels in a terminal: listen, show them, serve until Ctrl-C or SIGTERM, and press doors meanwhile."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

import click
from uvicorn.loops.auto import auto_loop_factory

from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.panel import TABLE
from emulator.control.server import serving_control
from emulator.errors import CannotListenError
from emulator.fleet import Fleet
from emulator.http.server import listen, serving
from emulator.keyboard import obeying, standard_input
from emulator.listing import address, as_lines, as_table

HELP = "d and Enter presses the door button once, three times let clients register; Ctrl-C stops"


@dataclass(frozen=True, slots=True)
class ControlPlace:
    """Where the control listens, and who may talk to it."""

    port: int
    guard: Guard


@dataclass(frozen=True, slots=True)
class Place:
    """Where the panels listen: `port` and those after it, or free ones for port 0; no `control` is none at all."""

    host: str
    port: int
    keep_alive_s: int
    control: ControlPlace | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Sockets:
    """What is listened at: one for each panel, and the control's."""

    panels: Sequence[socket.socket]
    control: socket.socket | None

    @property
    def ports(self) -> list[int]:
        """The panels' ports."""
        return [listener.getsockname()[1] for listener in self.panels]


def run(fleet: Fleet, place: Place, *, now: datetime, scenario: str | None = None, as_json: bool) -> None:
    """Serve the fleet until a signal asks to stop; EmulatorError for what cannot be served."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # not a line for each garbled request
    panels = fleet.panels(now)
    control = Control(panels)
    if scenario is not None:
        control.play(scenario)
    sockets = _listening(place, len(panels))
    control.listens_at(sockets.ports)
    if exposed := warning(sockets.panels[0].getsockname()[0]):
        click.echo(exposed, err=True)
    url = _control_url(place, sockets)

    def show() -> None:
        shown = (as_lines if as_json else as_table)(panels, place.host, sockets.ports, url)
        click.echo(shown if as_json else f"{shown}\n{HELP}")

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(control, place, sockets, show, say))


async def _serve(
    control: Control, place: Place, sockets: Sockets, show: Callable[[], None], say: Callable[[str], None]
) -> None:
    stop = asyncio.Event()

    def press(by: str) -> None:
        for done in control.do(TABLE["door"], control.panels, {}, by):
            say(f"{done.serial}: door pressed, {done.answer['door']}")

    _on_signals(stop, lambda: press("signal"))
    async with AsyncExitStack() as opened:
        panels = [one.panel for one in control.panels]
        await opened.enter_async_context(serving(panels, sockets.panels, keep_alive_s=place.keep_alive_s))
        if sockets.control is not None and place.control is not None:
            app = ControlApp(control, place.control.guard)
            await opened.enter_async_context(serving_control(app, sockets.control))
        if place.announced:
            from emulator.announce import announcing  # noqa: PLC0415  # an extra

            await opened.enter_async_context(announcing(panels, sockets.panels[0].getsockname()[0], sockets.ports))
        keys = {"d": lambda: press("keyboard")}
        opened.enter_context(obeying(standard_input(), keys, otherwise=lambda: say(HELP)))
        show()
        await stop.wait()


def _on_signals(stop: asyncio.Event, press: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, press)


def _listening(place: Place, panels: int) -> Sockets:
    """All sockets, or none: CannotListenError."""
    found = listen(place.host, [place.port and place.port + number for number in range(panels)])
    if place.control is None:
        return Sockets(found, None)
    try:
        return Sockets(found, listen(place.control.guard.host, [place.control.port])[0])
    except CannotListenError as error:
        for listener in found:
            listener.close()
        raise CannotListenError(f"control: {error}, with --control-port or --no-control") from error


def _control_url(place: Place, sockets: Sockets) -> str | None:
    if sockets.control is None or place.control is None:
        return None
    return address(place.control.guard.host, sockets.control.getsockname()[1])


def warning(address: str) -> str | None:
    """What to tell whoever lets the panels listen beyond this machine."""
    if ipaddress.ip_address(address).is_loopback:
        return None
    return f"Warning: {address} is open to the network, and the emulator has no transport security (no TLS)"
