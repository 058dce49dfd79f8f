"""One subscription on one WebSocket, by the protocol graphql-transport-ws."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from clients.errors import (
    ClientAnswerError,
    ClientAuthError,
    ClientConnectionError,
    ClientError,
    ClientTimeoutError,
)
from clients.sockets import open_socket

PROTOCOL = Subprotocol("graphql-transport-ws")
RESULTS = ("next", "error", "complete")
UNAUTHORISED = (4401, 4403)  # nobody yet; nobody it knows, or not any more
REFUSING = range(4000, 5000)  # close codes of the protocol; with any other the connection broke, or the server stops


class Subscription:
    """Begun by `begin`; `first` is its first message, `receive` waits for the next one."""

    def __init__(self, url: str, socket: ClientConnection) -> None:
        self._url = url
        self._socket = socket
        self.first: dict[str, Any] = {}

    @classmethod
    async def begin(
        cls,
        url: str,
        document: str,
        variables: Mapping[str, Any],
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> Subscription:
        """Connect within `timeout_s`, subscribe, and wait for the first message, however long it takes to come.

        Raises ClientConnectionError, ClientTimeoutError, ClientAuthError and ClientAnswerError.
        """
        subscription = cls(url, await _connected(url, timeout_s, headers or {}))
        try:
            await subscription._greet(timeout_s)
            payload = {"query": document, "variables": dict(variables)}
            await subscription._send({"id": "1", "type": "subscribe", "payload": payload})
            subscription.first = await subscription.receive()
        except BaseException:  # cancelled too, nobody else has the socket yet to close it
            await subscription.close()
            raise
        return subscription

    async def receive(self, *wanted: str) -> dict[str, Any]:
        """The next message of these types, pings answered; raises ClientConnectionError when the connection breaks."""
        try:
            while True:
                message = parsed(self._url, await self._socket.recv())
                if message.get("type") in (wanted or RESULTS):
                    return message
                if message.get("type") == "ping":
                    await self._send({"type": "pong"})
        except ConnectionClosed as closed:
            raise self._closed(closed) from closed

    async def close(self) -> None:
        """End the subscription, and the socket with it."""
        await self._socket.close()

    async def _greet(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._send({"type": "connection_init"})
                await self.receive("connection_ack")
        except TimeoutError:
            raise ClientTimeoutError(f"{self._url} did not greet within {timeout_s:g} s; try again") from None

    async def _send(self, message: Mapping[str, Any]) -> None:
        try:
            await self._socket.send(orjson.dumps(message).decode())
        except ConnectionClosed as closed:
            raise self._closed(closed) from closed

    def _closed(self, closed: ConnectionClosed) -> ClientError:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
        said = f" ({reason})" if reason else ""
        if code in UNAUTHORISED:
            return unauthorised(self._url)
        if code in REFUSING:
            return ClientAnswerError(f"{self._url} closed the socket with {code}{said}")
        return ClientConnectionError(f"the connection to {self._url} was lost{said}")


async def _connected(url: str, timeout_s: float, headers: Mapping[str, str]) -> ClientConnection:
    try:
        return await open_socket(url, headers, timeout_s, [PROTOCOL])
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status == httpx.codes.UNAUTHORIZED:
            raise unauthorised(url) from refused
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise unreachable(url, refused) from refused
        raise no_graph(url, f"takes no WebSocket ({status})", status) from refused
    except (OSError, InvalidHandshake) as error:
        raise unreachable(url, error) from error


def parsed(url: str, body: str | bytes, status: int | None = None) -> dict[str, Any]:
    """The JSON object; raises ClientAnswerError for anything else."""
    try:
        found = orjson.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise no_graph(url, "did not answer in GraphQL", status)
    return found


def no_graph(url: str, what: str, status: int | None = None) -> ClientAnswerError:
    """What to raise when something answers that speaks no GraphQL."""
    return ClientAnswerError(f"{url} {what}; is it the address of a busbar graph?", status)


def unauthorised(url: str) -> ClientAuthError:
    """What to raise when the server wants another token, or one at all."""
    return ClientAuthError(f"{url} wants a token that it knows: set BUSBAR_TOKEN, or pass --token", 401)


def unreachable(url: str, error: Exception) -> ClientConnectionError:
    """What to raise when nothing answers."""
    why = str(error) or type(error).__name__
    return ClientConnectionError(f"cannot reach {url}: {why}; is the server running?")
