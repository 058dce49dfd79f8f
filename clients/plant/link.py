"""The way to one plant's server: requests and sockets with the token, and their failures as PlantError.

Nothing is sent twice, no redirect is followed, and an answer longer than `MAX_ANSWER_BYTES` is not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from clients.http import Answer, credentials, exchange, http_address, open_client
from clients.plant.exceptions import (
    PlantAuthError,
    PlantConnectionError,
    PlantError,
    PlantProtocolError,
    PlantTimeoutError,
)
from clients.plant.models import MachineKey
from clients.plant.verdict import refusal
from clients.sockets import open_socket

MAX_ANSWER_BYTES = 16_000_000
"""The longest page of batches with all their steps is about 2.5 MB."""
EXAMPLE = "http://127.0.0.1:8000"
UNAUTHORISED = 4401
HOPELESS = (1002, 1003, 1007, 1008, 1009, 1010, *range(4000, 5000))
"""Close codes after which the same would happen again, whoever closed."""


class Link:
    """One server and one token."""

    def __init__(
        self, base_url: str, token: str | None, timeout_s: float, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        """Raises ValueError for what is no HTTP address or no token; does not show the token."""
        address = http_address(base_url, "a busbar server", EXAMPLE)
        if httpx.URL(address).query or httpx.URL(address).fragment:
            raise ValueError(f"{base_url!r} has a query or a fragment; write it like {EXAMPLE}")
        self.url, self.token, self._timeout_s = address.rstrip("/"), token, timeout_s
        self._credentials = credentials(token)
        self._http = open_client(self.url, transport)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, also: tuple[int, ...] = (), **query: str | int | None) -> object:
        """The JSON of an answer that is 200, or one of `also`. Raises PlantError."""
        given = {name: value for name, value in query.items() if value is not None}
        return await self._asked(self._http.build_request("GET", path, params=given, headers=self._credentials), also)

    async def send(self, method: str, path: str, body: Mapping[str, Any], about: MachineKey | None = None) -> object:
        """The JSON that answers a command. Raises PlantError, and ValueError, unsent, for what JSON cannot hold."""
        try:
            content = json.dumps(body, allow_nan=False)  # orjson would make null of NaN
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{path}: not sent: {error}") from None
        headers = {"content-type": "application/json", **self._credentials}
        request = self._http.build_request(method, path, content=content, headers=headers)
        return await self._asked(request, (202,), about)

    async def _asked(self, request: httpx.Request, also: tuple[int, ...], about: MachineKey | None = None) -> object:
        where, changes = f"{request.method} {self.url}{request.url.path}", request.method != "GET"
        try:
            answer = await exchange(self._http, request, timeout_s=self._timeout_s, max_bytes=MAX_ANSWER_BYTES)
        except (TimeoutError, httpx.TimeoutException):
            late = f"{where} did not answer within {self._timeout_s:g} s; try again"
            raise PlantTimeoutError(late, outcome_unknown=changes) from None
        except httpx.HTTPError as error:
            raise _unreachable(where, error, changes and not isinstance(error, httpx.ConnectError)) from error
        told = _parsed(answer.body)
        if answer.status not in (200, *also):
            raise refusal(where, answer, told, self.token, changes=changes, about=about)
        if answer.refused or told is None:
            why = answer.refused or "the body is no JSON"
            raise PlantProtocolError(f"{where}: {why}", answer.status, outcome_unknown=changes)
        return told

    async def socket(self, after: str | int | None) -> Socket:
        """Open `/ws/status` behind the place. Raises PlantError."""
        where = f"{self.url}/ws/status"
        query = "" if after is None else f"?{httpx.QueryParams(after=after)}"
        try:
            socket = Socket(where, await open_socket(where + query, self._credentials, self._timeout_s), self.token)
        except InvalidStatus as refused:
            answer = Answer(refused.response.status_code, b"")
            raise refusal(where, answer, _parsed(refused.response.body), self.token) from None
        except TimeoutError:
            raise PlantTimeoutError(f"{where} did not open within {self._timeout_s:g} s; try again") from None
        except (OSError, InvalidHandshake) as error:
            raise _unreachable(where, error) from error
        if self.token is None:
            await socket.greet()
        return socket


class Socket:
    """One open `/ws/status`. It holds a few messages; the rest waits in the network, and in the server."""

    def __init__(self, where: str, socket: ClientConnection, token: str | None) -> None:
        self._where, self._socket, self._token = where, socket, token

    async def greet(self) -> None:
        """Say that there is no token, so that a server that wants one need not wait for it."""
        with suppress(ConnectionClosed):
            await self._socket.send("{}")

    async def receive(self) -> dict[str, Any]:
        """The next message. Raises PlantError, also for one that tells an error."""
        try:
            told = _parsed(await self._socket.recv())
        except ConnectionClosed as closed:
            raise self._closed(closed) from None
        if not isinstance(told, dict):
            raise PlantProtocolError(f"{self._where} sent what is no JSON object")
        if told.get("kind") == "error":
            raise refusal(self._where, Answer(400, b""), told, self._token)
        return told

    async def close(self) -> None:
        """End it."""
        await self._socket.close()

    def _closed(self, closed: ConnectionClosed) -> PlantError:
        frame = closed.sent if closed.sent and not closed.rcvd_then_sent else closed.rcvd
        code, reason = (frame.code, frame.reason) if frame else (1006, "")
        said = f"{code}{f' ({reason})' if reason else ''}"
        if code == UNAUTHORISED:
            return PlantAuthError(f"{self._where} closed with {said}; give PlantClient the server's token", 401)
        if code in HOPELESS:
            return PlantProtocolError(f"{self._where} closed with {said}")
        return PlantConnectionError(f"the connection to {self._where} was lost: {said}")


def _parsed(body: bytes | bytearray | str | None) -> object:
    try:
        return orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        return None


def _unreachable(where: str, error: Exception, outcome_unknown: bool = False) -> PlantConnectionError:  # noqa: FBT001, FBT002
    why = str(error) or type(error).__name__
    return PlantConnectionError(f"cannot reach {where}: {why}; is the server running?", outcome_unknown=outcome_unknown)
