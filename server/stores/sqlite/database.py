"""The embedded database: one file, one process, one writer, a few readers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from server.stores.errors import StoreError
from server.stores.sqlite.connection import Connection, connect, speaking_for
from server.stores.sqlite.file import make_ready
from server.stores.sqlite.lock import held
from server.stores.sqlite.readers import Readers
from server.stores.sqlite.tally import Tally
from server.stores.sqlite.writer import Listener, Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the database may hold in memory, how long it may wait, and how much one search weighs."""

    commands_per_commit: int = 500
    queued_writes: int = 10_000
    reader_threads: int = 2
    busy_timeout_s: float = 5.0
    ranked_matches: int = 1_000


DEFAULT_LIMITS = Limits()


class Database:
    """Opened by `Database.open`; every write that was answered is on stable storage (WAL, synchronous=FULL)."""

    def __init__(self, path: Path, writer: Writer, readers: Readers, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self._writer = writer
        self._readers = readers

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> AsyncIterator[Database]:
        """Make or check the file, bring it up to date and hold it; leaving the context drains and closes it.

        Raises StoreHeldError, StoreUnreadableError, StoreTooNewError or StoreError (no permission, no folder), each
        before anything was changed.
        """
        async with AsyncExitStack() as stack:
            connections = _connections(path, limits)
            ours, theirs = await anyio.to_thread.run_sync(connections.__enter__)
            stack.push(connections.__exit__)
            writer = Writer(
                ours,
                path,
                commands_per_commit=limits.commands_per_commit,
                queued_writes=limits.queued_writes,
            )
            database = cls(path, writer, Readers(theirs, path), limits)
            stack.push_async_callback(database._close)
            yield database

    async def write(self, command: Callable[[Connection], T]) -> T:
        """Run `command` in the writer's thread and commit; see Writer for what fails with what.

        Raises StorageFullError, StoreHeldError, StoreClosedError, and whatever `command` raises (it is then undone).
        """
        return await self._writer.write(command)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a reader's thread, in one read transaction. Raises StoreUnreadableError, StoreClosedError."""
        return await self._readers.read(query)

    @property
    def tally(self) -> Tally:
        """What was written so far; it goes on counting."""
        return self._writer.tally

    @property
    def queued_writes(self) -> int:
        """How many writes wait for their turn."""
        return self._writer.queued

    def listen(self, listener: Listener) -> None:
        """Tell `listener`, on the event loop and after the commit, which topics a commit appended events to."""
        self._writer.listeners.append(listener)

    async def _close(self) -> None:
        # Shielded: a server that is told to stop still writes what it was given.
        with anyio.CancelScope(shield=True):
            await self._writer.close()
            await self._readers.close()


@contextmanager
def _connections(path: Path, limits: Limits) -> Iterator[tuple[Connection, list[Connection]]]:
    """The writer's and the readers'. The writer's closes last: closing the last one tidies the file up."""
    make_folder(path.parent)
    with held(path), ExitStack() as stack, speaking_for(path):
        make_ready(path, busy_timeout_s=limits.busy_timeout_s)
        ours = stack.enter_context(closing(connect(path, busy_timeout_s=limits.busy_timeout_s)))
        theirs = [
            stack.enter_context(closing(connect(path, busy_timeout_s=limits.busy_timeout_s, is_read_only=True)))
            for _ in range(limits.reader_threads)
        ]
        yield ours, theirs


def make_folder(folder: Path) -> None:
    """Readable by its owner alone; one that is there stays as it is. Raises StoreError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made ({error.strerror}): choose another data directory") from error
