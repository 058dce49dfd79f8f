"""The tokens' store on SQLite, as the running server reads it."""

from __future__ import annotations

from server.stores.sqlite.database import Database
from server.stores.sqlite.tokens.rows import all_tokens
from server.stores.tokens import TokenRecord


class SqliteTokenStore:
    """See `server.stores.tokens.TokenStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[TokenRecord]:
        """See the port. Raises StoreError when the file cannot be read."""
        return await self._database.read(all_tokens)
