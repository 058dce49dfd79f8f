"""One way to build an httpx client and to read its answers: bounded in time and size, trusting nothing around it."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import httpx

MAX_BODY_BYTES = 2_000_000
MAX_CONNECTIONS = 8
IDLE_S = 4.0  # a SPAN panel hangs up after 5 idle seconds: we hang up first, so that no request meets a dead connection

HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "busbar"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a whole body; `refused` says why the body was not read (it is empty then)."""

    status: int
    body: bytes
    refused: str | None = None


def open_client(base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that follows no redirect, reads no proxy or credentials from the environment, and decodes nothing."""
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=IDLE_S)
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        headers=HEADERS,
        limits=limits,
        follow_redirects=False,
        trust_env=False,
        verify=_trust(base_url),
    )


def _trust(base_url: str) -> ssl.SSLContext | bool:
    """The usual certificates; for plain HTTP a context that trusts none, which spares loading them (20 ms)."""
    return True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, timeout_s: float, max_bytes: int = MAX_BODY_BYTES
) -> Answer:
    """Send, and read the whole answer before `timeout_s` is over, however slowly it drips in.

    Raises TimeoutError then, and httpx.HTTPError when the connection fails.
    """
    async with asyncio.timeout(timeout_s):
        response = await client.send(request, stream=True)
        try:
            return await _read(response, max_bytes)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, max_bytes: int) -> Answer:
    """At most `max_bytes`, and nothing compressed: we asked for identity, and a small body can inflate to gigabytes."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        return Answer(
            response.status_code, b"", refused=f"the body is compressed ({encoding:.20}), which was not asked for"
        )
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            return Answer(response.status_code, b"", refused=f"the body is longer than {max_bytes:,} bytes")
    return Answer(response.status_code, bytes(body))
