"""The one door through which the server's work goes into a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_thread

from schema.ports import StoppingError

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


async def in_thread(
    work: Callable[[*Arguments], T], *arguments: *Arguments, limiter: anyio.CapacityLimiter | None = None
) -> T:
    """What `work` answered, in a worker thread of those that `limiter` counts. Raises StoppingError, and the work's.

    Polars hears Ctrl-C in whatever thread it runs in, beside the server that hears it too and stops by itself. As
    KeyboardInterrupt it would end the event loop through any task, with the world still open.
    """

    def heard() -> T:
        try:
            return work(*arguments)
        except KeyboardInterrupt:
            raise StoppingError from None

    return await anyio.to_thread.run_sync(heard, limiter=limiter)
