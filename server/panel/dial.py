"""How a real panel is spoken to: our own client, told to ask once, never to repeat, never to answer from a cache."""

from __future__ import annotations

from clients.panel.client import SpanPanelClient
from server.clock import Clock
from server.panel.world import Connect, PanelClient


def over_http(clock: Clock, request_timeout_s: float) -> Connect:
    """Makes clients whose requests each end after `request_timeout_s`; only the gateway decides when to ask again."""

    def connect(host: str, port: int, access_token: str | None) -> PanelClient:
        return SpanPanelClient(
            host,
            port,
            timeout=request_timeout_s,
            cache_window=0,
            retries=0,
            access_token=access_token,
            monotonic=clock.monotonic,
            now=clock.now,
        )

    return connect
