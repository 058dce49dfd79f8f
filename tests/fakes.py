"""Small fakes of the world for every room's tests: time that passes only when everybody waits."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import Any

from server.clock import Clock

EPOCH = datetime(2026, 6, 21, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: when nothing is ready, the loop's time jumps to the next timer."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout:
            self.now_s += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose every timer, sleep and deadline is due at once, in order. For code without real sockets.

    Use it in a test module with a fixture `anyio_backend` that returns VIRTUAL_TIME.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


VIRTUAL_TIME = ("asyncio", {"loop_factory": VirtualLoop})


def virtual_clock() -> Clock:
    """A clock of the running virtual loop: 2026-06-21T00:00Z at the loop's second 0."""
    loop = asyncio.get_running_loop()
    return Clock(now=lambda: EPOCH + timedelta(seconds=loop.time()), monotonic=loop.time)
