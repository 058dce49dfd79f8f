"""The panel for httpx without a socket: faults raise what httpx raises when they happen to a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NoReturn, TypeAlias

import httpx

from emulator.faults.delivery import pieces
from emulator.faults.outcome import Outcome
from emulator.http.answering import caller, note, respond
from emulator.http.bodies import MAX_BODY_BYTES
from emulator.http.exchange import Request
from emulator.panel import EmulatedPanel

Sleep: TypeAlias = Callable[[float], Awaitable[object]]

ADDRESS: Final = "127.0.0.1"
"""Where all requests come from, for the journal."""


def transport(panel: EmulatedPanel, *, sleep: Sleep = asyncio.sleep) -> httpx.AsyncBaseTransport:
    """What an `httpx.AsyncClient` takes as its transport to talk to `panel`, whatever its base_url says.

    It is one connection, kept alive. `sleep` passes the seconds of faults that take time; the client's read time-out
    ends them, with httpx.ReadTimeout.
    """
    return PanelTransport(panel, sleep)


class PanelTransport(httpx.AsyncBaseTransport):
    """Takes requests to a panel and acts out what becomes of them."""

    def __init__(self, panel: EmulatedPanel, sleep: Sleep) -> None:
        self._panel, self._sleep = panel, sleep
        self._answered_tick: int | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The panel's answer; httpx.ConnectError, ReadError, RemoteProtocolError or ReadTimeout where it gives none."""
        panel = self._panel
        if panel.is_offline():
            raise httpx.ConnectError("All connection attempts failed", request=request)
        began, tick = panel.monotonic(), panel.now()
        asked = await _read(request)
        client = caller(panel, asked)
        outcome = respond(panel, asked, client, None if self._answered_tick is None else tick - self._answered_tick)
        try:
            await self._end(outcome, request)
        finally:
            self._answered_tick = panel.now() if outcome.ending == "answer" and outcome.cut_at is None else None
            note(panel, asked, client, outcome, began, tick)
        body = b"" if request.method == "HEAD" else outcome.response.body
        headers: Any = outcome.response.start_message["headers"]
        stream = Body(body, outcome, request, self._patient(request))
        return httpx.Response(outcome.status, headers=headers, stream=stream)

    async def _end(self, outcome: Outcome, request: httpx.Request) -> None:
        wait = self._patient(request)
        await wait(outcome.wait_s)
        if outcome.ending == "reset":
            raise httpx.ReadError("", request=request)
        if outcome.ending == "hang":
            await wait(outcome.hang_s)
        if outcome.ending != "answer":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)

    def _patient(self, request: httpx.Request) -> Sleep:
        """Let seconds pass, but no more than the client's read time-out allows."""
        limit_s = request.extensions.get("timeout", {}).get("read")

        async def wait(seconds: float) -> None:
            if limit_s is not None and seconds > limit_s:
                await self._sleep(limit_s)
                raise httpx.ReadTimeout("", request=request)
            if seconds > 0:
                await self._sleep(seconds)

        return wait


class Body(httpx.AsyncByteStream):
    """A body that comes at its pace, and may end too early."""

    def __init__(self, body: bytes, outcome: Outcome, request: httpx.Request, wait: Sleep) -> None:
        self._body, self._outcome, self._request, self._wait = body, outcome, request, wait

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each piece, and then the time until the next."""
        cut_at = self._outcome.cut_at
        for piece, pause_s in pieces(self._body[:cut_at], self._outcome.bytes_per_s):
            yield piece
            await self._wait(pause_s)
        if cut_at is not None:
            self._refuse(cut_at)

    def _refuse(self, received: int) -> NoReturn:
        told = f"received {received} bytes, expected {len(self._body)}"
        message = f"peer closed connection without sending complete message body ({told})"
        raise httpx.RemoteProtocolError(message, request=self._request)


async def _read(request: httpx.Request) -> Request:
    """The request as the panel sees it, its body as far as shows whether it is too long."""
    body = b""
    if isinstance(request.stream, httpx.AsyncByteStream):
        async for piece in request.stream:
            body += piece
            if len(body) > MAX_BODY_BYTES:
                break
    path = request.url.raw_path.partition(b"?")[0].decode("latin-1")
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return Request(request.method, path, headers, body, ADDRESS)
