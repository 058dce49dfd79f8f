"""The control on its socket: a server of its own beside the panels'."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Final

import uvicorn

from emulator.control.app import ControlApp
from emulator.http.server import BACKLOG, DRAIN_S, running

MAX_CONTROLLERS: Final = 100
"""Connections at once; more are answered 503."""

KEEP_ALIVE_S: Final = 60
"""How long a controller may think between two commands before it must connect again."""


@contextlib.asynccontextmanager
async def serving_control(app: ControlApp, listener: socket.socket) -> AsyncIterator[None]:
    """Answer controllers at the socket until the end of the block, which closes it."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        limit_concurrency=MAX_CONTROLLERS,
        backlog=BACKLOG,
    )
    config.load()
    async with running(config, [listener]):
        yield
