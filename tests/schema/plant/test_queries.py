"""Reading the plant."""

from __future__ import annotations

import pytest

from clients.plant.models import MACHINES, Stage
from clients.plant.parameters import PARAMETERS
from schema.node import write_id
from schema.plant.parameters import GRAPH_NAMES, TYPES, quantity_of
from schema.scalars import write_cursor
from tests.schema.plant.fakes import COATER, place


async def test_the_plant_is_shown_with_all_sixteen_machines(ask, world):
    answer = await ask("""{ plant { state run seed simulatedS speed { pace factor } queueLength runningCount cursor
        queue { batchId } running(first: 1) { batchId } lines { line machines { id line stage state progress
        parameters { __typename } utilisation { working blocked starved down setup } oee { oee }
        powerW energyKwh scrap { cause kg } } } } }""")

    plant = answer["plant"]
    assert answer["errors"] == []
    assert (plant["state"], plant["run"], plant["seed"]) == ("RUNNING", 3, str(2**60))
    assert plant["speed"] == {"pace": "FACTOR", "factor": 60.0}
    assert (plant["queueLength"], [each["batchId"] for each in plant["queue"]]) == (2, ["b2", "b3"])
    assert plant["running"] == [{"batchId": "b1"}]
    assert plant["cursor"] == write_cursor(place(4))
    shown = [each for line in plant["lines"] for each in line["machines"]]
    assert [(each["line"], each["stage"]) for each in shown] == [(key.line.name, key.stage.name) for key in MACHINES]
    assert [each["parameters"]["__typename"] for each in shown] == [PARAMETERS[k.stage].__name__ for k in MACHINES]
    assert shown[1]["state"] == "WORKING"
    assert [each["powerW"] for each in shown[:3]] == [0, 1200, 0]
    assert shown[1]["utilisation"] == {"working": 0.5, "blocked": 0.1, "starved": 0.2, "down": 0.15, "setup": 0.05}
    assert shown[1]["oee"]["oee"] == pytest.approx(0.8 * 0.75 * 0.9)
    assert shown[1]["scrap"] == [{"cause": "edge", "kg": 0.25}]


async def test_the_figures_of_a_window_stand_beside_those_of_the_run(ask, world):
    answer = await ask("""{ plant { all: kpis { sinceS } last: kpis(windowS: 60) { sinceS simulatedS stages { stage
        batchCount utilisation { working } oee { oee } } } } }""")

    assert world.plant.asked("figures") == [(None,), (60.0,)]
    assert (answer["plant"]["all"], answer["plant"]["last"]["sinceS"]) == ({"sinceS": 0.0}, 40.0)
    assert answer["plant"]["last"]["stages"][0] == {
        "stage": "MIXING", "batchCount": 2, "utilisation": {"working": 0.5}, "oee": {"oee": 0.8 * 0.75 * 0.9},
    }  # fmt: skip


@pytest.mark.parametrize("window", ["0", "-1", "1e999"])
async def test_a_window_that_is_no_length_of_time_is_refused(ask, window):
    answer = await ask(f"{{ plant {{ kpis(windowS: {window}) {{ sinceS }} }} }}")

    assert "windowS" in answer["errors"][0]["message"] or "Float" in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


async def test_a_machine_shows_its_parameters_with_units_in_their_names(ask):
    answer = await ask("""{ machine(line: ANODE, stage: CALENDERING) { id parameters { ... on CalenderingParameters {
        rollGapM rollPressurePa temperatureK rollSpeedMPerS dryThicknessM initialPorosity } } } }""")

    assert answer["machine"] == {
        "id": write_id("Machine", "anode", "calendering"),
        "parameters": {"rollGapM": 1.15e-4, "rollPressurePa": 1e8, "temperatureK": 353.15, "rollSpeedMPerS": 0.1,
                       "dryThicknessM": None, "initialPorosity": None},
    }  # fmt: skip


async def test_a_machine_that_there_is_not_is_null(ask):
    assert await ask("{ machine(line: CELL, stage: MIXING) { id } }") == {"machine": None, "errors": []}


@pytest.mark.parametrize("stage", list(Stage))
def test_every_parameter_is_in_the_graph_with_its_range(schema, stage):
    shown = schema._schema.type_map[TYPES[stage].__name__].fields
    given = schema._schema.type_map[f"{TYPES[stage].__name__}Input"].fields

    assert set(shown) == set(given) == set(GRAPH_NAMES[stage].values())
    for name, field in PARAMETERS[stage].model_fields.items():
        for each in (shown, given):
            assert quantity_of(field).allowed in each[GRAPH_NAMES[stage][name]].description


async def test_a_batch_shows_its_steps_and_what_is_its_own(ask, world):
    answer = await ask("""query($id: ID!) { batch(id: $id) { id batchId state progress queuedS reason
        parameters { line stage parameters { ... on CoatingParameters { coatingSpeedMPerS } } }
        steps { stage state progress machine { currentBatch { batchId } } result { durationS energyKwh yieldShare flags
        scrap { kg } readings { name value } } } } }""", id=write_id("Batch", "b1"))  # fmt: skip

    batch = answer["batch"]
    assert answer["errors"] == []
    assert (batch["id"], batch["batchId"], batch["state"]) == (write_id("Batch", "b1"), "b1", "QUEUED")
    assert batch["parameters"] == [{"line": "ANODE", "stage": "COATING", "parameters": {"coatingSpeedMPerS": 0.1}}]
    assert len(batch["steps"]) == 16
    assert batch["steps"][0]["result"] == {
        "durationS": 50.0, "energyKwh": 1.5, "yieldShare": 0.99, "flags": ["not_coatable"], "scrap": [{"kg": 0.1}],
        "readings": [{"name": "film_m", "value": 1e-4}, {"name": "odd", "value": None}],
    }  # fmt: skip
    assert [each["machine"]["currentBatch"] for each in batch["steps"][:2]] == [None, {"batchId": "b1"}]
    assert world.plant.asked("view") == [()]
    assert world.plant.asked("batches_by_id") == [("b1",), ("b1",)]


