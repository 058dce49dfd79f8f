"""How a real panel is spoken to: our own client, told to ask once, never to repeat, never to answer from a cache."""

from __future__ import annotations

from clients.panel.client import SpanPanelClient
from server.clock import Clock
from server.panel.pinned import PinnedTransport, Resolve, resolved
from server.panel.world import Connect, PanelClient
from server.security.reach import Reach


def over_http(clock: Clock, request_timeout_s: float, reach: Reach, resolve: Resolve = resolved) -> Connect:
    """Makes clients whose requests each end after `request_timeout_s`; only the gateway decides when to ask again.

    They speak to what `reach` allows, and to nothing else.
    """

    def connect(host: str, port: int, access_token: str | None) -> PanelClient:
        return SpanPanelClient(
            host,
            port,
            timeout=request_timeout_s,
            cache_window=0,
            retries=0,
            access_token=access_token,
            transport=PinnedTransport(reach, resolve),
            monotonic=clock.monotonic,
            now=clock.now,
        )

    return connect
