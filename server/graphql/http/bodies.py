"""The body of a request: read up to a limit, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Receive

from server.graphql.http.presence import ClientLeftError
from server.graphql.http.requests import NoRequestError, no_request
from server.graphql.meters import Meters

CLOSE = ((b"connection", b"close"),)
LONGEST_NUMBER = 18


async def whole_body(
    receive: Receive, headers: Mapping[bytes, bytes], max_bytes: int, timeout_s: float, meters: Meters
) -> bytes:
    """All of it. Raises NoRequestError as soon as it is too long or too slow, ClientLeftError when nobody sends it."""
    if _length(headers) > max_bytes:
        raise _too_long(max_bytes, meters)
    try:
        async with asyncio.timeout(timeout_s):
            return await _read(receive, max_bytes, meters)
    except TimeoutError:
        meters.over_limit["body_timeout_s"] += 1
        text = f"the body took longer than {timeout_s:g} s to come"
        status = HTTPStatus.REQUEST_TIMEOUT
        raise no_request(text, "LIMIT_EXCEEDED", status, CLOSE, limit="body_timeout_s") from None


async def _read(receive: Receive, max_bytes: int, meters: Meters) -> bytes:
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        chunk: bytes = message.get("body", b"")
        if len(chunks) + len(chunk) > max_bytes:
            raise _too_long(max_bytes, meters)
        if not message.get("more_body", False):
            return bytes(chunks) + chunk if chunks else chunk
        chunks += chunk


def _length(headers: Mapping[bytes, bytes]) -> int:
    """As announced; what is no number, HTTP itself refuses."""
    said = headers.get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) <= LONGEST_NUMBER else 0


def _too_long(max_bytes: int, meters: Meters) -> NoRequestError:
    meters.over_limit["max_body_bytes"] += 1
    text = f"the body is longer than {max_bytes:,} bytes"
    return no_request(text, "LIMIT_EXCEEDED", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit="max_body_bytes")
