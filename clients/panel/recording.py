"""Every answer that a client gets, copied as it passes: byte for byte, and only those that were read to their end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import cast

import httpx

from clients.http import IDLE_S, MAX_CONNECTIONS

KEPT_HEADERS = ("content-type", "deprecation", "link", "location", "retry-after", "sunset", "www-authenticate")
"""Those that say something about the panel; the others are the connection's own."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, without its headers and body, which hold secrets, and the whole answer."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class RecordingTransport(httpx.AsyncBaseTransport):
    """Give it to SpanPanelClient as its transport; `keep` is called with each whole answer, before the client sees it.

    Whoever stops reading in the middle (a body that is too large, a time-out) leaves nothing.
    """

    def __init__(self, keep: Callable[[Exchange], None], inner: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=IDLE_S)
        self._keep = keep
        self._inner = inner or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The inner transport's answer, which is kept once its last byte has been read."""
        response = await self._inner.handle_async_request(request)
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}

        def done(body: bytes) -> None:
            self._keep(Exchange(request.method, request.url.path, response.status_code, headers, body))

        response.stream = _Copied(cast("httpx.AsyncByteStream", response.stream), done)
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class _Copied(httpx.AsyncByteStream):
    """The stream, and at its end a call with all of it."""

    def __init__(self, stream: httpx.AsyncByteStream, done: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._done = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        copy = bytearray()
        async for chunk in self._stream:
            copy += chunk
            yield chunk
        self._done(bytes(copy))

    async def aclose(self) -> None:
        await self._stream.aclose()
