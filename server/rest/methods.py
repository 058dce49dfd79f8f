"""The handlers of one path, by method."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server.rest.answers import Refused

Handler = Callable[[Request], Awaitable[Response]]


class Methods:
    """The handlers of one path, by method. HEAD is answered as GET is; the server leaves the body out."""

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = {**({"HEAD": handlers["GET"]} if "GET" in handlers else {}), **handlers}

    @property
    def names(self) -> tuple[str, ...]:
        """The methods that the path takes."""
        return tuple(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Refused with 405 for any other method."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise _not_taken(", ".join(sorted(self._handlers)))
        response: Response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)


async def method_not_taken(_request: Request, error: Exception) -> Response:
    """What Starlette says in plain text of a path of its own, in our shape."""
    assert isinstance(error, HTTPException)  # noqa: S101 (it is registered for its status)
    return _not_taken((error.headers or {})["Allow"]).answer(uuid.uuid4().hex)


def _not_taken(allowed: str) -> Refused:
    return Refused(405, f"this path takes {allowed}", {"allowed": allowed}, headers={"allow": allowed})


def at(path: str, **handlers: Handler) -> Route:
    """The route of a path, with a handler for each method."""
    return Route(path, Methods(**handlers))
