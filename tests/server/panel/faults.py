"""What a fake panel may answer with, as the client words it."""

from __future__ import annotations

from clients.panel.exceptions import SpanPanelAuthError, SpanPanelConnectionError, SpanPanelLockedError
from tests.server.panel.world import HOST

GONE = SpanPanelConnectionError(f"panel {HOST} cannot be reached at /status; check power and network")
REFUSED = SpanPanelAuthError(f"panel {HOST} refused our token at /panel (401); register the client again", 401)
LOCKED = SpanPanelLockedError(f"panel {HOST} is locked (403); press the door button three times, then try again", 403)
