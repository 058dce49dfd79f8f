"""One event stream: the answer of one operation, or all that a subscription has to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Never

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from schema.context import Context
from server.graphql.encoding import encode
from server.graphql.feeds.mailbox import Ending, Mailbox
from server.graphql.limits import Limits
from server.graphql.operations import Operation, RefusedError, Variables, refused
from server.graphql.performer import Performer
from server.graphql.sockets.outbox import AT_ONCE_BYTES, GoneError
from server.http_protocol import ABORT, CUT
from server.security.door import NO_MORE

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)
COMMENT = b":\n\n"
"""Says nothing, and shows on both sides whether the other one is there."""
COMPLETE = b"event: complete\ndata: \n\n"
CUT_S = 1.0


class _NoMoreError(Exception):
    """Whoever listens may not listen any more."""


class Stream:
    """A `Carrier` that lets a little wait: ASGI can wait for a reader, but not tell whether it is behind."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, performer: Performer, limits: Limits) -> None:
        self._extension = scope.get("extensions", {}).get(CUT)
        self._receive = receive
        self._send = send
        self._performer = performer
        self._limits = limits
        self._awake = asyncio.Event()
        self._body = b""
        self._is_stopping = False

    async def refuse(self, refusal: RefusedError) -> None:
        """Answer with what is wrong, and nothing more."""
        with suppress(GoneError):
            await self._begin()
            await self._write(_wrong(refusal), is_last=True)

    async def serve(
        self,
        operation: Operation,
        variables: Variables,
        context: Context,
        until_closed: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        """Answer, until there is no more, or nobody listens, or may listen: a mutation ends what it has begun."""
        with suppress(GoneError):
            await self._begin()
            if operation.kind is OperationType.MUTATION:
                await self._answer(operation, variables, context)
                return
            is_closed = False
            try:
                async with asyncio.TaskGroup() as group:
                    beside = group.create_task(self._until_left()), group.create_task(_until(until_closed))
                    await self._answer(operation, variables, context)
                    for each in beside:
                        each.cancel()
            except* GoneError:
                pass
            except* _NoMoreError:
                is_closed = True
            if is_closed:
                await self._write(_wrong(refused(NO_MORE, "UNAUTHENTICATED")), is_last=True)

    @property
    def is_ready(self) -> bool:
        """See `Carrier`."""
        return len(self._body) <= AT_ONCE_BYTES

    def send(self, payload: bytes) -> bool:
        """See `Carrier`."""
        if not self.is_ready:
            return False
        self._body += _next(payload)
        self._awake.set()
        return True

    def wake(self) -> None:
        """See `Carrier`."""
        self._awake.set()

    def stop(self) -> None:
        """Break off what has no end of its own."""
        self._is_stopping = True
        self._awake.set()

    async def _answer(self, operation: Operation, variables: Variables, context: Context) -> None:
        try:
            result = await self._performer.perform(operation, variables, context, self)
        except RefusedError as refusal:
            await self._write(_wrong(refusal), is_last=True)
            return
        if isinstance(result, bytes):
            await self._write(_next(result) + COMPLETE, is_last=True)
            return
        try:
            await self._follow(result.mailbox)
        finally:
            result.close()

    async def _follow(self, mailbox: Mailbox) -> None:
        is_over = False
        while not is_over and not self._is_stopping:
            self._awake.clear()
            body, is_over = self._taken(mailbox)
            if body:
                await self._write(body, is_last=is_over)
            elif not await self._woken():
                await self._write(COMMENT)
        if not is_over:
            await self._write(b"", is_last=True)

    def _taken(self, mailbox: Mailbox) -> tuple[bytes, bool]:
        """As much as is written at once, and whether it is the last."""
        body, self._body = self._body, b""
        while len(body) < AT_ONCE_BYTES:
            found = mailbox.take()
            if isinstance(found, Ending):
                last = _next(encode({"errors": found.errors})) if found.errors else b""
                return body + last + COMPLETE, True
            if found is None:
                break
            body += _next(found)
        return body, False

    async def _woken(self) -> bool:
        """Whether there is more, or only the time for a sign of life."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.socket_ping_s):
                return await self._awake.wait()
        return False

    async def _begin(self) -> None:
        status = int(HTTPStatus.OK)
        await self._send({"type": "http.response.start", "status": status, "headers": [*HEADERS]})
        await self._write(COMMENT)

    async def _write(self, body: bytes, *, is_last: bool = False) -> None:
        """Raises GoneError when nobody reads, or too slowly."""
        try:
            async with asyncio.timeout(self._limits.slow_reader_s):
                await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})
        except TimeoutError:
            self._performer.meters.slow_readers += 1
            await self._cut_off()
            raise GoneError from None
        except OSError:
            raise GoneError from None

    async def _cut_off(self) -> None:
        """Drop the connection: its reader would take no last word either."""
        if self._extension is None:
            return
        self._extension[ABORT]()
        with suppress(TimeoutError):
            async with asyncio.timeout(CUT_S):
                await self._until_left()

    async def _until_left(self) -> Never:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise GoneError


async def _until(closed: Callable[[], Coroutine[None, None, None]]) -> Never:
    await closed()
    raise _NoMoreError


def _next(payload: bytes) -> bytes:
    return b"event: next\ndata: " + payload + b"\n\n"


def _wrong(refusal: RefusedError) -> bytes:
    return _next(encode({"errors": [error.formatted for error in refusal.errors]})) + COMPLETE
