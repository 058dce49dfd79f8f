"""The gate before every face: who is let in, and what with; as soon as a token exists, nobody passes without one.

What must work without stays open: health, the schema (it is public), the page of the IDE (its requests are not), and
signed addresses, which check themselves. A browser cannot give headers to a socket, so a socket that brings none may
open, and must bring the token in its `connection_init`; until then it gets nothing (`server/graphql/sockets`).
"""

from __future__ import annotations

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from server.security.door import ADMITTED, DOOR, address_of
from server.security.doorkeeper import Doorkeeper
from server.security.refusals import forbidden, too_many_attempts, unauthorised
from server.security.rest_scopes import needed
from server.security.tokens import TOKEN_HEADERS, given_token
from server.turned_away import Reason, Tally

OPEN_PATHS = ("/", "/health", "/healthz", "/readyz", "/schema.graphql")
HEADERS = frozenset(name.encode() for name in TOKEN_HEADERS)
ASKING = ("query", "documentId", "extensions")
OPEN_FOLDERS = ("/storage/", "/graphiql/")


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, door: Doorkeeper, turned_away: Tally | None = None) -> None:
        self._app = app
        self._door = door
        self._turned_away = Tally() if turned_away is None else turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer 401, 403 or 429."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refuse = self._refusal(scope)
        await (refuse or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        """What answers instead; None for whoever may pass, and the scope knows then who it is."""
        address = address_of(scope)
        token, is_given = (None, False) if self._door.is_open else _shown(scope)
        found = self._door.admit(token, address)
        if found is not None:
            scope[ADMITTED] = found
            scope_needed = needed(scope)
            if found.viewer.scope >= scope_needed:
                return None
            self._turned_away[Reason.SCOPE_TOO_SMALL] += 1
            return forbidden(scope, scope_needed)
        if _is_open(scope):
            return None
        if scope["type"] == "websocket" and not is_given:
            scope[DOOR] = self._door
            return None
        return self._no_token(scope, token, address)

    def _no_token(self, scope: Scope, token: str | None, address: str) -> ASGIApp:
        pause_s = self._door.pause_s(address) if token else 0
        if pause_s:
            self._turned_away[Reason.TOO_MANY_ATTEMPTS] += 1
            return too_many_attempts(scope, pause_s)
        self._turned_away[Reason.TOKEN_WRONG if token else Reason.TOKEN_MISSING] += 1
        return unauthorised(scope)


def _shown(scope: Scope) -> tuple[str | None, bool]:
    """The token in the headers, and whether there was one of the headers that have it at all.

    One that comes twice has none: whoever looked at it before us may have taken the other one for it.
    """
    given = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"] if name in HEADERS]
    found = dict(given)
    return given_token(found) if len(found) == len(given) else None, bool(given)


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or _is_ide(scope, path)


def _is_ide(scope: Scope, path: str) -> bool:
    """The page alone: a GET that brings a query is a request of the graph."""
    if path != "/graphql" or scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    asks = any(name in QueryParams(scope["query_string"]) for name in ASKING)
    return not asks and "text/html" in Headers(scope=scope).get("accept", "")
