"""A client of graphql-transport-ws that shows every message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.typing import Subprotocol


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next message; it must be a text frame."""
        async with asyncio.timeout(10):
            frame = await self.connection.recv()
        assert isinstance(frame, str)
        return dict(json.loads(frame))

    async def subscribe(self, key: str, query: str, **variables: Any) -> None:
        await self.send({"type": "subscribe", "id": key, "payload": {"query": query, "variables": variables}})

    async def next(self, key: str) -> dict[str, Any]:
        """The data of the operation's next result, which must be one without errors."""
        message = await self.receive()
        assert (message["type"], message.get("id")) == ("next", key), message
        assert "errors" not in message["payload"], message
        return dict(message["payload"]["data"])

    async def closed(self) -> tuple[int, str]:
        """Why the server closed, when it does."""
        async with asyncio.timeout(10):
            await self.connection.wait_closed()
        return self.connection.close_code or 0, self.connection.close_reason or ""

    def vanish(self) -> None:
        """As when the cable is pulled: no close frame, no goodbye."""
        self.connection.transport.abort()


@asynccontextmanager
async def raw(address: str, *protocols: str, **options: Any) -> AsyncIterator[Socket]:
    wanted = [Subprotocol(each) for each in protocols or ("graphql-transport-ws",)]
    async with open_socket(f"ws://{address}/graphql", subprotocols=wanted, **options) as connection:
        yield Socket(connection)


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[Socket]:
    """A socket that has been let in."""
    async with raw(address) as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket
