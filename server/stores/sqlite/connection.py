"""How a connection to the database file is made, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.stores.errors import StorageFullError, StoreError, StoreHeldError, StoreUnreadableError

# The write-ahead file is cut back to this after a checkpoint, so that one busy hour does not keep its size for ever.
WAL_KEPT_BYTES = 16 * 1024 * 1024

# SQLite's own 2 MB make a large delete fetch, and write, the pages of its indexes again and again.
WRITER_CACHE_KIB = 32 * 1024

_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNREACHABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


class Connection(sqlite3.Connection):
    """A connection that remembers which topics the transaction under way appended to, for the bell after its commit."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # whatever sqlite3.connect hands on
        self.touched_topics: set[str] = set()


def connect(path: Path, *, busy_timeout_s: float, is_read_only: bool = False) -> Connection:
    """Open an existing file: WAL, every commit synced to the disk, foreign keys held; usable from any one thread.

    What is deleted is overwritten in pages that are written anyway, never in a freed page, which would be written for
    that alone: secrets are sealed before they come here, see docs/architecture.md.
    """
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")
        if not is_read_only:
            connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        connection.execute(f"PRAGMA query_only = {int(is_read_only)}")
        connection.create_function("casefold", 1, _casefold, deterministic=True)
    except BaseException:  # Ctrl-C too: nobody else has the connection yet to close it
        connection.close()
        raise
    return connection


def _casefold(text: str | None) -> str | None:
    """SQLite's own LIKE and lower() know no letters beyond ASCII."""
    return None if text is None else text.casefold()


def in_our_words(error: Exception, path: Path) -> Exception:
    """The store's own error for what SQLite says about the file at `path`; any other error as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFullError(f"{path} cannot grow ({error}): free some space; this write was not kept")
    if code in _BROKEN:
        return StoreUnreadableError(
            f"{path} is damaged or not a database ({error}): put a backup back, or move the file away to start anew"
        )
    if code in _HELD:
        return StoreHeldError(f"{path} is locked by another program ({error}): close what has it open")
    if code in _UNREACHABLE:
        return StoreError(f"{path} cannot be read or written ({error}): look at its permissions and its disk")
    return error


@contextmanager
def speaking_for(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside about the file at `path` leaves as the store's own error."""
    try:
        yield
    except sqlite3.Error as error:
        raise in_our_words(error, path) from error
