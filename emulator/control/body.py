"""What a controller sends: a bounded body, JSON in the strict sense, one object."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from emulator.errors import ControlRefusedError

MAX_BODY_BYTES: Final = 8 * 1024
MAX_LOG_BYTES: Final = 16 * 1024 * 1024
"""A body that holds a whole command log may be longer."""
MAX_QUERY_FIELDS: Final = 20


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int) -> bytes | None:
    """The whole body; None when the client left before its end. ControlRefusedError (413) beyond `limit` bytes."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limit:
            raise ControlRefusedError("the body is too long", "body", [f"up to {limit} bytes"], 413)
        more = message.get("more_body", False)
    return bytes(body)


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a body, an empty one for none. ControlRefusedError (400) for NaN, keys given twice and the like."""
    if not body.strip():
        return {}
    try:
        orjson.loads(body)  # stricter: it refuses NaN, lone surrogates and what is nested too deep
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ControlRefusedError(f"not JSON: {str(error)[:80]}", "body", ["one JSON object"], 400) from None
    if not isinstance(found, dict):
        raise ControlRefusedError("not an object", "body", ["one JSON object"], 400)
    return found


def query_fields(query: bytes) -> dict[str, str]:
    """The fields of a query; ControlRefusedError (400) for those given twice."""
    try:
        pairs = (
            parse_qsl(
                query.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=True,
                errors="strict",
                max_num_fields=MAX_QUERY_FIELDS,
            )
            if query
            else []
        )
        return _once(pairs)
    except ValueError as error:
        raise ControlRefusedError(str(error)[:80], "query", ["name=value&name=value"], 400) from None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:40]!r} is given twice")
        found[name] = value
    return found
