"""One panel on a free port of loopback, opened and closed without a pause: no grace for whoever is still connected."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from uvicorn.server import ServerState

from emulator.app import PanelApp
from emulator.panel import EmulatedPanel
from emulator.protocol import OneWriteProtocol
from emulator.server import LOOPBACK, listen, uvicorn_config


@contextlib.asynccontextmanager
async def open_port(panel: EmulatedPanel) -> AsyncIterator[int]:
    """The port that the panel answers at until the block ends; open connections and requests are cut off then."""
    (listener,) = listen(LOOPBACK, [0])
    state = ServerState()
    server = await _serve(panel, listener, state)
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()
        await _cut_off(state)


async def _serve(panel: EmulatedPanel, listener: socket.socket, state: ServerState) -> asyncio.Server:
    config = uvicorn_config(PanelApp(lambda _: panel))
    state.default_headers = config.encoded_headers
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: OneWriteProtocol(config, state, {}, loop), sock=listener)


async def _cut_off(state: ServerState) -> None:
    for connection in list(state.connections):
        connection.transport.abort()
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while state.connections:  # noqa: ASYNC110  # each leaves in the loop's next round; uvicorn tells nobody
        await asyncio.sleep(0)
