"""See `server.stores.joins.MeterStore`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clients.plant.models import MACHINES
from schema.ports import Position
from server.stores.joins import MeteredBatch, MeteredStep, MeterPart
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database

TOPIC = "plant"
_STATE = "SELECT log_id, seq, notes FROM meter"
_KEEP = """
INSERT INTO meter (one, log_id, seq, notes) SELECT 1, ifnull(?, id), ?, ? FROM log WHERE true
ON CONFLICT (one) DO UPDATE SET log_id = excluded.log_id, seq = excluded.seq, notes = excluded.notes
"""
_ADD = """
INSERT INTO meter_part (batch_place, machine, energy_wh, reason) SELECT place, ?, ?, ? FROM plant_batch WHERE id = ?
ON CONFLICT (batch_place, machine) DO UPDATE
SET energy_wh = energy_wh + excluded.energy_wh, reason = coalesce(reason, excluded.reason)
"""
_PARTS = """
SELECT plant_batch.id, finished_s, ifnull((SELECT seq FROM topic WHERE name = :topic), 0),
  machine.value, json_extract(result, '$.finished_s'), energy_wh, meter_part.reason
FROM plant_batch LEFT JOIN json_each(:machines) AS machine LEFT JOIN plant_step ON plant_step.batch_place = place
  AND plant_step.machine = machine.value LEFT JOIN meter_part ON meter_part.batch_place = place
  AND meter_part.machine = machine.value
WHERE plant_batch.id IN (SELECT value FROM json_each(:batch_ids)) ORDER BY place, machine.value
"""
_INDEX = {key: index for index, key in enumerate(MACHINES)}
_ALL = json.dumps(list(range(len(MACHINES))))


class SqliteMeterStore:
    """What the meters said, in the embedded database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def state(self) -> tuple[Position, Mapping[str, Any]] | None:
        """See the port."""
        # In turn with the writes: a follower that was cancelled may have left a note on its way.
        row = await self._database.write(lambda connection: connection.execute(_STATE).fetchone())
        return None if row is None else (Position(row[0], {TOPIC: row[1]}), json.loads(row[2]))

    async def keep(self, position: Position | None, notes: Mapping[str, Any], parts: Sequence[MeterPart]) -> None:
        """See the port."""
        log_id, seq = (None, 0) if position is None else (position.log_id, position.seqs.get(TOPIC, 0))
        state = (log_id, seq, json.dumps(notes))
        rows = [(_INDEX[part.machine], part.energy_wh, part.reason, part.batch_id) for part in parts]

        def change(connection: Connection) -> None:
            for row in rows:
                connection.execute(_ADD, row)
            connection.execute(_KEEP, state)

        await self._database.write(change)

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, MeteredBatch]:
        """See the port."""
        wanted = {"topic": TOPIC, "machines": _ALL, "batch_ids": json.dumps(list(dict.fromkeys(batch_ids)))}
        rows = await self._database.read(lambda connection: connection.execute(_PARTS, wanted).fetchall())
        steps: dict[str, list[MeteredStep]] = {}
        batches: dict[str, tuple[float | None, int]] = {}
        for batch_id, ended_s, sequence, machine, finished_s, energy_wh, reason in rows:
            batches[batch_id] = (ended_s, sequence)
            here = steps.setdefault(batch_id, [])
            if finished_s is not None or energy_wh is not None:
                here.append(MeteredStep(MACHINES[machine], finished_s, energy_wh, reason))
        return {each: MeteredBatch(*batches[each], tuple(its)) for each, its in steps.items()}
