"""The REST faces as one ASGI app: finds the route, and answers everything that goes wrong in one shape."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import structlog
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from schema.ports import StoppingError, says_stopping
from server.begun import Begun
from server.rest.answers import Refused
from server.stores.errors import StorageFullError, StoreError

log = structlog.get_logger()
OURS = 500
"""From this status on it is not the client's doing."""


def rest_face(routes: Sequence[BaseRoute], new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> ASGIApp:
    """For whatever no other route takes. `new_id` names an error, in the answer and in the log."""
    return Face(Router(routes, redirect_slashes=False, default=_missing), new_id)


class Face:
    """See `rest_face`."""

    def __init__(self, router: ASGIApp, new_id: Callable[[], str]) -> None:
        self._router = router
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one socket."""
        # Release 0.2.0 joins a base URL that ends in a slash with a path that begins with one.
        path = "/" + scope["path"].lstrip("/")
        if scope["type"] != "http":
            await self._serve_socket({**scope, "path": path}, receive, send)
            return
        begun = Begun(send)
        try:
            await self._router({**scope, "path": path}, receive, begun)
        except ClientDisconnect:
            return
        except Exception as error:
            if begun.is_begun:
                if says_stopping(error):  # cut off, which the client sees by the missing end; there is no more to say
                    return
                raise
            await self._refuse(error, scope, receive, send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One that leads nowhere is closed before it opens."""
        try:
            await self._router(scope, receive, send)
        except Refused:
            await WebSocketClose()(scope, receive, send)

    async def _refuse(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        refused, correlation_id = _as_refused(error), self._new_id()
        if refused.status >= OURS and not says_stopping(error):
            log.error("request failed", path=scope["path"], correlation_id=correlation_id, exc_info=error)
        await refused.answer(correlation_id)(scope, receive, send)


def _as_refused(error: Exception) -> Refused:
    match error:
        case Refused():
            return error
        case StorageFullError():
            return Refused(507, str(error))
        case StoreError():
            return Refused(503, str(error))
        case _ if says_stopping(error):
            return Refused(503, str(StoppingError()))
        case _:
            return Refused(500, "something failed that should not have; the log has it under this x-correlation-id")


async def _missing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Refused(404, "there is nothing at this path; see /discovery/capabilities for what there is")
