"""The gate before every face: as soon as a token is configured, nobody passes without one.

What must work without stays open: health, the schema (it is public), the page of the IDE (its requests are not), and
signed addresses, which check themselves. A browser cannot give headers to a socket, so a socket that brings none may
open, and must bring the token in its `connection_init`; until then it gets nothing (`server/graphql/sockets.py`).
"""

from __future__ import annotations

import orjson
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.security.tokens import TOKEN_HEADERS, Tokens, given_token

OPEN_PATHS = ("/", "/health", "/healthz", "/readyz", "/schema.graphql")
OPEN_FOLDERS = ("/storage/",)
TOKENS_TO_PROVE = "busbar.tokens_to_prove"
WHAT_TO_DO = "this server wants a token; send it as `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`"


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer 401."""
        if scope["type"] == "lifespan" or not self._tokens.are_needed or _is_open(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._tokens.admit(given_token(headers)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket" and not any(name in headers for name in TOKEN_HEADERS):
            await self._app({**scope, TOKENS_TO_PROVE: self._tokens}, receive, send)
        else:
            await _unauthorised(scope)(scope, receive, send)


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or _is_ide(scope, path)


def _is_ide(scope: Scope, path: str) -> bool:
    """The page alone: a GET that brings a query is a request of the graph."""
    if path != "/graphql" or scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "query" not in QueryParams(scope["query_string"]) and "text/html" in Headers(scope=scope).get("accept", "")


def _unauthorised(scope: Scope) -> Response:
    """401 in the shape of the face that was asked."""
    if scope["path"] == "/graphql":
        body: object = {"errors": [{"message": WHAT_TO_DO, "extensions": {"code": "UNAUTHENTICATED"}}]}
    else:
        body = {"error_code": "UNAUTHORIZED", "message": WHAT_TO_DO, "detail": None}
    headers = {"www-authenticate": "Bearer"}
    return Response(orjson.dumps(body), status_code=401, headers=headers, media_type="application/json")
