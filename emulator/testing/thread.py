"""An event loop in a thread of its own, so that sync and async tests alike may block on what it does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

ANSWER_S = 30.0
"""How long a call may take; only a broken emulator needs more, and then a test must not hang."""


class LoopThread:
    """Runs until `close`. Everything that touches a panel runs in here, one thing at a time."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """The function's answer, or its exception, from inside the loop."""

        async def inside() -> T:
            return function()

        return self.run(inside())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns or raises; TimeoutError when it takes longer than anything here should."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_S)

    def close(self) -> None:
        """Cancel what still runs, and end loop and thread."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_S)
        self._loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
