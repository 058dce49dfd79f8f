"""See `server.stores.plant.PlantStore`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schema.ports import Event, NewEvent
from server.stores.plant import BatchRecord, Changes, CommandRecord, RunRecord, RunState, StepRecord
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import append
from server.stores.sqlite.instants import to_us
from server.stores.sqlite.plant.figures import step_figures
from server.stores.sqlite.plant.rows import (
    BATCH_COLUMNS,
    RUN_COLUMNS,
    batch_of,
    command_of,
    row_of_batch,
    row_of_run,
    run_of,
    written,
)

if TYPE_CHECKING:
    from server.clock import Clock

LIVE = ("QUEUED", "RUNNING")
_CHANGED = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in BATCH_COLUMNS.split(",")[1:])
_MARKS = ", ".join("?" * len(BATCH_COLUMNS.split(",")))
_SAVE = f"INSERT INTO plant_batch ({BATCH_COLUMNS}) VALUES ({_MARKS}) ON CONFLICT (id) DO UPDATE SET {_CHANGED}"  # noqa: S608 (our own names)
_STEP = """
INSERT OR REPLACE INTO plant_step (batch_place, machine, result)
SELECT place, ?, ? FROM plant_batch WHERE id = ?
"""
_INTERRUPT = """
UPDATE plant_batch SET state = 'INTERRUPTED', finished_at_us = ?, reason = ?
WHERE state IN ('QUEUED', 'RUNNING')
"""
_WHY = "the server was stopped, and its plant could not be brought back to where it was"
_TELL = "INSERT INTO plant_command (run, number, at_s, kind, body) VALUES (?, ?, ?, ?, ?)"
_AGED = """
DELETE FROM plant_batch WHERE place IN (
  SELECT place FROM plant_batch WHERE state NOT IN ('QUEUED', 'RUNNING') ORDER BY place DESC LIMIT -1 OFFSET ?)
