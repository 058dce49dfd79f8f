"""How much is being watched."""

from __future__ import annotations

from typing import Protocol


class Live(Protocol):
    """The live feeds of this process, now."""

    @property
    def operations(self) -> int:
        """Subscriptions that somebody listens to."""

    @property
    def sources(self) -> int:
        """Feeds that they are served from."""

    @property
    def sockets(self) -> int:
        """Connections that carry them."""
