"""Seals the secrets of the file: those that an older version left open, and all of them when the key is another one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio.to_thread

from server.stores.errors import StoreHeldError
from server.stores.sqlite.connection import Connection, connect, speaking_for
from server.stores.sqlite.database import Database
from server.stores.vault import Vault

MARK, MARK_OWNER = b"busbar", "mark"
SIGNING = "secret/signing"

Opened = Callable[[bytes | str, str], bytes]


def owner_of_panel(serial: str) -> str:
    """What a panel's access token is sealed for, so that it does not open in another panel's row."""
    return f"panel/{serial}"


async def is_sealed(database: Database) -> bool:
    """Whether there is a key already that the file must be opened with."""
    return await database.read(lambda connection: _mark(connection) is not None)


async def seal_secrets(database: Database, vault: Vault, *, busy_timeout_s: float) -> None:
    """Seal what is not, all in one transaction; then wipe what lay in the pages before.

    Raises SecretsError when the file was sealed with a key that the vault does not have; nothing is changed then.
    """
    await database.write(lambda connection: _seal(connection, vault))
    if await database.read(_leaves_traces):
        await anyio.to_thread.run_sync(_wipe, database.path, busy_timeout_s)


def _seal(connection: Connection, vault: Vault) -> None:
    mark = _mark(connection)
    if mark is None:
        leaves_traces = _seal_all(connection, vault, lambda kept, _: kept.encode() if isinstance(kept, str) else kept)
    elif vault.is_current(mark, MARK_OWNER):
        return
    else:
        vault.open(mark, MARK_OWNER)
        leaves_traces = _seal_all(connection, vault, lambda kept, owner: vault.open(bytes(kept), owner))  # type: ignore[arg-type]
    connection.execute("INSERT OR REPLACE INTO sealing VALUES (1, ?, ?)", (vault.seal(MARK, MARK_OWNER), leaves_traces))


def _seal_all(connection: Connection, vault: Vault, opened: Opened) -> bool:
    """Whether there was anything to seal."""
    tokens = connection.execute("SELECT serial, access_token FROM panel").fetchall()
    for serial, kept in tokens:
        owner = owner_of_panel(serial)
        sealed = vault.seal(opened(kept, owner), owner)
        connection.execute("UPDATE panel SET access_token = ? WHERE serial = ?", (sealed, serial))
    others = connection.execute("SELECT name, value FROM secret").fetchall()
    for name, kept in others:
        owner = f"secret/{name}"
        connection.execute("UPDATE secret SET value = ? WHERE name = ?", (vault.seal(opened(kept, owner), owner), name))
    return bool(tokens or others)


def _mark(connection: Connection) -> bytes | None:
    row = connection.execute("SELECT mark FROM sealing").fetchone()
    return None if row is None else bytes(row[0])


def _leaves_traces(connection: Connection) -> bool:
    (leaves_traces,) = connection.execute("SELECT leaves_traces FROM sealing").fetchone()
    return bool(leaves_traces)


def _wipe(path: Path, busy_timeout_s: float) -> None:
    """Write the file anew, as freed pages and the write-ahead file may still hold what was in it.

    Only then is it noted as done: a start that was cut off here wipes once more.
    """
    with speaking_for(path), closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
        connection.execute("VACUUM")
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StoreHeldError(
                f"{path} is read by another program, and old secrets must be wiped from it: close that"
            )
        connection.execute("UPDATE sealing SET leaves_traces = 0")
