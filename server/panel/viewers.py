"""Who watches one panel. Latest wins: all viewers share the one newest view, none has a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import anyio

from schema.ports import PanelView
from server.clock import Clock


class Viewers:
    """Wakes each viewer for the newest view; a slow one skips what it missed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: PanelView | None = None
        self._news = asyncio.Event()
        self._gone = asyncio.Event()

    def publish(self, view: PanelView) -> None:
        """Show a newer view."""
        self._latest = view
        self._ring()

    def close(self) -> None:
        """End every viewer's feed: the panel was removed, or busbar stops."""
        self._gone.set()
        self._ring()

    async def follow(self, every_s: float = 0.0) -> AsyncGenerator[PanelView, None]:
        """The view now, then each newer one, at most one in `every_s` seconds; ends on `close`."""
        seen = -1
        while not self._gone.is_set():
            news = self._news
            if self._latest is None or self._latest.sequence <= seen:
                await news.wait()
                continue
            seen = self._latest.sequence
            due_s = self._clock.monotonic() + every_s
            yield self._latest
            await self._rest(due_s - self._clock.monotonic())

    def _ring(self) -> None:
        rung, self._news = self._news, asyncio.Event()
        rung.set()

    async def _rest(self, seconds: float) -> None:
        """Let the time pass, or less when the feed ends."""
        if not seconds > 0:
            return

        async def pass_time() -> None:
            await self._clock.sleep(seconds)
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(pass_time)
            await self._gone.wait()
            group.cancel_scope.cancel()
