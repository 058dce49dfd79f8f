"""Sockets by Strawberry's own handler, until ours serves them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import timedelta

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage

from schema.context import Context
from server.graphql.encoding import decode, encode
from server.graphql.entry import NewContext
from server.graphql.limits import Limits
from server.security.door import DOOR, Door, address_of, viewer_of
from server.security.tokens import given_token

UNAUTHORISED = 4401  # the close code of graphql-transport-ws for it


class Socket(ASGIWebSocketAdapter):
    """Strawberry's adapter would send bytes as binary frames, and let odd messages through to where they are used."""

    @property
    def scope(self) -> Scope:
        """What ASGI says of the connection."""
        return self.ws.scope

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """The client's messages; raises NonJsonMessageReceived, which closes with 4400, for what cannot be one."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not is_message(message):
                raise NonJsonMessageReceived
            yield message

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Raises WebSocketDisconnected when the client is gone."""
        try:
            await self.ws.send_text(encode(message).decode())
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    """Strawberry's protocol, which takes a client that vanished for an error of ours, and knows no tokens."""

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Greet whoever has proven a token, by header (see `server/security/gate.py`) or here; else close with 4401."""
        scope = self.websocket.scope if isinstance(self.websocket, Socket) else {}
        door: Door | None = scope.get(DOOR)
        if door is not None:
            payload = message.get("payload")
            admitted = door.admit(given_token(payload if isinstance(payload, dict) else {}), address_of(scope))
            if admitted is None:
                await self.websocket.close(code=UNAUTHORISED, reason="Unauthorized")
                return
            self.context = replace(self.context, viewer=admitted.viewer)
        await super().handle_connection_init(message)

    async def handle_task_exception(self, error: Exception) -> None:
        """Log what failed inside an operation, unless it only was that nobody listens any more."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)


def is_message(message: object) -> bool:
    """Whether it has the shape that graphql-transport-ws gives every message of a client."""
    if not isinstance(message, dict) or not isinstance(message.get("id", ""), str):
        return False
    payload = message.get("payload")
    if message.get("type") != "subscribe":
        return payload is None or isinstance(payload, dict)
    if not isinstance(payload, dict):
        return False
    return (
        isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class StockSockets(GraphQL[Context, None]):
    """One protocol, graphql-transport-ws."""

    websocket_adapter_class = Socket
    graphql_transport_ws_handler_class = Handler

    def __init__(self, schema: BaseSchema, new_context: NewContext, limits: Limits) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=limits.socket_init_timeout_s),
            max_subscriptions_per_connection=limits.max_operations_per_socket,
        )
        self._new_context = new_context

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """The world; the schema makes a context of its own from it for each operation."""
        connection: HTTPConnection = request
        return self._new_context(connection, viewer_of(connection.scope))

    def decode_json(self, data: str | bytes) -> object:
        """Strictly."""
        return decode(data)
