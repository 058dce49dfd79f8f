"""The answer to what failed before any face, or behind the walls where no face catches it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.security.headers import ALWAYS
from server.security.refusals import GRAPH, refusal

MESSAGE = "something failed that should not have; the server's log has it"


async def failed(request: Request, _error: Exception) -> Response:
    """500, with the headers that the walls give: this answer is made outside of them. Uvicorn logs the error."""
    code = "INTERNAL" if request.url.path == GRAPH else "INTERNAL_ERROR"
    headers = {name.decode(): value.decode() for name, value in ALWAYS}
    return refusal(request.scope, 500, code, MESSAGE, headers=headers)
