"""The end of requests that still run when a server that stops has waited long enough for them."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http_protocol import ABORT, CUT
from server.security.refusals import unavailable

MESSAGE = "the server stopped before this was done; look when it is back whether it was"


class CutShort:
    """ASGI middleware: uvicorn cancels such a request, which would be logged as a failure and answered as one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve. What has no answer yet gets 503; an answer that is under way ends with its connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def sent(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            if has_begun:
                await _drop(scope, receive)
            else:
                await unavailable(scope, MESSAGE)(scope, receive, send)


async def _drop(scope: Scope, receive: Receive) -> None:
    scope["extensions"][CUT][ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass
