"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse


async def healthz(_request: Request) -> JSONResponse:
    """Answer 200 while the event loop turns."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> JSONResponse:
    """Answer 200 when every part can work, else 503 with the reason of each that cannot."""
    world = getattr(request.app.state, "world", None)
    reasons = await world.troubles() if world else {"server": "is starting"}
    if reasons:
        return JSONResponse({"status": "not ready", "reasons": reasons}, status_code=503)
    return JSONResponse({"status": "ready"})
