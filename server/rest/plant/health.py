"""GET /health: whether the plant can do its work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.rest.answers import answer
from server.rest.plant.world import plant_of


async def health(request: Request) -> Response:
    """200, or 503 with the reasons. The database is ours, a file, and always configured."""
    reasons = await request.app.state.world.troubles()
    view = await plant_of(request).view()
    if view.reason is not None:
        reasons = {**reasons, "plant": view.reason}
    database = "unavailable" if "store" in reasons else "connected"
    told = {"status": "unhealthy" if reasons else "healthy", "database": database, "plant": view.state.lower()}
    return answer({**told, "reasons": reasons} if reasons else told, 503 if reasons else 200)
