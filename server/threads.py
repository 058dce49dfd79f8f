"""The one door through which the server's work goes into a worker thread."""

from __future__ import annotations

import asyncio
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

    A task that is cancelled waits no longer, but a thread cannot be stopped: it is counted until it ends. A scope of
    anyio waits for it.

    Polars hears Ctrl-C in whatever thread it runs in, beside the server that hears it too and stops by itself. As
    KeyboardInterrupt it would end the event loop through any task, with the world still open.
    """

    def heard() -> T:
        try:
            return work(*arguments)
        except KeyboardInterrupt:
            raise StoppingError from None

    turns, turn = limiter or anyio.to_thread.current_default_thread_limiter(), object()
    await turns.acquire_on_behalf_of(turn)
    running = asyncio.create_task(_run(heard, turns, turn))
    running.add_done_callback(_taken_note_of)
    with anyio.CancelScope(shield=True):
        await asyncio.shield(running)
    return running.result()


async def _run(work: Callable[[], T], turns: anyio.CapacityLimiter, turn: object) -> T:
    try:
        return await anyio.to_thread.run_sync(work, limiter=anyio.CapacityLimiter(1))
    finally:
        turns.release_on_behalf_of(turn)


def _taken_note_of(running: asyncio.Task[T]) -> None:
    """What fails when nobody waits any more is nobody's mistake: asyncio would log it as one."""
    if not running.cancelled():
        running.exception()
