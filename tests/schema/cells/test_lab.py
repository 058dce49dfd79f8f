"""The graph over the real lab: lists, names and changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.stores.sqlite.database import Database
from tests.schema.cells.lab import built


@pytest.fixture
async def world(real_world):
    return real_world


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that readers ran."""
    found: list[str] = []
    connections = [each for each in database._readers._idle.queue if each is not None]
    for connection in connections:
        connection.set_trace_callback(found.append)
    try:
        yield found
    finally:
        for connection in connections:
            connection.set_trace_callback(None)


@pytest.mark.parametrize("breadth", [1, 100])
async def test_each_level_is_one_statement_whatever_its_breadth(ask, database, breadth):
    made = await built(ask)
    for number in range(breadth):
        await ask(
            """mutation($id: ID!, $name: String!) { createPropertiesMeasurement(instanceId: $id, input: {
            name: $name, properties: { g: 1 } }) { __typename } }""",
            id=made["cell"]["id"],
            name=f"m{number}",
        )

    with counted(database) as statements:
        answer = await ask("""{ cellSpecifications { nodes { instances { nodes { measurements { nodes {
            name steps { label } cycles { cycleCount } instance { name } } } } } } } }""")

    (found,) = answer["cellSpecifications"]["nodes"][0]["instances"]["nodes"]
    assert answer["errors"] == []
    assert len(found["measurements"]["nodes"]) == breadth
    assert len([each for each in statements if each not in ("BEGIN", "ROLLBACK")]) == 6


async def test_lists_are_filtered_ordered_and_paged_by_the_store(ask):
    await built(ask, "b %", "a", "c")
    query = """query($after: String) { cellMeasurements(first: 2, after: $after, filter: { state: RECORDING,
        tagsAll: ["live"], measurementType: TIME_SERIES }, orderBy: { field: NAME, direction: DESCENDING }) {
        totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""

    first = (await ask(query))["cellMeasurements"]
    second = (await ask(query, after=first["pageInfo"]["endCursor"]))["cellMeasurements"]
    other = await ask("""query($after: String) { cellMeasurements(after: $after) { nodes { name } } }""",
                      after=first["pageInfo"]["endCursor"])  # fmt: skip
    named = await ask('{ cellMeasurements(filter: { name: { contains: "%" } }) { nodes { name } } }')

    assert ([each["name"] for each in first["nodes"]], first["totalCount"]) == (["c", "b %"], 3)
    assert ([each["name"] for each in second["nodes"]], second["pageInfo"]["hasNextPage"]) == (["a"], False)
    assert other["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert [each["name"] for each in named["cellMeasurements"]["nodes"]] == ["b %"]


async def test_an_empty_page_tells_whether_there_is_more(ask):
    await built(ask, "a")

    answer = await ask("{ cellMeasurements(first: 0) { nodes { name } totalCount pageInfo { hasNextPage } } }")

    assert answer["cellMeasurements"] == {"nodes": [], "totalCount": 1, "pageInfo": {"hasNextPage": True}}


async def test_a_name_that_is_taken_leads_to_its_holder(ask):
    made = await built(ask, "a")

    answer = await ask(
        """mutation($id: ID!) { spec: createCellSpecification(input: { name: "M50" }) { ...Taken }
        cell: createCellInstance(specificationId: $id, input: { name: "#1" }) { ...Taken }
        same: createOrGetCellInstance(specificationId: $id, input: { name: "#1" }) {
            ... on CreatedOrGotCellInstance { isNew instance { id } } } }
        fragment Taken on NameTaken { existingId existing { id } }""",
        id=made["spec"]["id"],
    )

    assert answer["errors"] == []
    assert answer["spec"] == {"existingId": made["spec"]["specificationId"], "existing": {"id": made["spec"]["id"]}}
    assert answer["cell"]["existing"] == {"id": made["cell"]["id"]}
    assert answer["same"] == {"isNew": False, "instance": {"id": made["cell"]["id"]}}


async def test_fields_are_changed_kept_and_removed(ask):
    made = await built(ask)
    query = """mutation($id: ID!, $changes: CellSpecificationChanges!) { it: updateCellSpecification(id: $id,
        changes: $changes) { ... on CellSpecification { name formFactor manufacturer fields
        ratings { capacity { value } voltageMax { value } } } ... on InvalidField { field message } } }"""

    changed = await ask(query, id=made["spec"]["id"], changes={
        "formFactor": None, "manufacturer": "LG", "fields": {"anode": {"x": 1}}, "ratings": {"voltageMax":
        {"value": 4.2, "unit": "V"}}})  # fmt: skip
    refused = await ask(query, id=made["spec"]["id"], changes={"formFactor": "x" * 501})
    nameless = await ask(query, id=made["spec"]["id"], changes={"name": None})

    assert changed["it"] == {
        "name": "M50", "formFactor": None, "manufacturer": "LG", "fields": {"anode": {"x": 1}},
        "ratings": {"capacity": {"value": 5.0}, "voltageMax": {"value": 4.2}},
    }  # fmt: skip
    assert refused["it"] == {"field": "formFactor", "message": "formFactor has 501 characters; 500 are kept"}
    assert nameless["it"]["field"] == "name"


async def test_a_design_with_cells_is_deleted_only_with_all_that_hangs_on_it(ask):
    made = await built(ask, "a")
    query = """mutation($id: ID!, $c: Boolean! = false) { it: deleteCellSpecification(id: $id, cascade: $c) {
        __typename ... on CellSpecificationInUse { instanceCount } } }"""

    kept = await ask(query, id=made["spec"]["id"])
    gone = await ask(query, id=made["spec"]["id"], c=True)
    twice = await ask(query, id=made["spec"]["id"], c=True)

    assert kept["it"] == {"__typename": "CellSpecificationInUse", "instanceCount": 1}
    assert (gone["it"]["__typename"], twice["it"]["__typename"]) == ("CellSpecification", "CellSpecificationNotFound")
    assert (await ask("{ cellMeasurements { totalCount } }"))["cellMeasurements"] == {"totalCount": 0}
