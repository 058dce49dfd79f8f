"""Runs operations on an event loop, and a few of a group at a time."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import httpx

from clients.cells.link import CHUNK_BYTES, FAILURES, Link, lost, request_of
from clients.cells.operations import (
    Attempt,
    Awaitable,
    Operation,
    Pause,
    Plain,
    Request,
    Step,
    Together,
    Transfer,
    Work,
)
from clients.http import Answer, exchange, open_client

T = TypeVar("T")


class ConcurrentDriver:
    """One httpx client. At most `parallel` operations of a group run at a time, and as many threads."""

    def __init__(
        self,
        link: Link,
        parallel: int,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = anyio.sleep,
    ) -> None:
        self._link = link
        self._parallel = parallel
        self._sleep = sleep
        self._http = open_client(link.base_url, transport)
        self._threads = anyio.CapacityLimiter(parallel)

    async def run(self, operation: Operation[T], *, inside_group: bool = False) -> T:
        """The operation's result. Raises what it raises."""
        result: object = None
        error: Exception | None = None
        while True:
            try:
                step = operation.send(result) if error is None else operation.throw(error)
            except StopIteration as end:
                done: T = end.value
                return done
            try:
                result, error = await self._done(step, inside_group=inside_group), None
            except Exception as failure:  # noqa: BLE001 - the operation decides what to make of it
                result, error = None, failure
            except BaseException:  # cancelled too, the operation must end: it may hold files open
                operation.close()
                raise

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _done(self, step: Step, *, inside_group: bool) -> object:
        match step:
            case Request():
                return await self.run(self._link.call(step))
            case Transfer():
                return await self.run(self._link.transfer(step))
            case Attempt():
                return await self._attempted(step)
            case Pause():
                await self._sleep(step.seconds)
                return None
            case Work():
                return await anyio.to_thread.run_sync(step.function, limiter=self._threads)
            case Together():
                return await self._together(step, 1 if inside_group else self._parallel)

    async def _together(self, group: Together, parallel: int) -> list[object]:
        try:
            async with anyio.create_task_group() as tasks:
                for _ in range(min(parallel, len(group))):
                    tasks.start_soon(self._drain, group)
        finally:
            group.abandon()
        return group.results()

    async def _drain(self, group: Together) -> None:
        while (found := group.next()) is not None:
            place, operation = found
            try:
                group.ended(place, await self.run(operation, inside_group=True))
            except Exception as error:  # noqa: BLE001 - the group sorts them
                group.ended(place, error)

    async def _attempted(self, attempt: Attempt) -> Answer:
        content = _parts(attempt.content) if isinstance(attempt.content, Path) else attempt.content
        request = request_of(attempt, content)
        try:
            return await exchange(self._http, request, timeout_s=attempt.timeout_s, max_bytes=attempt.max_bytes)
        except FAILURES as error:
            raise lost(attempt, error) from error


async def _parts(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK_BYTES):
            yield chunk


class ConcurrentFace(Awaitable):
    """Runs what `plain` holds."""

    def __init__(self, plain: Plain, driver: ConcurrentDriver) -> None:
        self._plain = plain
        self._driver = driver

    def _run(self, function: Callable[..., Operation[T]]) -> Callable[..., Coroutine[Any, Any, T]]:
        @functools.wraps(function)
        async def method(*arguments: object, **named: object) -> T:
            return await self._driver.run(function(self._plain, *arguments, **named))

        return method
