"""One socket's way out: whole messages, in order, by one writer which waits for the reader, but not for ever."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Never, Protocol

from starlette.types import Message, Scope, Send

from server.frames import FRAMES, OFFER, text_frame
from server.graphql.limits import Limits
from server.graphql.meters import Meters

TOO_SLOW = 4410
MOST_WAITING_BYTES = 65_536
"""Answers of ours that wait for the reader, before we wait with making more of them."""
AT_ONCE_BYTES = 65_536


class ClosedError(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class GoneError(Exception):
    """The client is not there any more."""


class Source(Protocol):
    """What may have more to be written, after `Outbox.wake`."""

    def take(self) -> bytes | None:
        """Its next message; None when there is none for now."""


class Outbox:
    """See above. What can be written at once never passes through the writer; what cannot waits in order."""

    def __init__(self, scope: Scope, send: Send, limits: Limits, meters: Meters) -> None:
        frames = scope.get("extensions", {}).get(FRAMES)
        self._offer: Callable[[bytes], bool] | None = frames[OFFER] if frames else None
        self._send = send
        self._limits = limits
        self._meters = meters
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._awake: dict[Source, None] = {}
        self._is_behind = False
        self._to_write, self._written = asyncio.Event(), asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether `offer` would write now."""
        if self._offer is not None:
            return not self._is_behind and self._offer(b"")
        return self._waiting_bytes <= MOST_WAITING_BYTES

    def offer(self, message: bytes) -> bool:
        """Write it now; False if it would have to wait for the reader: nothing was written.

        Where the server cannot tell, a little may wait.
        """
        if self._offer is not None:
            return not self._is_behind and self._offer(text_frame(message))
        if not self.is_ready:
            return False
        self._wait(message)
        return True

    def wake(self, source: Source) -> None:
        """Write what this one has, as soon as the reader takes it."""
        self._awake[source] = None
        self._begin()

    def forget(self, source: Source) -> None:
        """Take nothing from it any more."""
        self._awake.pop(source, None)

    async def say(self, *messages: bytes) -> None:
        """Write them, now or when the reader takes them; first waits while much is waiting already."""
        while self._waiting_bytes > MOST_WAITING_BYTES:
            self._written.clear()
            await self._written.wait()
        for message in messages:
            self.put(message)

    def put(self, message: bytes) -> None:
        """Write it, now or when the reader takes it."""
        if not self.offer(message):
            self._wait(message)

    async def write(self) -> Never:
        """The writer's work. Raises ClosedError when the reader takes nothing for too long, GoneError when it left."""
        while True:
            await self._to_write.wait()
            while messages := self._batch():
                await self._hand(messages)
                self._written.set()
            self._is_behind = False
            self._to_write.clear()

    def _wait(self, message: bytes) -> None:
        self._waiting.append(message)
        self._waiting_bytes += len(message)
        self._begin()

    def _begin(self) -> None:
        self._is_behind = True
        self._to_write.set()

    def _batch(self) -> list[bytes]:
        """What is written at once: answers first, then from every source in turn."""
        batch, size = list(self._waiting), self._waiting_bytes
        self._waiting.clear()
        self._waiting_bytes = 0
        while self._awake and size < AT_ONCE_BYTES:
            source = next(iter(self._awake))
            del self._awake[source]
            message = source.take()
            if message is not None:
                batch.append(message)
                size += len(message)
                self._awake[source] = None
        return batch

    async def _hand(self, messages: list[bytes]) -> None:
        try:
            async with asyncio.timeout(self._limits.slow_reader_s):
                for each in self._wrapped(messages):
                    await self._send(each)
        except TimeoutError:
            self._meters.slow_readers += 1
            raise ClosedError(TOO_SLOW, "reads too slowly") from None
        except (OSError, RuntimeError):  # ASGI's word for it, and uvicorn's when it has closed the socket by itself
            raise GoneError from None

    def _wrapped(self, messages: list[bytes]) -> list[Message]:
        if self._offer is None:
            return [{"type": "websocket.send", "text": each.decode()} for each in messages]
        return [{"type": "websocket.send", FRAMES: b"".join(map(text_frame, messages))}]
