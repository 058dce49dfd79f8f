"""The panels' store on SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from schema.ports import NewEvent
from server.stores.panels import PanelRecord
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import append
from server.stores.sqlite.instants import from_us, to_us
from server.stores.sqlite.sealing import owner_of_panel
from server.stores.vault import Vault

if TYPE_CHECKING:
    from server.clock import Clock

_ALL = "SELECT serial, name, host, port, access_token, added_at_us, told FROM panel ORDER BY serial"
_SAVE = """
INSERT INTO panel (serial, name, host, port, access_token, added_at_us, told) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (serial) DO UPDATE SET name = excluded.name, host = excluded.host, port = excluded.port,
access_token = excluded.access_token, added_at_us = excluded.added_at_us, told = excluded.told
"""


class SqlitePanelStore:
    """See `server.stores.panels.PanelStore`. The access tokens lie in the file sealed, each for its panel."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def all(self) -> list[PanelRecord]:
        """See the port. Raises SecretsError when a token does not open."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).fetchall())
        return [self._record(row) for row in rows]

    async def save(self, record: PanelRecord, events: Sequence[NewEvent] = ()) -> None:
        """See the port. Raises ValueError when `told` or an event's data is not JSON."""
        row = self._row(record)
        await self._change(_SAVE, row, events)

    async def remove(self, serial: str, events: Sequence[NewEvent] = ()) -> None:
        """See the port; without the panel its events are not told either."""
        await self._change("DELETE FROM panel WHERE serial = ?", (serial,), events)

    async def _change(self, statement: str, row: tuple[Any, ...], events: Sequence[NewEvent]) -> None:
        at = self._clock.now()

        def change(connection: Connection) -> None:
            if connection.execute(statement, row).rowcount:
                append(connection, events, at)

        await self._database.write(change)

    def _row(self, record: PanelRecord) -> tuple[Any, ...]:
        try:
            told = json.dumps(dict(record.told), allow_nan=False)
        except TypeError as error:
            raise ValueError(f"what was told of panel {record.serial} is not JSON: {error}") from error
        token = self._vault.seal(record.access_token.encode(), owner_of_panel(record.serial))
        return record.serial, record.name, record.host, record.port, token, to_us(record.added_at), told

    def _record(self, row: tuple[Any, ...]) -> PanelRecord:
        serial, name, host, port, sealed, added_at_us, told = row
        token = self._vault.open(bytes(sealed), owner_of_panel(serial)).decode()
        return PanelRecord(serial, name, host, port, token, from_us(added_at_us), json.loads(told))
