"""The graph over WebSocket: graphql-transport-ws, at the same URL as over HTTP.

Pages of foreign origins do not come as far as this: `server/security/origins.py` refuses them at the handshake.

Close codes: 4400 what is no message, 4401 an operation before the greeting, 4403 no token or no more, 4406 another
protocol, 4408 no greeting in time, 4409 an id that is taken, 4410 a reader that is too slow, 4429 greeted twice, 1001
no answer to a ping. Whatever is wrong with one operation ends that operation only.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from server.graphql.limits import Limits
from server.graphql.performer import Performer
from server.graphql.sockets.conversation import Conversation
from server.security.door import Door

PROTOCOL = "graphql-transport-ws"
UNKNOWN_PROTOCOL = 4406
RETRY_AFTER_S = b"10"


class Sockets:
    """An ASGI app."""

    def __init__(self, performer: Performer, limits: Limits, door: Door) -> None:
        self._performer = performer
        self._meters = performer.meters
        self._limits = limits
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it ends."""
        await receive()
        if self._meters.sockets >= self._limits.max_sockets:
            self._meters.over_limit["max_sockets"] += 1
            await _refuse(scope, send)
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            reason = f"Subprotocol not acceptable: ask for {PROTOCOL}"
            await send({"type": "websocket.close", "code": UNKNOWN_PROTOCOL, "reason": reason})
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._meters.sockets += 1
        try:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await Conversation(scope, receive, send, self._performer, self._limits, self._door).serve()
        finally:
            self._meters.sockets -= 1


async def _refuse(scope: Scope, send: Send) -> None:
    """At the handshake; by 403 where the server cannot say more."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", RETRY_AFTER_S)]
    status = int(HTTPStatus.SERVICE_UNAVAILABLE)
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"too many sockets are open; try again later"})
