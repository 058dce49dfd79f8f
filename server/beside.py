"""Work beside a block: how both end, and whose error is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def running(work: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
    """Run work beside the body; what is left of it is cancelled, and waited for, at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    except BaseException as first:  # what ended the body is told, whatever the work says after it
        if (error := await _ended(task)) is not None:
            first.add_note(f"The work beside it had failed: {error!r}")
        raise
    if (error := await _ended(task)) is not None:
        raise error


async def _ended(task: asyncio.Task[Any]) -> BaseException | None:
    """What the task failed with; to be cancelled is no failure."""
    task.cancel()
    await asyncio.wait([task])
    return None if task.cancelled() else task.exception()
