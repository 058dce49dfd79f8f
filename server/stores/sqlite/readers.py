"""A few connections that read, each transaction on one unchanging view of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from queue import LifoQueue
from typing import TypeVar

import anyio
import anyio.to_thread

from server.stores.errors import StoreClosedError
from server.stores.sqlite.connection import Connection, speaking_for

T = TypeVar("T")


class Readers:
    """Reads run in threads, one to a connection; the rest wait their turn in their callers."""

    def __init__(self, connections: Sequence[Connection], path: Path) -> None:
        self._path = path
        self._turns = anyio.CapacityLimiter(len(connections))
        self._idle: LifoQueue[Connection | None] = LifoQueue()
        for connection in connections:
            self._idle.put(connection)
        self._is_closed = False

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What `query` answered; it cannot write, and sees no commit that comes while it runs."""
        if self._is_closed:
            raise StoreClosedError(f"{self._path} is closed")
        return await anyio.to_thread.run_sync(self._run, query, limiter=self._turns)

    async def close(self) -> None:
        """Wait for the reads under way to end; none begins after that."""
        self._is_closed = True
        # A caller may give up and its turn be another's: the thread goes on until it brings its connection back.
        for _ in range(int(self._turns.total_tokens)):
            await anyio.to_thread.run_sync(self._idle.get, limiter=anyio.CapacityLimiter(1))
        self._idle.put(None)

    def _run(self, query: Callable[[Connection], T]) -> T:
        connection = self._idle.get()
        if connection is None:
            self._idle.put(None)
            raise StoreClosedError(f"{self._path} was closed while this read waited its turn")
        try:
            with speaking_for(self._path):
                connection.execute("BEGIN")
                return query(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._idle.put(connection)
