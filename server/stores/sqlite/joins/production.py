"""See `server.stores.joins.ProductionStore`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clients.cells.models import CellSpecification
from schema.ports import MadeCell, MadePage, NewEvent
from server.stores.cells import Digest
from server.stores.joins import MadeBatch, NewCell, Run, Unmade
from server.stores.sqlite.cells import digests, keeping
from server.stores.sqlite.cells.doomed import MADE_CELL_ALIVE
from server.stores.sqlite.cells.instances import INSTANCE
from server.stores.sqlite.cells.specifications import SPECIFICATION
from server.stores.sqlite.cells.tables import Part, keep_table
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import append

if TYPE_CHECKING:
    from server.clock import Clock

GIVEN_UP, MADE = -1, 1
_UNMADE = """
SELECT id, ifnull(plant_run.seed, '') FROM plant_batch LEFT JOIN plant_run ON plant_run.number = plant_batch.run
WHERE plant_batch.state = 'COMPLETED' AND made = 0 ORDER BY place LIMIT ?
"""
_CLAIM = "UPDATE plant_batch SET made = ? WHERE id = ? AND state = 'COMPLETED' AND made = 0"
_FORGET = "DELETE FROM made_cell WHERE batch_id = ?"
_MADE = "INSERT INTO made_cell (batch_id, number, instance_id, scrap_cause) VALUES (?, ?, ?, ?)"
_NAMED = "SELECT 1 FROM cell_instance WHERE specification_id = ? AND name >= ? AND name < ? LIMIT 1"
_WHICH = (
    f"batch_id = wanted.value AND (:scrapped IS NULL OR (scrap_cause IS NOT NULL) = :scrapped) AND {MADE_CELL_ALIVE}"
)
_CELLS = f"""
SELECT wanted.value, (SELECT count(*) FROM made_cell WHERE {_WHICH}), number, instance_id, scrap_cause
FROM json_each(:batch_ids) AS wanted LEFT JOIN made_cell ON batch_id = wanted.value AND number IN (
  SELECT number FROM made_cell WHERE {_WHICH} AND number > :after ORDER BY number LIMIT :at_most)
ORDER BY wanted.id, number
"""  # noqa: S608 (our own words)
_MADE_BY = f"""
SELECT batch_id, number, instance_id, scrap_cause FROM made_cell
WHERE instance_id IN (SELECT value FROM json_each(?)) AND {MADE_CELL_ALIVE}
"""  # noqa: S608 (our own words)


class SqliteProductionStore:
    """Batches and cells, joined in the embedded database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def unmade(self, limit: int) -> list[Unmade]:
        """See the port."""
        rows = await self._database.read(lambda connection: connection.execute(_UNMADE, (limit,)).fetchall())
        return [Unmade(*row) for row in rows]

    async def make(self, made: MadeBatch, events: Sequence[NewEvent] = ()) -> bool:
        """See the port."""
        at = self._clock.now()

        def change(connection: Connection) -> bool:
            if not connection.execute(_CLAIM, (MADE, made.batch_id)).rowcount:
                return False
            specification_id = _specification(connection, made.specification)
            called = _called(connection, specification_id, made.batch_id)
            # An older batch of this id, forgotten by now, has its cells still; they are no longer this one's.
            connection.execute(_FORGET, (made.batch_id,))
            for cell in made.cells:
                _add(connection, made.batch_id, cell, specification_id, called)
            append(connection, events, at)
            return True

        return await self._database.write(change)

    async def give_up(self, batch_id: str) -> None:
        """See the port."""

        def change(connection: Connection) -> None:
            connection.execute(_CLAIM, (GIVEN_UP, batch_id))

        await self._database.write(change)

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int = 0, *, scrapped: bool | None = None
    ) -> Mapping[str, MadePage]:
        """See the port."""
        ids = json.dumps(list(dict.fromkeys(batch_ids)))
        wanted = {"batch_ids": ids, "scrapped": scrapped, "after": after, "at_most": limit + 1}
        rows = await self._database.read(lambda connection: connection.execute(_CELLS, wanted).fetchall())
        cells: dict[str, list[MadeCell]] = {}
        totals: dict[str, int] = {}
        for batch_id, total, number, instance_id, cause in rows:
            totals[batch_id] = total
            here = cells.setdefault(batch_id, [])
            if number is not None:
                here.append(MadeCell(batch_id, number, instance_id, cause))
        return {each: MadePage(tuple(its[:limit]), totals[each], len(its) > limit) for each, its in cells.items()}

    async def made_by(self, instance_ids: Sequence[str]) -> Mapping[str, MadeCell]:
        """See the port."""
        wanted = (json.dumps(list(instance_ids)),)
        rows = await self._database.read(lambda connection: connection.execute(_MADE_BY, wanted).fetchall())
        return {row[2]: MadeCell(*row) for row in rows}


def _specification(connection: Connection, specification: CellSpecification) -> str:
    """The id of the one with this name, in no project; added when there is none."""
    found = connection.execute(
        "SELECT id FROM cell_specification WHERE project_id = '' AND name = ?", (specification.name,)
    ).fetchone()
    if found is not None:
        return str(found[0])
    keeping.add(connection, SPECIFICATION, specification)
    return specification.id


def _called(connection: Connection, specification_id: str, batch_id: str) -> str:
    """What the cells' names begin with: no other cell's name does."""
    called, count = batch_id, 1
    while connection.execute(_NAMED, (specification_id, f"{called}-", f"{called}.")).fetchone():
        count += 1
        called = f"{batch_id} ({count})"
    return called


def _add(connection: Connection, batch_id: str, cell: NewCell, specification_id: str, called: str) -> None:
    name = f"{called}-{cell.number:04}"
    keeping.add(connection, INSTANCE, replace(cell.instance, name=name, cell_specification_id=specification_id))
    connection.execute(_MADE, (batch_id, cell.number, cell.instance.id, cell.scrap_cause))
    if cell.formation is not None:
        _add_formation(connection, cell.formation)


def _add_formation(connection: Connection, run: Run) -> None:
    made = run.made
    if isinstance(made, Digest):
        digests.add_measurement(connection, run.measurement, made, {})
        return
    digests.add_measurement(connection, run.measurement, None, {})
    keep_table(connection, run.measurement.id, Part.STEPS, made.steps)
    keep_table(connection, run.measurement.id, Part.CYCLES, made.cycles)
