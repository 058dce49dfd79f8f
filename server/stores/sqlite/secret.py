"""The secret that signs our URLs: made once, kept with the data, so that a restart leaves given links good."""

from __future__ import annotations

import secrets

from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.sealing import SIGNING
from server.stores.vault import Vault

SECRET_BYTES = 32


async def signing_secret(database: Database, vault: Vault) -> bytes:
    """The file's own secret; made on first use, and sealed."""
    fresh = vault.seal(secrets.token_bytes(SECRET_BYTES), SIGNING)

    def kept(connection: Connection) -> bytes:
        connection.execute("INSERT OR IGNORE INTO secret VALUES ('signing', ?)", (fresh,))
        (secret,) = connection.execute("SELECT value FROM secret WHERE name = 'signing'").fetchone()
        return bytes(secret)

    return vault.open(await database.write(kept), SIGNING)
