"""Reading the lab: one thing by its id, and all of it in one request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schema.node import write_id
from schema.ports import Comparison, Condition
from schema.scalars import packed
from tests.schema.cells.nouns import CELL, DESIGN, MASSES, RUN
from tests.schema.nouns import NOW

EVERYTHING = """{ cellSpecifications { nodes { name instances { nodes { name measurements { nodes {
    name state steps { stepCount } cycles { cycleCount } series(columns: ["Voltage [V]"]) } } } } } } }"""


async def test_a_specification_shows_what_was_given(ask):
    answer = await ask("""{ cellSpecification(id: "s1") {
        id specificationId name formFactor manufacturer projectId notes createdAt updatedAt properties fields
        ratings { capacity { value unit } voltageMax { value unit } nominalVoltage { value } energy { value } other }
        source { doi citation creatorName other } } }""")

    assert answer["errors"] == []
    assert answer["cellSpecification"] == {
        "id": write_id("CellSpecification", "s1"), "specificationId": "s1", "name": "LG M50", "formFactor": "21700",
        "manufacturer": "LG", "projectId": "p1", "notes": None, "createdAt": "2026-06-20T12:00:00Z",
        "updatedAt": "2026-06-21T12:00:00Z", "properties": {"mass_g": 68.1},
        "fields": {"anode": {"material": {"name": "graphite"}}, "notes": ["not", "a", "text"]},
        "ratings": {
            "capacity": {"value": 5.0, "unit": "A*h"}, "voltageMax": {"value": 4.2, "unit": None},
            "nominalVoltage": None, "energy": None,
            "other": {"nominal_voltage": "3.6 V", "energy_density": {"value": 260.0, "unit": "W.h/kg"}},
        },
        "source": {"doi": "10.1000/182", "citation": None, "creatorName": None,
                   "other": {"creator_name": 7, "page": 3}},
    }  # fmt: skip


async def test_an_instance_shows_what_was_given(ask):
    answer = await ask("""{ cellInstance(id: "i1") { instanceId name specificationId batch batchId dateManufactured
        notes measuredProperties fields specification { name } } }""")

    assert answer["cellInstance"] == {
        "instanceId": "i1", "name": "LG M50 #1", "specificationId": "s1", "batch": "B-7", "batchId": None,
        "dateManufactured": "2026-05-01", "notes": None, "measuredProperties": {"anode": {"mass_g": 1.0}},
        "fields": {"shelf": 4}, "specification": {"name": "LG M50"},
    }  # fmt: skip


async def test_a_measurement_shows_what_was_given(ask):
    answer = await ask("""{ cellMeasurement(id: "m1") { measurementId name instanceId measurementType state startTime
        endTime rowCount columns tags notes protocol testSetup properties contentSha256 fields parquetUrl stepsUrl
        files { filename } instance { name specification { name } } } }""")

    assert answer["cellMeasurement"] == {
        "measurementId": "m1", "name": "Formation", "instanceId": "i1", "measurementType": "TIME_SERIES",
        "state": "COMPLETE", "startTime": "2026-06-20T12:00:00Z", "endTime": "2026-06-21T12:00:00Z", "rowCount": 4,
        "columns": ["Time [s]", "Voltage [V]", "Current [A]", "Step count"], "tags": ["formation", "25 degC"],
        "notes": "first run", "protocol": {"name": "C/10"}, "testSetup": None, "properties": None,
        "contentSha256": "ab" * 32, "fields": {"test_setup": "bench 4", "operator": "Ada"},
        "parquetUrl": "http://lab/m1/samples", "stepsUrl": "http://lab/m1/steps", "files": [],
        "instance": {"name": "LG M50 #1", "specification": {"name": "LG M50"}},
    }  # fmt: skip


@pytest.mark.parametrize("key", ["m2", "m3", "m4"])
async def test_what_has_no_whole_series_has_no_parquet(ask, key):
    answer = await ask("query($id: ID!) { cellMeasurement(id: $id) { parquetUrl stepsUrl } }", id=key)

    assert answer["cellMeasurement"] == {"parquetUrl": None, "stepsUrl": None}


async def test_files_and_recordings_are_told_apart(ask):
    answer = await ask("""{ files: cellMeasurement(id: "m4") { measurementType state files { filename url } }
        live: cellMeasurement(id: "m2") { measurementType state steps { label } stepTable }
        masses: cellMeasurement(id: "m3") { measurementType properties } }""")

    assert answer["files"] == {
        "measurementType": "FILE", "state": "COMPLETE",
        "files": [{"filename": "a b.png", "url": "http://lab/m4/files/a b.png"},
                  {"filename": "c.png", "url": "http://lab/m4/files/c.png"}],
    }  # fmt: skip
    assert answer["live"] == {"measurementType": "TIME_SERIES", "state": "RECORDING", "steps": [], "stepTable": {}}
    assert answer["masses"] == {"measurementType": "PROPERTIES", "properties": {"g": 68.1}}


@pytest.mark.parametrize("name", ["cellSpecification", "cellInstance", "cellMeasurement"])
@pytest.mark.parametrize("key", ["", "nobody", "é🔌", "%", "A" * 5_000, write_id("Panel", "s1"), "\0"])
async def test_what_is_not_there_is_null(ask, name, key):
    assert await ask(f"query($id: ID!) {{ it: {name}(id: $id) {{ name }} }}", id=key) == {"it": None, "errors": []}


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [("cellSpecification", "CellSpecification", "s1"), ("cellInstance", "CellInstance", "i1"),
     ("cellMeasurement", "CellMeasurement", "m1")],
)  # fmt: skip
async def test_each_is_found_by_its_own_id_the_global_one_and_as_a_node(ask, name, kind, key):
    query = f"query($id: ID!) {{ it: {name}(id: $id) {{ id name }} }}"
    by_own = (await ask(query, id=key))["it"]
    node = await ask("query($id: ID!) { node(id: $id) { __typename id } }", id=by_own["id"])

    assert (await ask(query, id=by_own["id"]))["it"] == by_own
    assert node["node"] == {"__typename": kind, "id": by_own["id"]}


async def test_nodes_ask_each_type_once(ask, world):
    ids = [write_id("CellMeasurement", each) for each in ("m1", "gone", "m2", "m1")]
    ids += [write_id("CellInstance", "i1"), write_id("CellSpecification", "s2")]

    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { ... on CellMeasurement { name } } }", ids=ids)

    assert answer["nodes"] == [{"name": "Formation"}, None, {"name": "Ageing"}, {"name": "Formation"}, {}, {}]
    assert sorted(world.cells.calls) == [
        ("instances_by_id", ("i1",)), ("measurements_by_id", ("m1", "gone", "m2")), ("specifications_by_id", ("s2",))
    ]  # fmt: skip


async def test_one_request_walks_from_the_design_to_the_samples(ask):
    answer = await ask(EVERYTHING.replace("series", "samples: series"))

    design, coin = answer["cellSpecifications"]["nodes"]
    first, twin = design["instances"]["nodes"]
    run, live = first["measurements"]["nodes"]
    assert (coin["name"], [each["name"] for each in coin["instances"]["nodes"]]) == ("Küche 🔌", ["button"])
    assert run == {
        "name": "Formation", "state": "COMPLETE", "steps": [{"stepCount": n} for n in range(3)],
        "cycles": [{"cycleCount": 0}, {"cycleCount": 1}],
        "samples": {"time": [0.0, 1.0], "columns": {"Voltage [V]": [0.5, None]}, "sourcePoints": 4},
    }  # fmt: skip
    assert (live["steps"], live["cycles"]) == ([], [])
    assert [each["samples"] for each in twin["measurements"]["nodes"]] == [None, None]
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["SERIES_NOT_FOUND"] * 2


@pytest.mark.parametrize("breadth", [1, 100])
async def test_each_level_is_one_call_whatever_its_breadth(ask, world, breadth):
    numbers = range(breadth)
    world.cells.specs = {f"s{n}": replace(DESIGN, id=f"s{n}") for n in numbers}
    world.cells.cells = {f"i{n}": replace(CELL, id=f"i{n}", cell_specification_id=f"s{n}") for n in numbers}
    world.cells.tests = {f"m{n}": replace(RUN, id=f"t{n}", cell_instance_id=f"i{n}") for n in numbers}

    answer = await ask(EVERYTHING)

    assert answer["errors"] == []
    assert len(answer["cellSpecifications"]["nodes"]) == breadth
    assert [call[0] for call in world.cells.calls] == ["specifications", "instances_of", "measurements_of"]
    assert sorted(call[0] for call in world.samples.calls) == ["cycles", "series", "steps"]
    assert {len(call[1]) for call in world.samples.calls} == {breadth}


async def test_the_way_up_is_one_call_for_each_level_too(ask, world):
    answer = await ask("{ cellMeasurements { nodes { instance { name specification { name } } } } }")

    assert [each["instance"]["specification"]["name"] for each in answer["cellMeasurements"]["nodes"]] == ["LG M50"] * 4
    assert world.cells.calls[1:] == [("instances_by_id", ("i1", "i2")), ("specifications_by_id", ("s1",))]


async def test_a_parent_that_is_deleted_meanwhile_is_null(ask, world):
    world.cells.cells.clear()

    answer = await ask('{ cellMeasurement(id: "m1") { name instance { name } } }')

    assert answer == {"cellMeasurement": {"name": "Formation", "instance": None}, "errors": []}


async def test_what_is_kept_in_odd_shapes_is_shown_as_it_is(ask, world):
    odd: dict[str, Any] = {
        "batch": 7,
        "batch_id": None,
        "measured_properties": [1],
        "big": 10**30,
        "deep": [[{"a": []}]],
    }
    world.cells.cells["i1"] = replace(CELL, fields=odd)

    answer = await ask('{ cellInstance(id: "i1") { batch batchId measuredProperties fields } }')

    assert answer["errors"] == []
    assert answer["cellInstance"] == {
        "batch": None,
        "batchId": None,
        "measuredProperties": None,
        "fields": odd,
    }


async def test_pages_follow_each_other_by_the_ports_places(ask, world):
    query = """query($after: String) { cellMeasurements(first: 3, after: $after) {
        nodes { name } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = (await ask(query))["cellMeasurements"]
    second = (await ask(query, after=first["pageInfo"]["endCursor"]))["cellMeasurements"]

    assert [len(first["nodes"]), len(second["nodes"])] == [3, 1]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert second["pageInfo"]["hasPreviousPage"]
    assert [call[0].after for call in world.cells.asked("measurements")] == [None, "behind m3"]


async def test_rows_are_counted_only_where_the_count_is_asked_for(ask, world):
    answer = await ask("""{ plain: cellMeasurements(first: 1) { nodes { name } }
        counted: cellMeasurements(first: 1) { ...Count }
        cellInstances { totalCount nodes { measurements { ... on CellMeasurementConnection { totalCount } } } } }
        fragment Count on CellMeasurementConnection { totalCount }""")

    assert answer["counted"] == {"totalCount": 4}
    assert answer["cellInstances"]["totalCount"] == 3
    assert [each["measurements"]["totalCount"] for each in answer["cellInstances"]["nodes"]] == [2, 2, 0]
    assert [call[0].with_total for call in world.cells.asked("measurements")] == [False, True]


async def test_a_filter_and_an_order_become_the_ports_query(ask, world):
    await ask("""{ cellMeasurements(first: 7, orderBy: { field: START_TIME, direction: DESCENDING }, filter: {
        name: { eq: "a%", contains: "é" }, measurementType: FILE, state: RECORDING, tagsAll: ["x", "y", "x"],
        tagsAny: ["z"], startTime: { after: "2026-06-21T12:00:00Z" }, createdAt: { before: "2026-06-21T14:00:00+02:00" }
    }) { nodes { name } } }""")

    ((query,),) = world.cells.asked("measurements")
    assert query.conditions == (
        Condition("name", Comparison.EQUALS, "a%"), Condition("name", Comparison.CONTAINS, "é"),
        Condition("created_at", Comparison.BELOW, NOW), Condition("start_time", Comparison.ABOVE, NOW),
        Condition("measurement_type", Comparison.EQUALS, "file"), Condition("state", Comparison.EQUALS, "RECORDING"),
    )  # fmt: skip
    assert (query.tags_all, query.tags_any) == (("x", "y"), ("z",))
    assert (query.order_by, query.is_descending, query.limit) == ("start_time", True, 7)


async def test_texts_of_designs_and_cells_are_filtered_too(ask, world):
    await ask("""{ cellSpecifications(filter: { formFactor: "21700", manufacturer: "LG", projectId: "" }) { nodes { name
        instances(filter: { batch: "B", batchId: "7", formFactor: "R2032" }, orderBy: { field: NAME }) {
            nodes { name } } } } }""")

    (query,) = world.cells.asked("specifications")[0]
    (_, nested) = world.cells.asked("instances_of")[0]
    assert [(each.field, each.value) for each in query.conditions] == [
        ("form_factor", "21700"), ("manufacturer", "LG"), ("project_id", "")
    ]  # fmt: skip
    assert [(each.field, each.value) for each in nested.conditions] == [
        ("form_factor", "R2032"), ("batch", "B"), ("batch_id", "7")
    ]  # fmt: skip
    assert (nested.order_by, nested.is_descending) == ("name", False)


async def test_the_oldest_comes_first_and_null_means_any(ask, world):
    await ask("{ cellInstances(filter: { name: null, batch: null }, orderBy: null) { nodes { name } } }")

    (query,) = world.cells.asked("instances")[0]
    assert (query.conditions, query.order_by, query.is_descending) == ((), "created_at", False)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("first: 501", "first"),
        ("first: -1", "first"),
        ('filter: { name: { contains: "LONG" } }', "filter.name.contains"),
        ('filter: { name: { eq: "LONG" } }', "filter.name.eq"),
        ('filter: { tagsAll: ["LONG"] }', "filter.tagsAll"),
        ("filter: { tagsAny: [" + " ".join(f'"{n}"' for n in range(51)) + "] }", "filter.tagsAny"),
    ],
)
async def test_bad_arguments_are_named(ask, arguments, argument):
    answer = await ask(f"{{ cellMeasurements({arguments.replace('LONG', 'x' * 1001)}) {{ nodes {{ name }} }} }}")

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}


NO_PLACE = packed('["a log", "Query.cellMeasurements", "no place"]')


@pytest.mark.parametrize("after", ["", "x", "WzFd", NO_PLACE, "A" * 20_000])
async def test_what_is_no_cursor_is_refused(ask, after):
    answer = await ask("query($a: String) { cellMeasurements(after: $a) { nodes { name } } }", a=after)

    assert answer["errors"][0]["extensions"] == {"code": "CURSOR_INVALID"}


async def test_a_page_for_too_many_parents_is_refused_before_it_is_read(ask, world):
    world.cells.cells = {f"i{n}": replace(CELL, id=f"i{n}") for n in range(41)}

    answer = await ask("{ cellInstances(first: 41) { nodes { measurements(first: 500) { nodes { name } } } } }")

    assert answer["errors"][0]["message"] == (
        "first: 500 for each of 41 is more than 20,000 in one answer; ask for fewer"
    )
    assert world.cells.asked("measurements_of") == []


def test_the_fakes_rows_are_told_apart():
    assert len({RUN.measurement_type, MASSES.measurement_type}) == 2
