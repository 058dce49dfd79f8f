"""One panel on a free port of loopback, opened and closed without a pause: no grace for whoever is still connected."""

from __future__ import annotations

import asyncio

from uvicorn.server import ServerState

from emulator.http.app import PanelApp
from emulator.http.protocol import OneWriteProtocol
from emulator.http.server import LOOPBACK, listen, uvicorn_config
from emulator.panel import EmulatedPanel

ACCEPTING_ROUNDS = 4
"""Rounds of the loop from accepting a connection to its protocol's beginning, and one more."""


class OpenPort:
    """A panel at a free port until `close`, which cuts off whoever is connected."""

    def __init__(self, panel: EmulatedPanel) -> None:
        (self._listener,) = listen(LOOPBACK, [0])
        self.port: int = self._listener.getsockname()[1]
        self._config = uvicorn_config(PanelApp(lambda _: panel))
        self._state = ServerState()
        self._state.default_headers = self._config.encoded_headers

    async def open(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: OneWriteProtocol(self._config, self._state, {}, loop), sock=self._listener
        )

    async def close(self) -> None:
        """Free the port, end what is being answered, and hang up. May be called again."""
        if not self._server.is_serving():
            return
        asyncio.get_running_loop().remove_reader(self._listener)
        for _ in range(ACCEPTING_ROUNDS):  # asyncio forgets, open, what it accepts while its server closes
            await asyncio.sleep(0)
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
