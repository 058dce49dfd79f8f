"""The database file itself: made whole or not at all, and refused when it is not ours."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from server.stores.errors import StoreTooNewError, StoreUnreadableError
from server.stores.sqlite.connection import Connection, connect, speaking_for
from server.stores.sqlite.migrations import STEPS, applied, migrate

# Marks the file as busbar's in its header ("busb"), so that somebody else's database is never migrated.
APPLICATION_ID = 0x62757362
OWNER_ONLY = 0o600

_MAGIC = b"SQLite format 3\0"


def make_ready(path: Path, *, busy_timeout_s: float) -> None:
    """Create the file, or check and migrate the one there is; readable by its owner alone.

    Raises StoreUnreadableError and StoreTooNewError before a byte of the file is changed.
    """
    with speaking_for(path):
        if path.exists():
            _refuse_what_is_not_ours(path)
            path.chmod(OWNER_ONLY)
            with closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
                migrate(connection)
        else:
            _refuse_an_orphan(path)
            _create(path, busy_timeout_s)


def is_up_to_date(path: Path) -> bool:
    """Whether the file has been through every step; it is not changed. Raises StoreError for one that is not ours."""
    with speaking_for(path):
        _refuse_what_is_not_ours(path)
        with closing(_opened_untouched(path)) as connection:
            return applied(connection) >= {step.__name__ for step in STEPS}


def _refuse_an_orphan(path: Path) -> None:
    """A write-ahead file without its database would be replayed into the new one."""
    orphan = path.with_name(f"{path.name}-wal")
    if orphan.exists():
        raise StoreUnreadableError(
            f"{orphan} is there without {path.name}: put the database back beside it, or move it away to start anew"
        )


def _create(path: Path, busy_timeout_s: float) -> None:
    """Made under another name and then renamed, so that a crash leaves no half of it."""
    fresh = path.with_name(f"{path.name}.new")
    for leftover in path.parent.glob(f"{fresh.name}*"):
        leftover.unlink()
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
    with closing(connect(fresh, busy_timeout_s=busy_timeout_s)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
    fresh.rename(path)
    with suppress(PermissionError):  # Windows cannot open a folder, and needs no such help
        _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_what_is_not_ours(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise StoreUnreadableError(
                f"{path} is not a database: put a backup back, or move the file away to start anew"
            )
    with closing(_opened_untouched(path)) as connection:
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        if owner != APPLICATION_ID:
            raise StoreUnreadableError(f"{path} belongs to another program: choose another data directory")
        unknown = applied(connection) - {step.__name__ for step in STEPS}
    if unknown:
        raise StoreTooNewError(
            f"{path} was written by a newer busbar (it knows {', '.join(sorted(unknown))}): upgrade busbar;"
            " the file was not changed"
        )


def _opened_untouched(path: Path) -> Connection:
    """A look that changes nothing; unclean files need their write-ahead file read too, which `immutable` would skip."""
    is_clean = not path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' * is_clean}"
    return sqlite3.connect(uri, uri=True, factory=Connection)
