"""Work that nobody waits for, until the lab closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


class Background:
    """Holds its tasks: the event loop alone would forget them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Background]:
        """What still runs at the end of the block is cancelled, and waited for."""
        background = cls()
        try:
            yield background
        finally:
            await background._close()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run it beside everything else. It must not raise."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
