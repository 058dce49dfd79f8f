"""The connections that a panel's clients have open."""

from __future__ import annotations

import asyncio
from typing import Protocol

CONNECTION = "emulator.connection"
"""Under this name a request's connection stands among the extensions of its ASGI scope."""


class Connection(Protocol):
    """One connection. `answered_tick` is when its last answer left, None before the first; `lost` is set at its end.

    `is_held`: a request is kept waiting on purpose, and need not be waited for when the server stops.
    """

    answered_tick: int | None
    is_held: bool
    lost: asyncio.Event

    def reset(self) -> None:
        """End it at once, with RST, whatever is under way."""

    def close(self) -> None:
        """End it in good order once everything is written."""

    def keep_alive(self, seconds: float) -> None:
        """Let it idle no longer than so many seconds, from its next answer on."""


class Connections:
    """Those of one panel."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Have one more."""
        self._open.add(connection)

    def discard(self, connection: Connection) -> None:
        """Forget one that has ended."""
        self._open.discard(connection)

    def drop(self) -> None:
        """Reset all, as a panel does that restarts or goes away."""
        for connection in tuple(self._open):
            connection.reset()
