"""How the walls say no, in the shape of the face that was asked."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Scope as AsgiScope

from schema.ports import Scope
from server.rest.answers import Refused

WHAT_TO_DO = "this server wants a token; send it as `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`"
GRAPH = "/graphql"


def refusal(
    scope: AsgiScope,
    status: int,
    code: str,
    message: str,
    detail: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer for a request, or for a socket that asks to open."""
    if scope["path"] != GRAPH:
        return Refused(status, message, detail, code, headers).answer(uuid.uuid4().hex)
    body = {"errors": [{"message": message, "extensions": {"code": code, **(detail or {})}}]}
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")


def unavailable(scope: AsgiScope, message: str) -> Response:
    """503: the server stops."""
    code = "STOPPING" if scope["path"] == GRAPH else "SERVICE_UNAVAILABLE"
    return refusal(scope, 503, code, message)


def unauthorised(scope: AsgiScope) -> Response:
    """401: no token, or one that is not known, not any more, or has expired; which of them is not told."""
    code = "UNAUTHENTICATED" if scope["path"] == GRAPH else "UNAUTHORIZED"
    return refusal(scope, 401, code, WHAT_TO_DO, headers={"www-authenticate": "Bearer"})


def forbidden(scope: AsgiScope, needed: Scope) -> Response:
    """403: the token is good, but not for this."""
    message = f"needs scope {needed.word}; make such a token with `busbar token create NAME --scope {needed.word}`"
    challenge = f'Bearer error="insufficient_scope", scope="{needed.word}"'
    headers = {"www-authenticate": challenge}
    return refusal(scope, 403, "FORBIDDEN", message, {"needed": needed.word}, headers)


def too_many_attempts(scope: AsgiScope, pause_s: float) -> Response:
    """429: wrong tokens from this address are not looked at for so long."""
    seconds = math.ceil(pause_s)
    message = f"too many wrong tokens from this address; wait {seconds} s, or bring a right one"
    return refusal(scope, 429, "TOO_MANY_REQUESTS", message, {"retry_after_s": seconds}, {"retry-after": str(seconds)})
