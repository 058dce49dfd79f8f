"""The panels as one raw ASGI application: finds the panel by port, reads the body, answers, keeps the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from emulator.faults.connections import CONNECTION, Connection
from emulator.faults.delivery import Delivery
from emulator.http.answering import caller, note, respond
from emulator.http.bodies import MAX_BODY_BYTES
from emulator.http.exchange import Request
from emulator.panel import EmulatedPanel

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Sleep: TypeAlias = Callable[[float], Awaitable[object]]

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class PanelApp:
    """Answers for the panel at the port that a request came to; `sleep` is how faults let real time pass.

    Requests must come by `emulator.http.protocol`, which also tells of each connection.
    """

    def __init__(self, at_port: Callable[[int | None], EmulatedPanel], sleep: Sleep = asyncio.sleep) -> None:
        self._at_port, self._sleep = at_port, sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the server is told to bring nothing else."""
        panel = self._at_port(scope["server"][1])
        connection: Connection = scope["extensions"][CONNECTION]
        began, tick = panel.monotonic(), panel.now()
        request = await _read(scope, receive)
        if request is None or connection.lost.is_set():
            return
        client = caller(panel, request)
        idle_s = None if connection.answered_tick is None else tick - connection.answered_tick
        outcome = respond(panel, request, client, idle_s)
        connection.answered_tick = tick
        try:
            if outcome.is_plain:
                await send(outcome.response.start_message)
                await send(outcome.response.body_message)
            else:
                await Delivery(connection, send, self._sleep).make(outcome)
                connection.answered_tick = panel.now()
        finally:
            note(panel, request, client, outcome, began, tick)

    def connected(self, port: int | None, connection: Connection) -> None:
        """A client has reached the panel at `port`: one that is offline resets the connection."""
        panel = self._at_port(port)
        if panel.is_offline():
            connection.reset()
        else:
            panel.connections.add(connection)

    def disconnected(self, port: int | None, connection: Connection) -> None:
        """The connection has ended."""
        self._at_port(port).connections.discard(connection)


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """The request, or None when the client left before it had sent all of it."""
    method, peer = scope["method"], scope["client"]
    body = await _body(receive) if method in WITH_BODY else b""
    if body is None:
        return None
    return Request(method, scope["raw_path"].decode("latin-1"), scope["headers"], body, peer[0] if peer else "")


async def _body(receive: Receive) -> bytes | None:
    """The body, or as much of it as shows that it is too long; None when the client left."""
    body, more = b"", True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
