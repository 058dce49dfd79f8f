"""A few connections that read, each transaction on one unchanging view of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
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
        self._idle = list(connections)
        self._is_closed = False

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What `query` answered; it cannot write, and sees no commit that comes while it runs."""
        if self._is_closed:
            raise StoreClosedError(f"{self._path} is closed")
        return await anyio.to_thread.run_sync(self._run, query, limiter=self._turns)

    async def close(self) -> None:
        """Wait for the reads under way to end; none begins after that."""
        self._is_closed = True
        for _ in range(int(self._turns.total_tokens)):
            await self._turns.acquire_on_behalf_of(object())
        self._idle.clear()

    def _run(self, query: Callable[[Connection], T]) -> T:
        if not self._idle:
            raise StoreClosedError(f"{self._path} was closed while this read waited its turn")
        connection = self._idle.pop()
        try:
            with speaking_for(self._path):
                connection.execute("BEGIN")
                return query(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._idle.append(connection)
