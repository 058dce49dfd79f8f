"""The panel for httpx without a socket."""

from __future__ import annotations

import httpx

from emulator.app import PanelApp
from emulator.panel import EmulatedPanel


def transport(panel: EmulatedPanel) -> httpx.AsyncBaseTransport:
    """What an `httpx.AsyncClient` takes as its transport to talk to `panel`, whatever its base_url says."""
    return httpx.ASGITransport(app=PanelApp(lambda _: panel))
