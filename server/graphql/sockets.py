"""The WebSocket side of the entry: text frames only, and messages of the protocol's shape only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

from starlette.types import Scope
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage

from schema.context import Context
from server.graphql.encoding import encode
from server.security.door import DOOR, Door, address_of
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
