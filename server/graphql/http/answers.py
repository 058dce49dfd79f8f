"""Answers over HTTP: one status, one body, nothing that a cache may keep."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import Send

from server.graphql.encoding import encode
from server.graphql.engine import Answer
from server.graphql.http.negotiation import JSON
from server.graphql.http.requests import NoRequestError
from server.graphql.operations import RefusedError

Headers = tuple[tuple[bytes, bytes], ...]
_ALWAYS = ((b"cache-control", b"no-store"), (b"vary", b"Accept"))


async def send_answer(send: Send, media_type: bytes, answer: Answer) -> None:
    """What ran, with or without errors in it."""
    await _send(send, HTTPStatus.OK, media_type, encode(answer))


async def send_refusal(send: Send, media_type: bytes, refusal: RefusedError) -> None:
    """What did not run: its errors, and no `data`.

    In `application/json` the document's own mistakes have the status 200, as clients of that type expect; whatever is
    not a request, not allowed or not there has its own.
    """
    is_request = not isinstance(refusal, NoRequestError)
    is_old = media_type == JSON and is_request and refusal.status == HTTPStatus.BAD_REQUEST
    status = HTTPStatus.OK if is_old else refusal.status
    headers = refusal.headers if isinstance(refusal, NoRequestError) else ()
    body = encode({"errors": [error.formatted for error in refusal.errors]})
    await _send(send, status, media_type, body, headers)


async def _send(send: Send, status: HTTPStatus, media_type: bytes, body: bytes, headers: Headers = ()) -> None:
    length = (b"content-length", b"%d" % len(body))
    always = ((b"content-type", media_type), length, *_ALWAYS)
    await send({"type": "http.response.start", "status": int(status), "headers": [*always, *headers]})
    await send({"type": "http.response.body", "body": body})
