"""The one thread that writes: many commands, one commit."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import anyio.to_thread

from server.stores.errors import StoreClosedError, StoreError
from server.stores.sqlite.connection import Connection, in_our_words
from server.stores.sqlite.tally import Tally

T = TypeVar("T")
Listener = Callable[[set[str]], None]

_Command = tuple[Callable[[Connection], Any], "asyncio.Future[Any]"]
_Outcome = tuple["asyncio.Future[Any]", Any, Exception | None]


class Writer:
    """Commands queue up while the disk is busy, then share the next commit; each has a savepoint of its own.

    A command that raises undoes itself alone. A commit that fails undoes, and fails, everything in it. Callers hear
    after the commit, and then the listeners, on the event loop, which topics it appended to.
    """

    def __init__(
        self,
        connection: Connection,
        path: Path,
        *,
        commands_per_commit: int,
        queued_writes: int,
    ) -> None:
        self._connection = connection
        self._path = path
        self._commands_per_commit = commands_per_commit
        self.listeners: list[Listener] = []
        self.tally = Tally()
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(queued_writes)
        self._queue: SimpleQueue[_Command | None] = SimpleQueue()
        self._is_closed = False
        self._thread = Thread(target=self._run, name="busbar-writer", daemon=True)
        self._thread.start()

    async def write(self, command: Callable[[Connection], T]) -> T:
        """What `command` answered, once it is on stable storage; waits while the queue is full.

        A caller that gives up leaves its command whole or absent.
        """
        await self._room.acquire()
        if self._is_closed:
            self._room.release()
            raise StoreClosedError(f"{self._path} is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((command, future))
        return await future

    @property
    def queued(self) -> int:
        """How many commands wait."""
        return self._queue.qsize()

    async def close(self) -> None:
        """Write what is queued, then stop."""
        self._is_closed = True
        self._queue.put(None)
        await anyio.to_thread.run_sync(self._thread.join)

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch = self._next_batch()
            if batch[-1] is None:
                is_open = False
            commands = [command for command in batch if command is not None]
            outcomes = self._counted(commands)
            topics = self._connection.touched_topics
            self._connection.touched_topics = set()
            self._loop.call_soon_threadsafe(self._settle, outcomes, topics)

    def _next_batch(self) -> list[_Command | None]:
        batch = [self._queue.get()]
        with suppress(Empty):
            while batch[-1] is not None and len(batch) < self._commands_per_commit:
                batch.append(self._queue.get_nowait())
        return batch

    def _counted(self, commands: list[_Command]) -> list[_Outcome]:
        begun_s = time.perf_counter()
        outcomes = self._commit(commands)
        took_s = time.perf_counter() - begun_s
        self.tally.commits += 1
        self.tally.commands += len(commands)
        self.tally.commit_s += took_s
        self.tally.longest_commit_s = max(self.tally.longest_commit_s, took_s)
        return outcomes

    def _commit(self, commands: list[_Command]) -> list[_Outcome]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(*command) for command in commands]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - it belongs to everyone in this commit
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            self._connection.touched_topics.clear()
            self.tally.failed_commits += 1
            return [(future, None, in_our_words(error, self._path)) for _, future in commands]
        return outcomes

    def _attempt(self, command: Callable[[Connection], Any], future: asyncio.Future[Any]) -> _Outcome:
        if future.cancelled():
            return future, None, None
        self._connection.execute("SAVEPOINT command")
        try:
            answer = command(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:  # a full disk ends it for everyone in this commit
                raise
            self._connection.execute("ROLLBACK TO command")
            self._connection.execute("RELEASE command")
            return future, None, self._presentable(error)
        self._connection.execute("RELEASE command")
        return future, answer, None

    def _presentable(self, error: Exception) -> Exception:
        if isinstance(error, StopIteration):  # a future cannot carry it
            return StoreError("a write ended with StopIteration: it asked for a row that is not there")
        return in_our_words(error, self._path)

    def _settle(self, outcomes: list[_Outcome], topics: set[str]) -> None:
        for future, answer, error in outcomes:
            self._room.release()
            if future.done():  # its caller gave up
                continue
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)
        if topics:
            for listener in self.listeners:
                listener(topics)
