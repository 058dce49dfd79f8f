"""One process per database file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.stores.errors import StoreHeldError
from server.stores.sqlite.connection import speaking_for


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the file at `path` for this process; raises StoreHeldError, naming the process that has it already.

    The lock is an open transaction on a small database beside the file: every system frees it when its holder dies,
    and the holder's number in it stays readable meanwhile.
    """
    beside = path.with_name(f"{path.name}.lock")
    with speaking_for(beside), closing(_opened(beside)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS holder (pid INTEGER)")
            connection.execute("DELETE FROM holder")
            connection.execute("INSERT INTO holder VALUES (?)", [os.getpid()])
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise StoreHeldError(
                f"{path} is in use by {_holder(connection)}: stop that one first, or choose another data directory"
            ) from None
        yield


def _opened(beside: Path) -> sqlite3.Connection:
    return sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)


def _holder(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT pid FROM holder").fetchone()
    except sqlite3.OperationalError:  # the other one has only just begun
        row = None
    return f"process {row[0]}" if row else "another process"
