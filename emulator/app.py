"""The panels as one raw ASGI application: finds the panel by port, reads the body, answers, keeps the journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from emulator.answering import answer, caller
from emulator.bodies import MAX_BODY_BYTES
from emulator.exchange import Refusal, Request
from emulator.journal import Entry
from emulator.panel import EmulatedPanel

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

TOO_LARGE = Refusal(413, f"the body is longer than {MAX_BODY_BYTES} bytes").response()


class PanelApp:
    """Answers for the panel at the port that a request came to."""

    def __init__(self, at_port: Callable[[int | None], EmulatedPanel]) -> None:
        self._at_port = at_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the server is told to bring nothing else."""
        panel = self._at_port(scope["server"][1])
        began, tick = panel.monotonic(), panel.clock.tick()
        request = await _read(scope, receive)
        if request is None:
            return
        client = caller(panel, request)
        response = TOO_LARGE if len(request.body) > MAX_BODY_BYTES else answer(panel, request, client)
        await send(response.start_message)
        await send(response.body_message)
        name = "" if client is None else client.name
        took_s = panel.monotonic() - began
        panel.journal.record(Entry(tick, name, request.address, request.method, request.path, response.status, took_s))


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
