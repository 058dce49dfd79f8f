"""The plant's nouns as rows, and back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from server.stores.plant import BatchRecord, CommandRecord, Place, RunRecord, RunState
from server.stores.sqlite.instants import from_us, to_us

RUN_COLUMNS = "number, seed, start_s, layout, parameters, speed, now_s, sequence, digest, state"
BATCH_COLUMNS = (
    "id, run, state, progress, queued_at_us, queued_s, recipe, parameters, started_at_us, started_s,"
    " finished_at_us, finished_s, reason, energy_kwh, cells, cells_kwh"
)


def written(data: Any) -> str:  # noqa: ANN401 (JSON)
    """As JSON; raises ValueError for NaN and for what JSON has not."""
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    except TypeError as error:
        raise ValueError(f"this is not JSON: {error}") from error


def row_of_run(run: RunRecord) -> tuple[Any, ...]:
    """In the order of RUN_COLUMNS. A seed may be longer than SQLite's integers."""
    place = run.place
    told = (run.number, str(run.seed), run.start_s, run.layout, written(dict(run.parameters)), run.speed)
    return (*told, place.now_s, place.sequence, place.digest, str(run.state))


def run_of(row: tuple[Any, ...]) -> RunRecord:
    """Out of RUN_COLUMNS."""
    number, seed, start_s, layout, parameters, speed, now_s, sequence, digest, state = row
    place = Place(now_s, sequence, digest)
    return RunRecord(number, int(seed), start_s, layout, json.loads(parameters), speed, place, RunState(state))


def command_of(row: tuple[Any, ...]) -> CommandRecord:
    """Out of number, at_s, kind, body."""
    number, at_s, kind, body = row
    return CommandRecord(number, at_s, kind, json.loads(body))


def row_of_batch(batch: BatchRecord) -> tuple[Any, ...]:
    """In the order of BATCH_COLUMNS."""
    begun = (batch.id, batch.run, batch.state, batch.progress, to_us(batch.queued_at), batch.queued_s, batch.recipe)
    ended = (_us(batch.started_at), batch.started_s, _us(batch.finished_at), batch.finished_s, batch.reason)
    return (*begun, written(dict(batch.parameters)), *ended, batch.energy_kwh, batch.cells, batch.cells_kwh)


def batch_of(row: tuple[Any, ...]) -> BatchRecord:
    """Out of BATCH_COLUMNS and place."""
    batch_id, run, state, progress, queued_at_us, queued_s, recipe, parameters, *times = row
    started_at_us, started_s, *ended = times
    finished_at_us, finished_s, reason, energy_kwh, cells, cells_kwh, place = ended
    return BatchRecord(
        id=batch_id,
        run=run,
        state=state,
        progress=progress,
        queued_at=from_us(queued_at_us),
        queued_s=queued_s,
        recipe=recipe,
        parameters=json.loads(parameters),
        started_at=_instant(started_at_us),
        started_s=started_s,
        finished_at=_instant(finished_at_us),
        finished_s=finished_s,
        reason=reason,
        energy_kwh=energy_kwh,
        cells=cells,
        cells_kwh=cells_kwh,
        place=place,
    )


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
