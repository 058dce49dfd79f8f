"""The graph over HTTP: as the GraphQL-over-HTTP specification describes it, and strict about what it lets in.

Queries come by GET or POST, mutations by POST of `application/json` only; `docs/graphql.md` tells the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from graphql import OperationType
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.context import Context
from schema.ports import Viewer
from server.begun import Begun
from server.graphql.engine import Answer, Engine
from server.graphql.http.answers import send_answer, send_refusal
from server.graphql.http.bodies import whole_body
from server.graphql.http.negotiation import EVENTS, HTML, JSON, accepted, accepts, is_json
from server.graphql.http.presence import ClientLeftError, Presence
from server.graphql.http.requests import from_body, from_query_string, no_request
from server.graphql.limits import Limits
from server.graphql.operations import Asked, Operation, RefusedError
from server.graphql.telling import telling
from server.security.door import admitted

NewContext = Callable[[HTTPConnection, Viewer], Context]
Streams = Callable[[Asked, Scope, Receive, Send], Awaitable[None]]
"""Answers by an event stream. It may raise RefusedError as long as it has sent nothing."""
ASKING = (b"query=", b"documentId=", b"extensions=")
ALLOW, ALLOW_POST = ((b"allow", b"GET, POST"),), ((b"allow", b"POST"),)
WATCH_ELSEWHERE = (
    "subscriptions are answered by WebSocket (graphql-transport-ws) or by an event stream"
    " (Accept: text/event-stream), both at this URL"
)


class Entry:
    """An ASGI app. `page` is what a browser that only looks is shown; `sockets` serves whatever is not HTTP."""

    def __init__(
        self,
        engine: Engine,
        new_context: NewContext,
        *,
        limits: Limits,
        max_body_bytes: int,
        sockets: ASGIApp,
        streams: Streams,
        page: ASGIApp | None = None,
    ) -> None:
        self._engine = engine
        self._meters = engine.meters
        self._new_context = new_context
        self._limits = limits
        self._max_body_bytes = max_body_bytes
        self._sockets = sockets
        self._streams = streams
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] != "http":
            await self._sockets(scope, receive, send)
            return
        headers = _headers(scope)
        accept = headers.get(b"accept", b"")
        if self._page is not None and _only_looks(scope, accept):
            await self._page(scope, receive, send)
            return
        media_type, begun = accepted(accept), Begun(send)
        try:
            with telling(self._meters, _new_id), suppress(ClientLeftError):
                await self._answer(scope, receive, begun, headers, media_type)
        except RefusedError as refusal:
            if begun.is_begun:  # the server cuts it off, so that nobody takes it for whole
                raise
            await send_refusal(send, JSON if media_type in (None, EVENTS) else media_type, refusal)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[bytes, bytes], media_type: bytes | None
    ) -> None:
        _check_method(scope)
        if media_type is None:
            raise no_request(
                "answers are application/graphql-response+json, application/json or text/event-stream;"
                " accept one of them",
                "NOT_ACCEPTABLE",
                HTTPStatus.NOT_ACCEPTABLE,
            )
        asked = await self._asked(scope, receive, headers)
        if media_type == EVENTS:
            await self._streams(asked, scope, receive, send)
            return
        operation = self._engine.prepare(asked, admitted(scope).viewer)
        check_kind(scope, operation)
        if operation.kind is OperationType.SUBSCRIPTION:
            if not accepts(headers.get(b"accept", b""), EVENTS):
                raise no_request(WATCH_ELSEWHERE, "SUBSCRIPTION_NOT_HERE")
            await self._streams(asked, scope, receive, send)
            return
        self._meters.requests[operation.kind.value] += 1
        await send_answer(send, media_type, await self._run(operation, asked, scope, receive))

    async def _asked(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Asked:
        if scope["method"] == "GET":
            return from_query_string(scope["query_string"])
        _check_content(headers)
        limits = self._limits
        return from_body(await whole_body(receive, headers, self._max_body_bytes, limits.body_timeout_s, self._meters))

    async def _run(self, operation: Operation, asked: Asked, scope: Scope, receive: Receive) -> Answer:
        """A query ends when nobody waits for it any more; what a mutation has begun, it ends."""
        context = self._new_context(HTTPConnection(scope), admitted(scope).viewer)
        running = self._engine.run(operation, asked.variables, context)
        if operation.kind is OperationType.MUTATION:
            return await running
        async with Presence(receive):
            return await running


def _new_id() -> str:
    return uuid.uuid4().hex


def check_kind(scope: Scope, operation: Operation) -> None:
    """Let a URL change nothing. Raises NoRequestError."""
    if scope["method"] == "GET" and operation.kind is OperationType.MUTATION:
        status = HTTPStatus.METHOD_NOT_ALLOWED
        raise no_request("mutations are taken by POST only", "METHOD_NOT_ALLOWED", status, ALLOW_POST)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """By name; what came more than once is one list, as HTTP has it."""
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    found = dict(pairs)
    if len(found) != len(pairs):
        found = {name: b", ".join(value for other, value in pairs if other == name) for name in found}
    return found


def _only_looks(scope: Scope, accept: bytes) -> bool:
    """Whether a browser asks for the page, and not for an answer."""
    return (
        scope["method"] == "GET" and accepts(accept, HTML) and not any(name in scope["query_string"] for name in ASKING)
    )


def _check_method(scope: Scope) -> None:
    if scope["method"] not in ("GET", "POST"):
        status = HTTPStatus.METHOD_NOT_ALLOWED
        raise no_request("ask by GET or POST", "METHOD_NOT_ALLOWED", status, ALLOW)


def _check_content(headers: Mapping[bytes, bytes]) -> None:
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if not is_json(headers.get(b"content-type", b"")):
        text = "POST JSON in UTF-8, with `Content-Type: application/json`"
        raise no_request(text, "UNSUPPORTED_MEDIA_TYPE", status)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise no_request("send the body as it is, without Content-Encoding", "UNSUPPORTED_MEDIA_TYPE", status)
