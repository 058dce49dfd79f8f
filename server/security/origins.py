"""Which pages of other sites may ask this server: those of an exact list, by default none (CORS, and sockets).

A request of any other page is refused, where CORS alone would only keep the answer from the page: by then it has done
what it does. Who is no browser sends no Origin. Cookies are not used, so credentials are never allowed; whether a
token may be sent in a header, the browser asks by a preflight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.security.refusals import refusal
from server.turned_away import Reason, Tally

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = (
    "Accept, Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, Range, X-API-Key, X-Requested-With"
)
EXPOSED = "Content-Disposition, Content-Range, ETag, Retry-After, WWW-Authenticate, X-Correlation-ID"
MAX_AGE_S = 600
_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Origins:
    """ASGI middleware. `allowed` are origins as `origin` has them; `public_url` is where our own pages are."""

    def __init__(
        self, app: ASGIApp, allowed: Iterable[str], public_url: str | None = None, turned_away: Tally | None = None
    ) -> None:
        self._app = app
        self._turned_away = Tally() if turned_away is None else turned_away
        self._allowed = frozenset(allowed)
        self._ours = _origin_of(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let our own and allowed pages through, and whoever is no page; refuse the others with 403."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"origin"]
        if not given:
            await self._app(scope, receive, self._varied(send))
            return
        asking, headers = b", ".join(given).decode("latin-1"), dict(scope["headers"])
        if asking in self._allowed:
            await self._serve_allowed(asking, headers, scope, receive, send)
        elif self._is_ours(asking, headers):
            await self._app(scope, receive, self._varied(send))
        else:
            self._turned_away[Reason.ORIGIN_FOREIGN] += 1
            message = "pages of this origin may not ask this server; `security.allowed_origins` lists those that may"
            await refusal(scope, 403, "ORIGIN_REFUSED", message, headers={"vary": "Origin"})(scope, receive, send)

    async def _serve_allowed(
        self, asking: str, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _preflight(asking)(scope, receive, send)
        else:
            await self._app(scope, receive, _shared_with(asking, send))

    def _is_ours(self, asking: str, headers: dict[bytes, bytes]) -> bool:
        """Browsers alone say where a page is from, and it cannot say otherwise."""
        if not _ORIGIN.fullmatch(asking):  # as `null` is not
            return False
        if asking == self._ours or headers.get(b"sec-fetch-site") == b"same-origin":
            return True
        return asking.partition("://")[2] == headers.get(b"host", b"").decode("latin-1").lower()

    def _varied(self, send: Send) -> Send:
        """Caches have to know that another origin gets another answer, where any does."""
        return _with_headers(send, {}) if self._allowed else send


def origin(text: str) -> str:
    """An origin as browsers write it: scheme, host, and the port where it is not the scheme's. Raises ValueError."""
    if not _ORIGIN.fullmatch(text) or text != _origin_of(text):
        raise ValueError("must be an origin as browsers write it, such as https://lab.example or http://10.0.0.5:3000")
    return text


def _origin_of(url: str) -> str:
    parts = urlsplit(url.lower())
    usual = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _preflight(asking: str) -> Response:
    headers = {
        "access-control-allow-origin": asking,
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": HEADERS,
        "access-control-max-age": str(MAX_AGE_S),
        "vary": "Origin",
    }
    return Response(status_code=204, headers=headers)


def _shared_with(asking: str, send: Send) -> Send:
    return _with_headers(send, {"access-control-allow-origin": asking, "access-control-expose-headers": EXPOSED})


def _with_headers(send: Send, more: dict[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(more)
            headers.add_vary_header("Origin")
        await send(message)

    return sending
