"""The secret that signs our URLs: made once, kept with the data, so that a restart leaves given links good."""

from __future__ import annotations

import secrets

from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database

SECRET_BYTES = 32


async def signing_secret(database: Database) -> bytes:
    """The file's own secret; made on first use."""

    def kept(connection: Connection) -> bytes:
        connection.execute("INSERT OR IGNORE INTO secret VALUES ('signing', ?)", (secrets.token_bytes(SECRET_BYTES),))
        (secret,) = connection.execute("SELECT value FROM secret WHERE name = 'signing'").fetchone()
        return bytes(secret)

    return await database.write(kept)
