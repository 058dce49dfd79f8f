"""Runs the server until a signal: takes the port, opens the world, serves, drains, closes."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from schema.ports import StoppingError
from server.app import create_app
from server.beside import running
from server.bootstrap import World
from server.config import DATABASE_FILE, Config
from server.frames import FramesProtocol
from server.http_protocol import http_protocol
from server.lifespan import lifespan
from server.memory import share_arenas
from server.security.hosts import is_loopback
from server.stores.sqlite.tokens.file import tokens_in

Beside = Callable[[World], Coroutine[Any, Any, None]]


class PortTakenError(Exception):
    """The address cannot be listened on; the text says why and what to do."""


class NoTokenError(Exception):
    """Other machines could ask without a token; the text says what to do."""


class Stopping:
    """Hears the signals that uvicorn does not: those before it serves, and those that it raises again when drained."""

    def __init__(self) -> None:
        self.is_asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Remember it."""
        self.is_asked = True


class Listener(uvicorn.Server):
    """A uvicorn server that says when it is ready, and when it stops."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop
        self.is_ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets=sockets)
        self._on_ready()
        self.is_ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, then drain."""
        self._on_stop()
        await super().shutdown(sockets=sockets)


async def nothing(_world: World) -> None:
    """No work beside serving."""


def run(config: Config, on_ready: Callable[[], None], beside: Beside = nothing) -> None:
    """Serve until SIGINT or SIGTERM, then drain and return. `beside` is work to do once requests are served.

    Raises NoTokenError, PortTakenError, TrustedError and the store's own errors before anything is served.
    """
    refuse_open_door(config)
    share_arenas()
    app = create_app(config)
    listening = bind(config.server.host, config.server.port)
    uvicorn_config = _uvicorn_config(config, app)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    stopping = Stopping()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    with asyncio.Runner(loop_factory=uvicorn_config.get_loop_factory()) as runner, listening:
        runner.run(_serve(Listener(uvicorn_config, on_ready, app.state.streams.stop), app, listening, beside, stopping))


def refuse_open_door(config: Config) -> None:
    """Raise NoTokenError where others than this machine would come in, and nobody could tell who they are."""
    host, data = config.server.host, config.server.data
    if is_loopback(host) or config.tokens or tokens_in(data / DATABASE_FILE):
        return
    raise NoTokenError(
        f"server.host = {host} lets other machines in, and there is no token yet: make one first with"
        f" `busbar token create NAME --scope read --data {data}`, or listen on 127.0.0.1"
    )


async def _serve(
    listener: Listener, app: Starlette, listening: socket.socket, beside: Beside, stopping: Stopping
) -> None:
    async def work() -> None:
        await listener.is_ready.wait()
        try:
            await beside(app.state.world)
        except StoppingError:
            listener.should_exit = True

    async with lifespan(app), running(work()):
        # What is there by now stays. Each full collection would look through it, and stop everything for 0.1 s.
        gc.freeze()
        if not stopping.is_asked:
            await listener.serve(sockets=[listening])


def _uvicorn_config(config: Config, app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",  # run() opens it, so that a mistake is one line and not uvicorn's traceback
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # server/security/walls.py believes the proxies that the configuration names
        http=http_protocol(config.server.header_timeout_s, app.state.meters.turned_away),
        ws=FramesProtocol,
        ws_max_size=config.server.max_body_bytes,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=config.server.drain_s,
    )


def bind(host: str, port: int) -> socket.socket:
    """Take the port now, so that a taken one is told before anything is opened. Raises PortTakenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio would leave Nagle on and each answer wait 40 ms; uvloop turns it off by itself.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise PortTakenError(
            f"cannot listen on {host} port {port}: {error.strerror or error}; stop what uses it, or choose another port"
        ) from None
    return listening
