"""SPAN panels: the nouns, and the client that speaks the panel's HTTP API v1.

`from clients.panel import SpanPanelClient` is read only when asked for: the nouns alone need no httpx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clients.panel.client import SpanPanelClient

__all__ = ["SpanPanelClient"]


def __getattr__(name: str) -> object:
    if name == "SpanPanelClient":
        from clients.panel.client import SpanPanelClient  # noqa: PLC0415 - lazily, as the module says

        return SpanPanelClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
