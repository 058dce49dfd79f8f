"""The graph over HTTP and WebSocket: Strawberry's view, made strict about what it lets in.

Mutations come by JSON POST only, queries by GET too; sockets speak graphql-transport-ws. Whatever is not even a
request is answered with 400 and a JSON error. Limits of documents are the schema's (`schema/bounds.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from schema.context import Context
from server.graphql.encoding import decode, encode
from server.graphql.sockets import Handler, Socket

MAX_BODY_BYTES = 1_000_000
MAX_OPERATIONS_PER_SOCKET = 100
INIT_TIMEOUT_S = 10

CARRIED_BY = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
ELSEWHERE = {
    OperationType.MUTATION: "mutations are taken by POST only",
    OperationType.SUBSCRIPTION: "subscriptions are answered by WebSocket only: speak graphql-transport-ws to this URL",
}


def graphql_app(
    schema: BaseSchema,
    new_context: Callable[[HTTPConnection], Context],
    *,
    graphiql: bool,
    max_body_bytes: int = MAX_BODY_BYTES,
    allowed_origins: Sequence[str] = (),
) -> ASGIApp:
    """An ASGI app to mount at `/graphql`. `new_context` is called for each request and each socket.

    `graphiql` shows the IDE to browsers; `allowed_origins` may open sockets besides pages of the same origin.
    """
    return Entry(schema, new_context, graphiql=graphiql, max_body_bytes=max_body_bytes, allowed_origins=allowed_origins)


class Entry(GraphQL[Context, None]):
    """One place to get in."""

    websocket_adapter_class = Socket
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self,
        schema: BaseSchema,
        new_context: Callable[[HTTPConnection], Context],
        *,
        graphiql: bool,
        max_body_bytes: int,
        allowed_origins: Sequence[str],
    ) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if graphiql else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_TIMEOUT_S),
            max_subscriptions_per_connection=MAX_OPERATIONS_PER_SOCKET,
            allowed_origins=allowed_origins,
        )
        self._new_context = new_context
        self.request_adapter_class = partial(Capped, max_body_bytes=max_body_bytes)  # type: ignore[assignment]  # is called, no more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as refused:
            response = refusal(refused)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """The world; the schema makes a context of its own from it for each operation."""
        return self._new_context(request)

    async def execute_single(
        self,
        request: Request,  # noqa: ARG002 (Strawberry's signature)
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,  # noqa: ARG002
        context: Context,
        root_value: None,  # noqa: ARG002
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Run one operation of a kind that this method may carry; raises HTTPException for any other."""
        try:
            return await self.schema.execute(
                request_data.query,
                variable_values=request_data.variables,
                context_value=context,
                operation_name=request_data.operation_name,
                operation_extensions=request_data.extensions,
                allowed_operation_types=CARRIED_BY[request_adapter.method],
            )
        except MissingQueryError:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "the request has no `query`") from None
        except CannotGetOperationTypeError as unknown:
            raise HTTPException(HTTPStatus.BAD_REQUEST, unknown.as_http_error_reason()) from None
        except InvalidOperationTypeError as other:
            raise HTTPException(HTTPStatus.BAD_REQUEST, ELSEWHERE[other.operation_type]) from None

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """The operation asked for; raises HTTPException for what is no request."""
        content_type, _ = parse_content_type(request.content_type or "")
        if request.method == "POST" and content_type != "application/json":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "POST JSON, with Content-Type: application/json")
        asked = await super().parse_http_body(request)
        if isinstance(asked, GraphQLRequestData) and not isinstance(asked.operation_name, str | None):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "`operationName` must be a string or null")
        return asked

    def parse_json(self, data: str | bytes) -> Any:  # noqa: ANN401 (an object or a list)
        """The body, or a query parameter; raises HTTPException unless it is an object (or a list: a batch)."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict | list):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "the JSON must be an object with `query`")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        """Strictly."""
        return decode(data)

    def encode_json(self, data: object) -> bytes:
        """Without ever failing on what a client sent."""
        return encode(data)


class Capped(StarletteRequestAdapter):
    """A request whose body is read up to a limit."""

    def __init__(self, request: Request, max_body_bytes: int) -> None:
        super().__init__(request)
        self._max_body_bytes = max_body_bytes

    async def get_body(self) -> bytes:
        """The whole body; raises HTTPException as soon as it is too long."""
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            if len(body) > self._max_body_bytes:
                reason = f"the body is longer than {self._max_body_bytes:,} bytes"
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
        return bytes(body)


def refusal(refused: HTTPException) -> Response:
    """What is not even a GraphQL request, answered in GraphQL's own shape."""
    error = {"message": refused.reason, "extensions": {"code": "BAD_REQUEST"}}
    return Response(encode({"errors": [error]}), status_code=refused.status_code, media_type="application/json")
