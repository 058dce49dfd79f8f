"""The graph over the plant itself, on a real file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import READINGS, RESULTS, Stage
from clients.plant.parameters import PARAMETERS
from schema.plant.parameters import GRAPH_NAMES
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
from tests.schema.cells.test_lab import counted

STATEMENTS = 9
FOLLOW = """subscription($after: Cursor) { simulationProgress(batchId: "b1", after: $after) {
    progress cursor entry { sequence } } }"""


@pytest.fixture
async def database(tmp_path: Path):
    async with Database.open(tmp_path / "busbar.db") as opened:
        yield opened


@pytest.fixture
async def real(database, world):
    clock, hub, speed = Clock(), Hub(), Speed.of("max")
    assert speed is not None
    design = Design(default_configuration(), 7, STEPS)
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


FRAGMENTS = " ".join(
    f"... on {PARAMETERS[stage].__name__} {{ {next(iter(GRAPH_NAMES[stage].values()))} }}" for stage in Stage
)
WHOLE = f"""{{ plant {{ lines {{ line machines {{ id stage powerW currentBatch {{ batchId }}
    parameters {{ __typename {FRAGMENTS} }} readings }} }} }}
    batches(first: 100) {{ totalCount nodes {{ batchId steps {{ stage result {{ energyKwh readings {{ name value }} }}
    machine {{ stage readings(names: ["energy_kwh"]) }} }} }} }} }}"""


@pytest.mark.parametrize("breadth", [1, 12])
async def test_the_whole_plant_is_a_few_statements_whatever_its_breadth(schema, ask, real, database, breadth):
    start = (await ask("{ plant { cursor } }"))["plant"]["cursor"]
    for number in range(breadth):
        await ask(f'mutation {{ addBatch(batchId: "b{number}") {{ ... on Batch {{ batchId }} }} }}')
    feed = await schema.subscribe(
        FOLLOW.replace("b1", f"b{breadth - 1}"), {"after": start}, context_value=real.context()
    )
    assert [each.data["simulationProgress"]["progress"] async for each in feed][-1] == 1

    with counted(database) as statements:
        answer = await ask(WHOLE)

    assert answer["errors"] == []
    assert answer["batches"]["totalCount"] == len(answer["batches"]["nodes"]) == breadth
    machines = [each for line in answer["plant"]["lines"] for each in line["machines"]]
    assert {len(each["readings"]["time"]) for each in machines} == {breadth}
    for machine in machines:
        steps = [step for batch in answer["batches"]["nodes"] for step in batch["steps"]
                 if step["machine"]["stage"] == machine["stage"]]  # fmt: skip
        words = [[each["name"] for each in step["result"]["readings"]] for step in steps]
        assert {tuple(RESULTS) + READINGS[Stage[machine["stage"]]]} == {tuple(machine["readings"]["columns"])}
        assert all({*each} - {"yield_share"} == {*READINGS[Stage[machine["stage"]]]} for each in words)
    # the view's place in the log (for the plant, and for the steps' machines), the machines' readings at both places,
    # the batches, their number, and their steps
    assert len([each for each in statements if each not in ("BEGIN", "ROLLBACK")]) == STATEMENTS


def test_the_graph_can_be_built_whatever_was_imported_first():
    code = "import server.plant.runner, schema; schema.build_schema()"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
