"""`GET /metrics`, in the text format that every reader of Prometheus metrics knows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.metrics.observed import Observed, observed
from server.security.door import viewer_of
from server.threads import in_thread

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(request: Request) -> Response:
    """Answer with all there is now for who asks. Who may ask at all is the gate's business: it wants `read`."""
    text = await in_thread(_text, await observed(request.app.state.world, viewer_of(request.scope)))
    return Response(text, headers={"content-type": MEDIA_TYPE, "cache-control": "no-store"})


def _text(seen: Observed) -> bytes:
    # Its client takes 0.1 s to import, which a server that nobody measures should not wait for.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415

    from server.metrics.families import Families  # noqa: PLC0415

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families(seen))
    if seen.is_whole:  # its memory and its connections grow with every panel
        ProcessCollector(registry=registry)
    return generate_latest(registry)
