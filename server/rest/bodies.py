"""Reading JSON bodies: of the right type, inflated within bounds, and only what every reader reads alike."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from typing import Any

import anyio
from starlette.requests import Request

from server.graphql.encoding import decode
from server.rest.answers import Refused
from server.threads import in_thread

MAX_DEPTH = 64
READ_AT_ONCE = 65_536
"""Bytes: a longer or a compressed body is inflated and read in a thread."""
GZIP = 16 + zlib.MAX_WBITS
ENCODINGS = ("", "identity", "gzip")
DOCUMENTS = anyio.CapacityLimiter(2)


async def read_json_object(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object that came, of at most `limit` bytes; an empty one where no body did.

    Raises Refused with 400, 413 or 415.
    """
    encoding = _encoding(request)
    body = await _body(request, limit)
    if not body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "send JSON, with Content-Type: application/json")
    if len(body) <= READ_AT_ONCE and encoding != "gzip":
        return _object(body)
    return await in_thread(_read, body, encoding, limit, limiter=DOCUMENTS)


def _encoding(request: Request) -> str:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise Refused(415, "the body may be compressed by gzip only", {"content_encoding": encoding})
    return encoding


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def _too_long(limit: int) -> Refused:
    return Refused(413, f"the document is longer than {limit:,} bytes", {"limit_bytes": limit})


def _read(body: bytes, encoding: str, limit: int) -> dict[str, Any]:
    return _object(_inflated(body, limit) if encoding == "gzip" else body)


def _inflated(body: bytes, limit: int) -> bytes:
    """At most `limit` bytes are ever made of a body, however much it claims to hold."""
    inflating = zlib.decompressobj(GZIP)
    try:
        inflated = inflating.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(400, "the body says it is gzip and is not") from None
    if len(inflated) > limit:
        raise _too_long(limit)
    if not inflating.eof or inflating.unused_data:
        raise Refused(400, "the gzip body is cut off, or something follows it")
    return inflated


def _object(body: bytes) -> dict[str, Any]:
    try:
        decode(body)
        # The first reader is strict, this one is exact: whole numbers beyond 64 bits stay what they are.
        value = json.loads(body, object_pairs_hook=_named_once)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Refused(400, f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refused(400, "the body must be a JSON object")
    _bound_depth(value)
    return value


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal names they take: neither is."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = sorted(name for name, _ in pairs)
        twice = next(name for name, other in pairwise(names) if name == other)[:100]
        raise Refused(400, f"the body names {twice!r} twice in one object", {"field": twice})
    return members


def _bound_depth(value: dict[str, Any]) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        members = [member for each in level for member in (each.values() if isinstance(each, dict) else each)]
        level = [member for member in members if isinstance(member, dict | list)]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Refused:
    return Refused(400, f"the body is nested deeper than {MAX_DEPTH} levels")
