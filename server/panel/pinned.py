"""The way to one panel: its name is looked up once, every address checked, and exactly the checked one is asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_address

import httpx

from clients.http import open_transport
from clients.panel.exceptions import SpanPanelConnectionError
from server.security.reach import Reach

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)


class PanelOutOfReachError(SpanPanelConnectionError):
    """Raised before anything is sent: the panel's address is not allowed. The text names the key that allows it."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of the host, in the system's order; one with a scope keeps it behind a %. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(_spelt(each[4]) for each in found))


class PinnedTransport(httpx.AsyncBaseTransport):
    """Looks the host up for the first request, and again only after a request failed, since panels move.

    A name whose answer changes in between (DNS rebinding) changes nothing: the second answer is not asked for. The
    request keeps the name in its Host header and, over TLS, in what the certificate is checked against.
    """

    def __init__(self, reach: Reach, resolve: Resolve = resolved) -> None:
        self._reach, self._resolve = reach, resolve
        self._looking_up = asyncio.Lock()
        self._addresses: Sequence[str] | None = None
        self._tried_last: str | None = None
        self._inner: httpx.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises PanelOutOfReachError and httpx's own errors."""
        try:
            response = await self._send(request)
        except BaseException:  # a time-out comes as a cancellation
            self._let_go()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - as every transport's of httpx is
        response.stream = _Watched(response.stream, self._let_go)
        return response

    async def aclose(self) -> None:
        """Close the connections; the next request begins anew."""
        self._let_go()
        inner, self._inner = self._inner, None
        if inner is not None:
            await inner.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        error: httpx.TransportError = httpx.ConnectError("the host has no address")
        for address in await self._checked(request.url.raw_host.decode("ascii"), request.url.port or 0):
            self._tried_last = address
            try:
                response = await self._transport(request).handle_async_request(_sent_to(request, address))
            except NEVER_CONNECTED as failure:
                error = failure
                continue
            self._addresses = [address]
            return response
        raise error

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        async with self._looking_up:
            if self._addresses is None:
                found = await self._look_up(host, port)
                if refusal := self._reach.refusal(host, found):
                    raise PanelOutOfReachError(refusal)
                # One that failed us comes last, so that a panel with one dead address is reached by the other.
                self._addresses = sorted(found, key=lambda address: address == self._tried_last)
            return self._addresses

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        if _is_address(host):
            return [host]
        try:
            return await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("the host's name is not known") from error

    def _transport(self, request: httpx.Request) -> httpx.AsyncBaseTransport:
        if self._inner is None:
            self._inner = open_transport(str(request.url))
        return self._inner

    def _let_go(self) -> None:
        self._addresses = None


class _Watched(httpx.AsyncByteStream):
    """An answer's body; one that breaks off lets go of the address."""

    def __init__(self, stream: httpx.AsyncByteStream, on_failure: Callable[[], None]) -> None:
        self._stream, self._on_failure = stream, on_failure

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except (httpx.HTTPError, asyncio.CancelledError):
            self._on_failure()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()


def _sent_to(request: httpx.Request, address: str) -> httpx.Request:
    """The same request for that address; its headers, with the Host, were made for the name."""
    extensions = dict(request.extensions)
    if request.url.scheme == "https":
        extensions["sni_hostname"] = request.url.raw_host.decode("ascii")
    url = request.url.copy_with(host=address)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _spelt(place: tuple[object, ...]) -> str:
    """An address of `getaddrinfo`, whose last part is the scope of an IPv6 one."""
    text = str(place[0])
    has_scope = len(place) == 4 and place[3] and "%" not in text  # noqa: PLR2004 - (address, port, flow, scope)
    return f"{text}%{place[3]}" if has_scope else text
