"""A clock that a test turns by hand."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from server.clock import Clock
from tests.fakes import EPOCH


class Hands:
    """`clock` shows what the hands say; whoever sleeps by it wakes when they are turned far enough."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self._turned = asyncio.Condition()
        self.clock = Clock(now=self.now, monotonic=lambda: self.at_s, sleep=self.sleep)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.at_s)

    async def sleep(self, seconds: float) -> None:
        due_s = self.at_s + seconds
        async with self._turned:
            await self._turned.wait_for(lambda: self.at_s >= due_s)

    async def turn(self, seconds: float) -> None:
        self.at_s += seconds
        async with self._turned:
            self._turned.notify_all()
