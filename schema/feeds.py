"""Live feeds that end when their reader leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def closed_after(feed: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T], None]:
    """The feed, closed at the end of the block: left to the garbage collector it would go on for a while."""
    try:
        yield feed
    finally:
        close = getattr(feed, "aclose", None)
        if close is not None:
            await close()
