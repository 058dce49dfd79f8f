"""The entry, served over a real socket on a port of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from starlette.types import ASGIApp


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
async def served(app: ASGIApp, port: int = 0, ws: Any = "websockets-sansio") -> AsyncIterator[str]:
    """Yields `127.0.0.1:port`; when the block ends, every connection is dropped."""
    taken = listen(port)
    config = uvicorn.Config(app, lifespan="off", log_config=None, ws=ws, timeout_graceful_shutdown=0)
    server = QuietServer(config)
    running = asyncio.create_task(server._serve([taken]))
    await server.listening.wait()
    try:
        yield f"127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await running
