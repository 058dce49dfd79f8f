"""Runs operations in the thread that calls, and groups of them in a few threads more."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

import httpx

from clients.cells.link import CHUNK_BYTES, FAILURES, Link, lost, request_of
from clients.cells.operations import Attempt, Blocking, Operation, Pause, Plain, Request, Step, Together, Transfer, Work
from clients.http import Answer, exchange_blocking, open_blocking_client

T = TypeVar("T")


class BlockingDriver:
    """One httpx client and, while a group runs, at most `parallel` threads. May be used by several threads at once."""

    def __init__(
        self,
        link: Link,
        parallel: int,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._link = link
        self._parallel = parallel
        self._sleep = sleep
        self._http = open_blocking_client(link.base_url, transport)
        self._inside = threading.local()

    def run(self, operation: Operation[T]) -> T:
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
                result, error = self._done(step), None
            except Exception as failure:  # noqa: BLE001 - the operation decides what to make of it
                result, error = None, failure
            except BaseException:  # Ctrl-C too must end the operation, which may hold files open
                operation.close()
                raise

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _done(self, step: Step) -> object:
        match step:
            case Request():
                return self.run(self._link.call(step))
            case Transfer():
                return self.run(self._link.transfer(step))
            case Attempt():
                return self._attempted(step)
            case Pause():
                return self._sleep(step.seconds)
            case Work():
                return step.function()
            case Together():
                return self._together(step)

    def _together(self, group: Together) -> list[object]:
        """A group within a group runs in the thread it is in: threads that wait for threads could wait forever."""
        if getattr(self._inside, "group", False):
            self._drain(group)
            return group.results()
        with ThreadPoolExecutor(self._parallel, "busbar-cells") as pool:
            try:
                running = [pool.submit(self._work_on, group) for _ in range(min(self._parallel, len(group)))]
                wait(running)
            finally:
                group.abandon()
        return group.results()

    def _work_on(self, group: Together) -> None:
        self._inside.group = True
        self._drain(group)

    def _drain(self, group: Together) -> None:
        while (found := group.next()) is not None:
            place, operation = found
            try:
                group.ended(place, self.run(operation))
            except Exception as error:  # noqa: BLE001 - the group sorts them
                group.ended(place, error)

    def _attempted(self, attempt: Attempt) -> Answer:
        content = _parts(attempt.content) if isinstance(attempt.content, Path) else attempt.content
        request = request_of(attempt, content)
        try:
            return exchange_blocking(self._http, request, timeout_s=attempt.timeout_s, max_bytes=attempt.max_bytes)
        except FAILURES as error:
            raise lost(attempt, error) from error


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


class BlockingFace(Blocking):
    """Runs what `plain` holds."""

    def __init__(self, plain: Plain, driver: BlockingDriver) -> None:
        self._plain = plain
        self._driver = driver

    def _run(self, function: Callable[..., Operation[T]]) -> Callable[..., T]:
        @functools.wraps(function)
        def method(*arguments: object, **named: object) -> T:
            return self._driver.run(function(self._plain, *arguments, **named))

        return method