async def test_batches_come_page_by_page_newest_first(ask, world):
    query = """query($after: String) { batches(first: 2, after: $after, state: [QUEUED, QUEUED]) {
        nodes { batchId } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = (await ask(query))["batches"]
    second = (await ask(query, after=first["pageInfo"]["endCursor"]))["batches"]

    assert [each["batchId"] for each in first["nodes"]] == ["b3", "b2"]
    assert first["pageInfo"]["hasNextPage"]
    assert [each["batchId"] for each in second["nodes"]] == ["b1"]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert world.plant.asked("batches") == [(["QUEUED"], 2, None, False), (["QUEUED"], 2, "2", False)]


async def test_a_page_of_none_tells_whether_there_are_any(ask):
    answer = await ask("{ batches(first: 0) { nodes { id } pageInfo { hasNextPage endCursor } } }")

    assert answer["batches"] == {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}


async def test_the_figures_are_shown(ask):
    answer = await ask("""{ plant { kpis { simulatedS batches { state count } cellCount wip leadTime { p95S }
        bottleneckLine bottleneckStage rolledYield energyKwh kwhPerKwh scrapKg scrap { cause kg }
        stages { stage energyKwh } } } }""")

    kpis = answer["plant"]["kpis"]
    assert kpis["batches"] == [{"state": "completed", "count": 2}]
    assert (kpis["bottleneckLine"], kpis["bottleneckStage"], kpis["leadTime"]) == ("ANODE", "COATING", {"p95S": 120.0})
    assert (kpis["energyKwh"], kpis["scrapKg"]) == (16 * 3.5 + 9, 4.0)
    assert kpis["scrap"] == [{"cause": "edge", "kg": 4.0}]
    assert len(kpis["stages"]) == 16


LOG = """query($after: Cursor, $first: Int! = 100, $batch: ID, $line: Line, $stage: Stage) { plant { log(
    after: $after, first: $first, batchId: $batch, line: $line, stage: $stage) {
    hasNextPage endCursor nodes { sequence kind line stage batchId progress detail cursor } } } }"""


async def test_the_log_is_read_from_a_cursor_and_on(ask):
    first = (await ask(LOG, after=write_cursor(place(0)), first=2))["plant"]["log"]
    rest = (await ask(LOG, after=first["endCursor"]))["plant"]["log"]

    assert first["nodes"][1] == {
        "sequence": 2, "kind": "machine_working", "line": "ANODE", "stage": "COATING", "batchId": "b1",
        "progress": 0.2, "detail": {"a_s": 1}, "cursor": write_cursor(place(2)),
    }  # fmt: skip
    assert [each["sequence"] for each in rest["nodes"]] == [3, 4]
    assert (first["hasNextPage"], rest["hasNextPage"]) == (True, False)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [({}, [1, 2, 3, 4]), ({"line": "ANODE"}, [1, 2, 4]), ({"stage": "COATING"}, [2, 4]), ({"line": "CELL"}, []),
     ({"batch": write_id("Batch", "b2")}, [4]), ({"line": "ANODE", "stage": "MIXING"}, [1]), ({"first": 0}, [])],
)  # fmt: skip
async def test_the_log_is_chosen_from(ask, chosen, found):
    answer = await ask(LOG, **chosen)

    assert [each["sequence"] for each in answer["plant"]["log"]["nodes"]] == found


@pytest.mark.parametrize(
    ("chosen", "code"),
    [({"line": "CELL", "stage": "MIXING"}, "MACHINE_NOT_FOUND"), ({"first": 501}, "BAD_USER_INPUT"),
     ({"after": write_cursor(place(1)).replace("W", "X", 1)}, "CURSOR_INVALID")],
)  # fmt: skip
async def test_a_log_that_there_is_not_is_an_error(ask, chosen, code):
    assert (await ask(LOG, **chosen))["errors"][0]["extensions"]["code"] == code


async def test_machines_and_batches_are_found_by_their_ids(ask):
    ids = [write_id("Batch", "b1"), write_id("Machine", *COATER_WORDS), write_id("Machine", "cell", "mixing"),
           write_id("Batch", "gone"), write_id("Machine", "x", "y")]  # fmt: skip

    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)

    assert answer["errors"] == []
    assert answer["nodes"] == [
        {"__typename": "Batch", "id": ids[0]}, {"__typename": "Machine", "id": ids[1]}, None, None, None
    ]  # fmt: skip


COATER_WORDS = (COATER.line.value, COATER.stage.value)


async def test_batches_of_machines_of_batches_without_end_are_refused(ask, world):
    world.plant.rows = {f"b{number}": world.plant.rows["b1"] for number in range(100)}

    answer = await ask("{ batches(first: 100) { nodes { steps { machine { currentBatch { batchId } } } } } }")

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
