"""The graph over the plant itself, on a real file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schema.ports import Speed
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.plant.layout import default_configuration
from server.plant.runner import opened_plant
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.stores.sqlite.database import Database
from server.stores.sqlite.plant.store import SqlitePlantStore

FOLLOW = """subscription($after: Cursor) { simulationProgress(batchId: "b1", after: $after) {
    progress cursor entry { sequence } } }"""


@pytest.fixture
async def real(tmp_path: Path, world):
    clock, hub, speed = Clock(), Hub(), Speed.of("max")
    assert speed is not None
    design = Design(default_configuration(), 7, STEPS)
    async with Database.open(tmp_path / "busbar.db") as database:
        store, log = SqlitePlantStore(database, clock), EventLog(database, hub, clock)
        async with opened_plant(store, log, hub, clock, design, speed) as world.plant:
            await world.plant.ready()
            yield world


async def test_a_batch_runs_to_its_end_and_is_followed_again_from_the_middle(schema, ask, real):
    start = (await ask("{ plant { cursor } }"))["plant"]["cursor"]
    wrong = await ask("""mutation { addBatch(batchId: "b1", parameters: [
        { line: ANODE, parameters: { coating: { coatingSpeedMPerS: 99, gapHeightM: 7 } } }]) {
        ... on InvalidParameters { fields { field } } } }""")
    added = await ask('mutation { addBatch(batchId: "b1") { ... on Batch { batchId } } }')
    assert [each["field"] for each in wrong["addBatch"]["fields"]] == ["coatingSpeedMPerS", "gapHeightM"]
    assert added["addBatch"] == {"batchId": "b1"}

    async def followed(after: str) -> list[dict[str, Any]]:
        feed = await schema.subscribe(FOLLOW, {"after": after}, context_value=real.context())
        return [each.data["simulationProgress"] async for each in feed]

    told = await followed(start)
    entries = [each["entry"]["sequence"] for each in told if each["entry"]]
    half = next(each for each in told if each["entry"] and each["entry"]["sequence"] == entries[len(entries) // 2])
    again = [each["entry"]["sequence"] for each in await followed(half["cursor"]) if each["entry"]]

    assert [each["progress"] for each in told] == sorted(each["progress"] for each in told)
    assert told[-1]["progress"] == 1
    assert entries == sorted(set(entries))
    assert again == entries[len(entries) // 2 + 1 :]
    done = (await ask('{ batch(id: "b1") { state cellCount steps { state result { yieldShare } } } }'))["batch"]
    assert (done["state"], {each["state"] for each in done["steps"]}) == ("COMPLETED", {"DONE"})
    assert done["cellCount"] > 0


def test_the_graph_can_be_built_whatever_was_imported_first():
    code = "import server.plant.runner, schema; schema.build_schema()"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