"""


class SqlitePlantStore:
    """The plant in the embedded database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def run(self) -> RunRecord | None:
        """See the port."""
        statement = f"SELECT {RUN_COLUMNS} FROM plant_run ORDER BY number DESC LIMIT 1"  # noqa: S608 (our own names)
        row = await self._database.read(lambda connection: connection.execute(statement).fetchone())
        return None if row is None else run_of(row)

    async def begin(
        self, run: RunRecord, before: RunState, events: Sequence[NewEvent] = (), commands: Sequence[CommandRecord] = ()
    ) -> list[Event]:
        """See the port."""
        at = self._clock.now()
        row, marks = (*row_of_run(run), to_us(at)), ", ".join("?" * 11)

        def change(connection: Connection) -> list[Event]:
            connection.execute("UPDATE plant_run SET state = ? WHERE state = 'going'", (str(before),))
            if before is RunState.INTERRUPTED:
                connection.execute(_INTERRUPT, (to_us(at), _WHY))
            connection.execute(f"INSERT INTO plant_run ({RUN_COLUMNS}, began_at_us) VALUES ({marks})", row)  # noqa: S608 (likewise)
            connection.executemany(_TELL, [_row_of_command(run.number, command) for command in commands])
            return append(connection, events, at)

        return await self._database.write(change)

    async def tell(self, run: int, command: CommandRecord) -> None:
        """See the port."""
        row = _row_of_command(run, command)

        def change(connection: Connection) -> None:
            connection.execute(_TELL, row)

        await self._database.write(change)

    async def untell(self, run: int, number: int) -> None:
        """See the port."""

        def change(connection: Connection) -> None:
            connection.execute("DELETE FROM plant_command WHERE run = ? AND number = ?", (run, number))

        await self._database.write(change)

    async def commands(self, run: int, after: int, limit: int) -> list[CommandRecord]:
        """See the port."""
        statement = "SELECT number, at_s, kind, body FROM plant_command WHERE run = ? AND number > ? ORDER BY 1 LIMIT ?"
        wanted = (run, after, limit)
        rows = await self._database.read(lambda connection: connection.execute(statement, wanted).fetchall())
        return [command_of(row) for row in rows]

    async def set_speed(self, run: int, speed: str, events: Sequence[NewEvent]) -> list[Event]:
        """See the port."""
        at = self._clock.now()

        def change(connection: Connection) -> list[Event]:
            connection.execute("UPDATE plant_run SET speed = ? WHERE number = ?", (speed, run))
            return append(connection, events, at)

        return await self._database.write(change)

    async def keep(self, run: int, changes: Changes) -> list[Event]:
        """See the port."""
        at = self._clock.now()
        return await self._database.write(lambda connection: _keep(connection, run, changes, at))

    async def batches_by_id(self, ids: Sequence[str]) -> Mapping[str, BatchRecord]:
        """See the port."""
        found = await self._batches("id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
        return {batch.id: batch for batch in found}

    async def live(self) -> list[BatchRecord]:
        """See the port."""
        return await self._batches("state IN ('QUEUED', 'RUNNING') ORDER BY place", ())

    async def batches(self, states: Sequence[str] | None, limit: int, before: int | None) -> list[BatchRecord]:
        """See the port."""
        wanted: dict[str, object] = {
            "states": None if states is None else json.dumps(list(states)),
            "before": before,
            "limit": limit,
        }
        condition = (
            "(:states IS NULL OR state IN (SELECT value FROM json_each(:states)))"
            " AND (:before IS NULL OR place < :before) ORDER BY place DESC LIMIT :limit"
        )
        return await self._batches(condition, wanted)

    async def _batches(self, condition: str, values: Sequence[object] | dict[str, object]) -> list[BatchRecord]:
        statement = f"SELECT {BATCH_COLUMNS}, place FROM plant_batch WHERE {condition}"  # noqa: S608 (our own names)
        rows = await self._database.read(lambda connection: connection.execute(statement, values).fetchall())
        return [batch_of(row) for row in rows]

    async def steps(self, batch_ids: Sequence[str]) -> Mapping[str, list[StepRecord]]:
        """See the port."""
        statement = (
            "SELECT id, machine, result FROM plant_batch JOIN plant_step ON batch_place = place"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY place, machine"
        )
        wanted = (json.dumps(list(batch_ids)),)
        rows = await self._database.read(lambda connection: connection.execute(statement, wanted).fetchall())
        found: dict[str, list[StepRecord]] = {}
        for batch_id, machine, result in rows:
            found.setdefault(batch_id, []).append(StepRecord(batch_id, machine, json.loads(result)))
        return found

    async def count(self, states: Sequence[str] | None) -> int:
        """See the port."""
        wanted = None if states is None else json.dumps(list(states))
        statement = "SELECT count(*) FROM plant_batch"
        if wanted is not None:
            statement += " WHERE state IN (SELECT value FROM json_each(?))"
        values = () if wanted is None else (wanted,)
        (found,) = await self._database.read(lambda connection: connection.execute(statement, values).fetchone())
        return int(found)

    async def figures(
        self, names: Mapping[int, Sequence[str]], start_s: float | None, end_s: float | None
    ) -> Mapping[int, NDArray[np.float64]]:
        """See the port."""
        return await self._database.read(lambda connection: step_figures(connection, names, start_s, end_s))

    async def prune(self, batches: int, runs: int) -> int:
        """See the port; commands go with their run, steps with their batch."""

        def change(connection: Connection) -> int:
            connection.execute(
                "DELETE FROM plant_run WHERE number <= (SELECT max(number) FROM plant_run) - ? AND state <> 'going'",
                (runs,),
            )
            return connection.execute(_AGED, (batches,)).rowcount

        return await self._database.write(change)


def _keep(connection: Connection, run: int, changes: Changes, at: datetime) -> list[Event]:
    place = changes.place
    connection.execute(
        "UPDATE plant_run SET now_s = ?, sequence = ?, digest = ? WHERE number = ?",
        (place.now_s, place.sequence, place.digest, run),
    )
    connection.executemany(_SAVE, [row_of_batch(batch) for batch in changes.batches])
    connection.executemany(_STEP, [(step.machine, written(dict(step.result)), step.batch_id) for step in changes.steps])
    return append(connection, changes.events, at)


def _row_of_command(run: int, command: CommandRecord) -> tuple[int, int, float, str, str]:
    return run, command.number, command.at_s, command.kind, written(dict(command.body))
