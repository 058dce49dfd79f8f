"""One panel on a free port of loopback, opened and closed without a pause: no grace for whoever is still connected."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.server import ServerState

from emulator.app import PanelApp
from emulator.panel import EmulatedPanel
from emulator.protocol import OneWriteProtocol
from emulator.server import LOOPBACK, listen, uvicorn_config


class OpenPort:
    """A panel at a free port until `close`, which cuts off whoever is connected or just being let in."""

    def __init__(self, panel: EmulatedPanel) -> None:
        (self._listener,) = listen(LOOPBACK, [0])
        self.port: int = self._listener.getsockname()[1]
        self._config = uvicorn_config(PanelApp(lambda _: panel))
        self._state = ServerState()
        self._state.default_headers = self._config.encoded_headers
        self._server: asyncio.Server | None = None
        self.is_closed = False

    async def open(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Visitor(self, self._config, self._state, {}, loop), sock=self._listener
        )

    async def close(self) -> None:
        """Free the port, end what is being answered, and hang up."""
        self.is_closed = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Visitor(OneWriteProtocol):
    """A connection, which may be made only after its port was closed: accepting takes the loop a few rounds."""

    def __init__(self, port: OpenPort, *others: Any) -> None:  # noqa: ANN401  # uvicorn's own
        super().__init__(*others)
        self._port = port

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        if self._port.is_closed:
            transport.abort()
