"""One way to build an httpx client and to read its answers: bounded in time and size, trusting nothing around it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TypedDict

import httpx

MAX_BODY_BYTES = 2_000_000
MAX_CONNECTIONS = 8
LONGEST_PAUSE_DIGITS = 9
IDLE_S = 4.0  # a SPAN panel hangs up after 5 idle seconds: we hang up first, so that no request meets a dead connection

HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "busbar"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a whole body; `refused` says why the body was not read (it is empty then).

    `retry_after_s` is how many seconds the other side asked to be left alone, `location` where it sends us instead.
    """

    status: int
    body: bytes
    refused: str | None = None
    retry_after_s: float | None = None
    location: str | None = None


class _Options(TypedDict):
    base_url: str
    headers: dict[str, str]
    limits: httpx.Limits
    follow_redirects: bool
    trust_env: bool
    verify: ssl.SSLContext | bool


def open_client(base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that follows no redirect, reads no proxy or credentials from the environment, and decodes nothing."""
    return httpx.AsyncClient(transport=transport, **_options(base_url))


def open_blocking_client(base_url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The same for threads."""
    return httpx.Client(transport=transport, **_options(base_url))


def open_transport(base_url: str) -> httpx.AsyncHTTPTransport:
    """What such a client sends with, for one that has to look at each request before."""
    options = _options(base_url)
    return httpx.AsyncHTTPTransport(verify=options["verify"], limits=options["limits"], trust_env=options["trust_env"])


def _options(base_url: str) -> _Options:
    return _Options(
        base_url=base_url,
        headers=HEADERS,
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=IDLE_S),
        follow_redirects=False,
        trust_env=False,
        verify=_trust(base_url),
    )


def _trust(base_url: str) -> ssl.SSLContext | bool:
    """The usual certificates; for plain HTTP a context that trusts none, which spares loading them (20 ms)."""
    return True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_address(url: str, what: str, example: str) -> str:
    """The address as httpx writes it; ValueError with an example when it is no HTTP address of `what`."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{url!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError(f"{url!r} is no address of {what}; write it like {example}")
    return str(parts)


def credentials(token: str | None) -> dict[str, str]:
    """The header that carries the token; ValueError, which does not show it, when it cannot be one."""
    if token is None:
        return {}
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise ValueError("the token must be visible ASCII characters without a space")
    return {"authorization": f"Bearer {token}"}


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, timeout_s: float | None, max_bytes: int = MAX_BODY_BYTES
) -> Answer:
    """Send, and read the whole answer before `timeout_s` is over, however slowly it drips in; None sets no such end.

    Raises TimeoutError then, and httpx.HTTPError when the connection fails.
    """
    async with asyncio.timeout(timeout_s):
        response = await client.send(request, stream=True)
        try:
            reading = _Reading(response, max_bytes)
            if not reading.answer.refused:
                async for chunk in response.aiter_bytes():
                    if not reading.take(chunk):
                        break
            return reading.whole()
        finally:
            await response.aclose()


def exchange_blocking(
    client: httpx.Client,
    request: httpx.Request,
    *,
    timeout_s: float | None,
    max_bytes: int = MAX_BODY_BYTES,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answer:
    """The same for threads; looks at the time between the parts of an answer, so one read may overrun it."""
    began_s = monotonic()
    response = client.send(request, stream=True)
    try:
        reading = _Reading(response, max_bytes)
        for chunk in () if reading.answer.refused else response.iter_bytes():
            if timeout_s is not None and monotonic() - began_s > timeout_s:
                raise TimeoutError
            if not reading.take(chunk):
                break
        return reading.whole()
    finally:
        response.close()


class _Reading:
    """At most `max_bytes`, and nothing compressed: we asked for identity, and a small body can inflate to gigabytes."""

    def __init__(self, response: httpx.Response, max_bytes: int) -> None:
        encoding = response.headers.get("content-encoding", "identity")
        plain = encoding.lower() == "identity"
        self._max_bytes = max_bytes
        self._body = bytearray()
        self.answer = Answer(
            response.status_code,
            b"",
            None if plain else f"the body is compressed ({encoding:.20}), which was not asked for",
            retry_after_s(response.headers),
            response.headers.get("location"),
        )

    def take(self, chunk: bytes) -> bool:
        """False when that was too much."""
        self._body += chunk
        if len(self._body) > self._max_bytes:
            self._body.clear()
            self.answer = replace(self.answer, refused=f"the body is longer than {self._max_bytes:,} bytes")
        return not self.answer.refused

    def whole(self) -> Answer:
        return replace(self.answer, body=bytes(self._body))


def retry_after_s(headers: httpx.Headers) -> float | None:
    """The pause that `Retry-After` asks for (RFC 9110, 10.2.3), 0 or more; None without one or with nonsense.

    A date is taken against the answer's own `Date`, so that the two clocks need not agree.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_PAUSE_DIGITS:
        return float(asked)
    try:
        pause = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, pause.total_seconds())
