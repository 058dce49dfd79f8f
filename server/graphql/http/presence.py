"""Whether the client is still there while its answer is made."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

LOOK_AFTER_S = 0.05
"""Most answers take less, and are not worth the look."""


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


class Presence:
    """A block that is cancelled when the client leaves: then it raises ClientLeftError."""

    def __init__(self, receive: Receive, look_after_s: float = LOOK_AFTER_S) -> None:
        self._receive = receive
        self._look_after_s = look_after_s
        self._looking: asyncio.Task[None] | None = None
        self._has_left = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a coroutine runs in one)
        self._working = task
        self._cancelled_before = task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._look_after_s, self._look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()
        if not self._has_left:
            return
        still_cancelled = self._working.uncancel() > self._cancelled_before
        if kind is asyncio.CancelledError and not still_cancelled:
            raise ClientLeftError from error

    def _look(self) -> None:
        self._looking = asyncio.create_task(self._until_left())

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        self._working.cancel()
