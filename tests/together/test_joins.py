"""The joins as a user meets them: what is wrong is refused with a sentence, and what is right stays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema.ports import TopicFilter
from server.joins.limits import Limits
from tests.together.whole import ADD, Whole, whole

COATER, DRYER = MachineKey(Line.ANODE, Stage.COATING), MachineKey(Line.ANODE, Stage.DRYING)
CELLS = """query($id: ID!, $first: Int!, $after: String, $scrapped: Boolean) { batch(id: $id) { state
    cells(first: $first, after: $after, scrapped: $scrapped) { totalCount pageInfo { hasNextPage endCursor } nodes {
    id instanceId name scrapCause producedBy { batchId } specification { id name manufacturer }
    measurements(first: 5) { nodes { name tags rowCount parquetUrl stepsUrl steps { stepType } cycles { cycleCount }
    series(columns: ["Voltage [V]"]) } } } } } }"""


FEW = Limits(series_per_batch=2, series_every_s=3600.0, cells_per_batch=20)


@pytest.fixture
async def opened(tmp_path: Path, span_panel_factory):
    """Of a batch a few cells, and so good ones alone."""
    async with whole(tmp_path, span_panel_factory("workshop-8"), FEW) as opened:
        yield opened


async def cells(opened: Whole, batch_id: str, *, scrapped: bool | None = None) -> list[dict[str, Any]]:
    """All of a batch's, page by page."""
    found: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        answer = await opened.ask(
            CELLS, id=batch_id, first=11 if scrapped is None else 50, after=after, scrapped=scrapped
        )
        page = answer["batch"]["cells"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(found) == page["totalCount"]
    return found


# --- wiring ------------------------------------------------------------------------------------------------


async def test_a_circuit_is_wired_once_and_a_removed_panel_feeds_nothing(opened):
    serial, (first, second, *_) = opened.panel.serial, opened.panel.state.circuits
    assert (await opened.wire(COATER, first.id))["circuit"] == {"circuitId": first.id}
    again, taken, elsewhere = (
        await opened.wire(COATER, first.id),
        await opened.wire(DRYER, first.id),
        await opened.wire(COATER, second.id),
    )
    assert [each["__typename"] for each in (again, taken, elsewhere)] == ["Machine", "CircuitWired", "MachineWired"]
    assert "feeds anode/coating; unwire that first" in taken["message"]
    assert "unwire it first" in elsewhere["message"]

    await opened.ask("mutation($s: String!) { removePanel(serial: $s) { __typename } }", s=serial)
    gone = await opened.wire(DRYER, second.id)
    assert (gone["__typename"], "busbar has no panel" in gone["message"]) == ("WiringCircuitNotFound", True)
    shown = await opened.ask("{ machine(line: ANODE, stage: COATING) { circuit { id } } }")
    assert shown["machine"] == {"circuit": None}
    unwired = "mutation { it: unwireMachine(line: ANODE, stage: COATING) { __typename } }"
    assert [(await opened.ask(unwired))["it"]["__typename"] for _ in "ab"] == ["Machine", "MachineNotWired"]


async def test_what_is_no_circuit_is_refused(opened):
    for circuit in ("", "c9", "🔌" * 300, "'; DROP TABLE wire; --", "\0", "%"):
        for serial in (None, "", "nj-0000-00000", circuit):
            refused = await opened.wire(COATER, circuit, serial)
            assert refused["__typename"] == "WiringCircuitNotFound"
            assert len(refused["message"]) < 300


# --- cells of a batch --------------------------------------------------------------------------------------


async def test_samples_are_of_the_first_cells_and_steps_of_all(tmp_path, span_panel):
    async with whole(tmp_path, span_panel) as opened:
        await opened.made("one")
        await check_samples(opened, await cells(opened, "one"))


async def check_samples(opened: Whole, made: list[dict[str, Any]]) -> None:
    good, bad = await cells(opened, "one", scrapped=False), await cells(opened, "one", scrapped=True)
    assert (len(good) > 300, len(bad) > 0) == (True, True)
    assert [cell["id"] for cell in good + bad] == [cell["id"] for cell in made]
    runs = [cell["measurements"]["nodes"] for cell in good]
    assert {len(each) for each in runs} == {1}
    assert [run[0]["rowCount"] > 0 for run in runs[:3]] == [True, True, False]
    assert all(run[0]["steps"] and run[0]["cycles"] for run in runs)
    for (run,) in runs[:4]:
        has_samples = run["rowCount"] > 0
        assert [run["series"] is not None, run["parquetUrl"] is not None] == [has_samples] * 2
        steps = await opened.http.get(run["stepsUrl"])
        assert (steps.status_code, steps.content[:4]) == (200, b"PAR1"), steps.text
    assert all(not cell["measurements"]["nodes"] and cell["scrapCause"] == "self_discharge" for cell in bad)
    assert {cell["producedBy"]["batchId"] for cell in good + bad} == {"one"}


async def test_a_batch_that_did_not_complete_has_no_cells(opened):
    speed = "mutation($s: PlantSpeedInput!) { setPlantSpeed(speed: $s) { __typename } }"
    await opened.ask(speed, s={"factor": 1.0})
    await opened.ask(ADD, id="dropped")
    await opened.ask(ADD, id="reset")
    gone = await opened.ask('mutation { it: cancelBatch(id: "dropped") { __typename } }')
    assert gone["it"]["__typename"] == "Batch"
    await opened.ask("mutation { resetPlant { __typename } }")
    await opened.ask(speed, s={"pace": "MAX"})
    await opened.made("after")
    for batch_id in ("dropped", "reset"):
        answer = await opened.ask(CELLS, id=batch_id, first=10)
        assert answer["batch"]["cells"]["nodes"] == [], batch_id
        assert answer["batch"]["state"] == "CANCELLED", batch_id
    events, _ = await opened.world.events.since(None, [TopicFilter("cells")], 1000)
    assert [each.subject for each in events if each.kind == "BatchCellsMade"] == ["batch/after"]


async def test_a_design_that_is_deleted_in_the_midst_comes_again_with_the_cells(opened):
    await opened.made("one", recipe="Mine")
    design = (await cells(opened, "one"))[0]["specification"]
    delete = """mutation($id: ID!, $all: Boolean!) { it: deleteCellSpecification(id: $id, cascade: $all) {
        __typename ... on CellRefusal { message } } }"""
    assert (await opened.ask(delete, id=design["id"], all=False))["it"]["__typename"] == "CellSpecificationInUse"
    making = asyncio.create_task(opened.made("two", recipe="Mine"))
    assert (await opened.ask(delete, id=design["id"], all=True))["it"]["__typename"] == "CellSpecification"
    await making
    assert await cells(opened, "one") == []
    (again,) = {cell["specification"]["id"] for cell in await cells(opened, "two")}
    assert again != design["id"]


async def test_a_cell_that_is_deleted_is_missed_by_none_of_the_others(opened):
    await opened.made("one")
    before = await cells(opened, "one")
    delete = "mutation($id: ID!) { deleteCellInstance(id: $id) { __typename } }"
    await opened.ask(delete, id=before[1]["id"])
    after = await cells(opened, "one")
    assert [cell["id"] for cell in after] == [cell["id"] for cell in before if cell is not before[1]]
    assert {cell["producedBy"]["batchId"] for cell in after} == {"one"}
    assert (await opened.ask("query($id: ID!) { node(id: $id) { id } }", id=before[1]["id"]))["node"] is None


@pytest.mark.parametrize("recipe", ["🔋" * 100, "x" * 100, "100 % 'cell' \"A\"", "a/b\\c", "ü\u0301 cell", "NULL"])
async def test_a_recipe_may_have_any_name(opened, recipe):
    await opened.made("one", recipe=recipe)
    assert {cell["specification"]["name"] for cell in await cells(opened, "one")} == {recipe}


@pytest.mark.parametrize("recipe", ["", " ", "x" * 10_000, "a\0b", "a\nb"])
async def test_what_is_no_name_is_refused_before_anything_is_made(opened, recipe):
    answer = (await opened.ask(ADD, id="one", recipe=recipe))["addBatch"]
    assert answer["__typename"] == "InvalidParameters"
    assert (await opened.ask('{ batch(id: "one") { id } }'))["batch"] is None


async def test_a_users_own_design_of_that_name_is_used_as_it_is_and_one_in_a_project_left_alone(opened):
    create = """mutation($name: String!) { it: createCellSpecification(input: { name: $name, manufacturer: "me" }) {
        ... on CellSpecification { id } } }"""
    mine = (await opened.ask(create, name="Mine"))["it"]["id"]
    await opened.http.post("/cell_specifications", json={"name": "Theirs", "project_id": "p1"})
    await opened.made("one", recipe="Mine")
    assert {
        (cell["specification"]["id"], cell["specification"]["manufacturer"]) for cell in await cells(opened, "one")
    } == {(mine, "me")}


async def test_two_batches_of_one_recipe_at_once_share_a_design(opened):
    await opened.made(*(f"b{number}" for number in range(4)), recipe="Ours")
    found = [await cells(opened, f"b{number}") for number in range(4)]
    assert len({cell["specification"]["id"] for each in found for cell in each}) == 1
    names = [cell["name"] for each in found for cell in each]
    assert len(names) == len(set(names))
    assert all(cell["name"].startswith(f"b{number}-") for number, each in enumerate(found) for cell in each)
