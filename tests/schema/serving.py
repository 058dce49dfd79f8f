"""The entry, served over a real socket on a port of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.compose import Schema
from schema.ports import EVERYBODY
from server.graphql.engine import Engine
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.http.entry import Entry, NewContext
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.performer import Performer
from server.graphql.sockets.sockets import Sockets
from server.graphql.streams.sse import Streams
from server.security.door import ADMITTED, DOOR, Admitted
from server.security.doorkeeper import Doorkeeper

LIMITS = Limits()


class QuietServer(uvicorn.Server):
    """Leaves the signals of the test run alone, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def listen(port: int = 0) -> socket.socket:
    # Named as TCP, so that asyncio sends at once what is written: else each answer waits 40 ms for the acknowledgement.
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    taken.setblocking(False)
    return taken


async def until(holds: Callable[[], object]) -> None:
    """Waits for one side of a connection to notice what the other side did."""
    with anyio.fail_after(20):
        while not holds():
            await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0, ws: Any = "websockets-sansio", http: Any = "auto") -> AsyncIterator[str]:
    """Yields `127.0.0.1:port`; when the block ends, every connection is dropped."""
    taken = listen(port)
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, ws=ws, http=http, timeout_graceful_shutdown=0, proxy_headers=False
    )
    server = QuietServer(config)
    running = asyncio.create_task(server._serve([taken]))
    await server.listening.wait()
    try:
        yield f"127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


def graph(
    schema: Schema,
    new_context: NewContext,
    *,
    limits: Limits = LIMITS,
    max_body_bytes: int = 1_000_000,
    page: ASGIApp | None = None,
    meters: Meters | None = None,
    door: Doorkeeper | None = None,
) -> ASGIApp:
    """The entry as the server makes it, behind an open gate."""
    engine = Engine(schema, limits, meters or Meters())
    performer = Performer(engine, Cohorts(engine, limits, engine.meters), new_context)
    entry = Entry(
        engine,
        new_context,
        limits=limits,
        max_body_bytes=max_body_bytes,
        sockets=Sockets(performer, limits, door or Doorkeeper()),
        streams=Streams(performer, limits, door or Doorkeeper()),
        page=page,
    )

    return OpenGate(entry)


class OpenGate:
    """Lets everybody in whom no other gate has looked at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if DOOR not in scope:
            scope.setdefault(ADMITTED, Admitted(EVERYBODY))
        await self._app(scope, receive, send)
