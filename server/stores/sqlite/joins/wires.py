"""See `server.stores.joins.WiringStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.ports import NewEvent, Wire
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import append

if TYPE_CHECKING:
    from server.clock import Clock

_ALL = "SELECT line, stage, serial, circuit_id FROM wire"
_ADD = "INSERT INTO wire (line, stage, serial, circuit_id) VALUES (?, ?, ?, ?)"
_REMOVE = "DELETE FROM wire WHERE line = ? AND stage = ? AND serial = ? AND circuit_id = ?"


class SqliteWiringStore:
    """Wires in the embedded database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def wires(self) -> list[Wire]:
        """See the port."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).fetchall())
        wires = [Wire(MachineKey(Line(line), Stage(stage)), *where) for line, stage, *where in rows]
        return sorted(wires, key=lambda wire: MACHINES.index(wire.machine))

    async def add_wire(self, wire: Wire, events: Sequence[NewEvent]) -> None:
        """See the port."""
        await self._change(_ADD, wire, events)

    async def remove_wire(self, wire: Wire, events: Sequence[NewEvent]) -> None:
        """See the port; a wire that is not there is not told either."""
        await self._change(_REMOVE, wire, events)

    async def _change(self, statement: str, wire: Wire, events: Sequence[NewEvent]) -> None:
        at, row = self._clock.now(), (wire.machine.line, wire.machine.stage, wire.serial, wire.circuit_id)

        def change(connection: Connection) -> None:
            if connection.execute(statement, row).rowcount:
                append(connection, events, at)

        await self._database.write(change)
