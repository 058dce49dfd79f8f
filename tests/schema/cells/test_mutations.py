"""Changing the lab: the changed thing, or a refusal that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from schema.cells import refusals
from schema.node import write_id
from tests.schema.cells.nouns import BUTTON, CELL, COIN, DESIGN, MASSES

MESSAGE = "the lab said no; do something else"
WRITING = {"InvalidField", "NameTaken", "LimitReached", "StorageFull"}
RUNNING = {
    "CellMeasurementNotFound", "MeasurementEnded", "MeasurementBusy", "InvalidSeries", "LimitReached", "StorageFull"
}  # fmt: skip
COLUMNS = {"Time [s]": [0.0, 0.1]}

CHANGES = {
    "createCellSpecification": 'createCellSpecification(input: { name: "n" })',
    "updateCellSpecification": 'updateCellSpecification(id: "s1", changes: { name: "n" })',
    "deleteCellSpecification": 'deleteCellSpecification(id: "s1")',
    "createCellInstance": 'createCellInstance(specificationId: "s1", input: { name: "n" })',
    "createOrGetCellInstance": 'createOrGetCellInstance(specificationId: "s1", input: { name: "n" })',
    "updateCellInstance": 'updateCellInstance(id: "i1", changes: { name: "n" })',
    "deleteCellInstance": 'deleteCellInstance(id: "i1")',
    "createPropertiesMeasurement": 'createPropertiesMeasurement(instanceId: "i1", input: { name: "n" })',
    "updateCellMeasurement": 'updateCellMeasurement(id: "m1", changes: { name: "n" })',
    "deleteCellMeasurement": 'deleteCellMeasurement(id: "m1")',
    "prepareMeasurementUpload": 'prepareMeasurementUpload(instanceId: "i1", name: "n")',
    "uploadMeasurement": 'uploadMeasurement(instanceId: "i1", measurementId: "u1", input: { name: "n" })',
    "startMeasurement": 'startMeasurement(instanceId: "i1", input: { name: "n" })',
    "appendMeasurement": 'appendMeasurement(id: "m2", columns: $columns)',
    "finishMeasurement": 'finishMeasurement(id: "m2")',
}
REFUSALS = {
    "createCellSpecification": WRITING,
    "updateCellSpecification": WRITING | {"CellSpecificationNotFound"},
    "deleteCellSpecification": {"CellSpecificationNotFound", "CellSpecificationInUse"},
    "createCellInstance": WRITING | {"CellSpecificationNotFound"},
    "createOrGetCellInstance": WRITING | {"CellSpecificationNotFound"},
    "updateCellInstance": WRITING | {"CellInstanceNotFound"},
    "deleteCellInstance": {"CellInstanceNotFound"},
    "createPropertiesMeasurement": WRITING | {"CellInstanceNotFound"},
    "updateCellMeasurement": WRITING | {"CellMeasurementNotFound", "MeasurementBusy"},
    "deleteCellMeasurement": {"CellMeasurementNotFound", "MeasurementBusy"},
    "prepareMeasurementUpload": WRITING | {"CellInstanceNotFound"},
    "uploadMeasurement": WRITING
    | {"CellInstanceNotFound", "MeasurementBusy", "UploadNotFound", "UploadTooLarge", "InvalidSeries"},
    "startMeasurement": WRITING | {"CellInstanceNotFound"},
    "appendMeasurement": RUNNING | {"AppendOutOfPlace"},
    "finishMeasurement": RUNNING | {"InvalidField"},
}
DETAILS: dict[str, dict[str, Any]] = {
    "InvalidField": {"field": "name"},
    "NameTaken": {"kind": "CellInstance", "name": "n", "existing_id": "gone"},
    "LimitReached": {"limit": 5},
    "CellSpecificationNotFound": {"specification_id": "s1"},
    "CellSpecificationInUse": {"specification_id": "s1", "instance_count": 2},
    "CellInstanceNotFound": {"instance_id": "i1"},
    "CellMeasurementNotFound": {"measurement_id": "m1"},
    "MeasurementBusy": {"measurement_id": "m1"},
    "MeasurementEnded": {"measurement_id": "m1"},
    "UploadTooLarge": {"limit_bytes": 1},
    "InvalidSeries": {"code": "time_falls", "column": "Time [s]", "row": 3},
    "AppendOutOfPlace": {"expected_row": 3},
}
OF_READS = {"SeriesMissing", "ColumnMissing", "FileNotFound"}


def answering(world: Any, answer: Any) -> None:
    world.cells.answer = world.uploads.answer = world.recordings.answer = answer


def mutation(change: str, shown: str) -> str:
    head = "mutation($columns: Columns!)" if "$columns" in change else "mutation"
    return f"{head} {{ answer: {change} {{ __typename {shown} }} }}"


@pytest.mark.parametrize(("change", "refusal"), [(c, r) for c, found in REFUSALS.items() for r in sorted(found)])
async def test_each_refusal_that_can_happen_is_an_answer(ask, world, change, refusal):
    answering(world, getattr(refusals, refusal)(message=MESSAGE, **DETAILS.get(refusal, {})))

    answer = await ask(mutation(CHANGES[change], "... on CellRefusal { message }"), columns=COLUMNS)

    assert answer == {"answer": {"__typename": refusal, "message": MESSAGE}, "errors": []}


def test_every_refusal_there_is_can_be_answered():
    there_are = {each.__name__ for each in refusals.CellRefusal.__subclasses__()}

    assert set().union(*REFUSALS.values(), OF_READS) == there_are


@pytest.mark.parametrize(
    ("kind", "key", "name"),
    [("CellSpecification", "s1", "LG M50"), ("CellInstance", "i1", "LG M50 #1"), ("CellMeasurement", "m1", "Formation"),
     ("CellMeasurement", "gone", None)],
)  # fmt: skip
async def test_a_taken_name_carries_its_holder(ask, world, kind, key, name):
    answering(world, refusals.NameTaken(message=MESSAGE, kind=kind, name="n", existing_id=key))
    shown = """... on NameTaken { name existingId existing { __typename id ... on CellSpecification { name }
        ... on CellInstance { name } ... on CellMeasurement { name } } }"""

    answer = await ask(mutation(CHANGES["createCellInstance"], shown))

    found = name and {"__typename": kind, "id": write_id(kind, key), "name": name}
    assert answer["errors"] == []
    assert answer["answer"] == {"__typename": "NameTaken", "name": "n", "existingId": key, "existing": found}


async def test_creating_a_specification_keeps_what_was_given_in_the_labs_words(ask, world):
    world.cells.answer = DESIGN
    given = {
        "name": "M50", "formFactor": "21700", "notes": None, "properties": {"massG": 1},
        "ratings": {"capacity": {"value": 5.0, "unit": "A.h"}, "voltageMin": None, "fields": {"dc_ir": {"value": 1}}},
        "source": {"creatorName": "Ada", "fields": {"page": 3}}, "fields": {"anode": {"x": [1, None]}},
    }  # fmt: skip

    answer = await ask(
        "mutation($i: CellSpecificationInput!) { answer: createCellSpecification(input: $i) { __typename } }", i=given
    )

    assert answer == {"answer": {"__typename": "CellSpecification"}, "errors": []}
    assert world.cells.calls == [("create_specification", {
        "name": "M50", "form_factor": "21700", "notes": None, "properties": {"massG": 1},
        "ratings": {"capacity": {"value": 5.0, "unit": "A.h"}, "voltage_min": None, "dc_ir": {"value": 1}},
        "source": {"creator_name": "Ada", "page": 3}, "anode": {"x": [1, None]},
    })]  # fmt: skip


async def test_an_update_names_only_what_changes_and_null_removes(ask, world):
    world.cells.answer = MASSES
    gid = write_id("CellMeasurement", "m3")

    answer = await ask(
        """mutation($id: ID!) { answer: updateCellMeasurement(id: $id, changes: { notes: null, tags: ["a"],
        startTime: "2026-06-21T14:00:00+02:00", fields: { operator: null } }) { ... on CellMeasurement { name } } }""",
        id=gid,
    )

    assert answer == {"answer": {"name": "Masses"}, "errors": []}
    assert world.cells.calls == [
        ("update_measurement", "m3",
         {"start_time": "2026-06-21T12:00:00Z", "tags": ["a"], "notes": None, "operator": None})
    ]  # fmt: skip


async def test_an_empty_update_names_nothing(ask, world):
    world.cells.answer = CELL

    await ask('mutation { updateCellInstance(id: "i1", changes: {}) { __typename } }')

    assert world.cells.calls == [("update_instance", "i1", {})]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ("[1]", "fields", "fields: has to be an object"),
        ("5", "fields", "fields: has to be an object"),
        ('{ form_factor: "x" }', "fields.form_factor", "fields.form_factor: give it as `formFactor`, beside `fields`"),
        ("{ name: 5 }", "fields.name", "fields.name: give it as `name`, beside `fields`"),
    ],
)
async def test_fields_that_cannot_be_are_refused_before_the_lab_is_asked(ask, world, fields, field, message):
    answer = await ask(
        f'mutation {{ answer: createCellSpecification(input: {{ name: "n", fields: {fields} }}) {{'
        " ... on InvalidField { field message } } }"
    )

    assert answer == {"answer": {"field": field, "message": message}, "errors": []}
    assert world.cells.calls == []


@pytest.mark.parametrize(
    ("told", "field"),
    [("name", "name"), ("form_factor", "formFactor"), ("ratings.voltage_min.value", "ratings.voltageMin.value"),
     ("source.creator_name", "source.creatorName"), ("properties.mass_g", "properties.mass_g"), ("tags[0]", "tags[0]"),
     ("measured_properties.a_b[1].c_d", "measuredProperties.a_b[1].c_d"), ("own_key.x", "fields.own_key.x"),
     ("document", "fields"), ("measurement_type", "measurementType"), ("filenames[2]", "filenames[2]"),
     ("cell_instance_id", "instanceId")],
)  # fmt: skip
async def test_the_labs_words_are_spelled_as_the_graph_spells_them(ask, world, told, field):
    world.cells.answer = refusals.InvalidField(message=f"{told} is not after start_time", field=told)

    answer = await ask(mutation(CHANGES["updateCellInstance"], "... on InvalidField { field message }"))

    assert answer["answer"] == {
        "__typename": "InvalidField", "field": field, "message": f"{field} is not after startTime"
    }  # fmt: skip


async def test_deleting_says_whether_what_hangs_on_it_may_go(ask, world):
    world.cells.answer = COIN
    query = 'mutation($c: Boolean!) { deleteCellSpecification(id: "s2", cascade: $c) { ... on Node { id } } }'

    first = await ask(query, c=False)
    await ask(query, c=True)

    assert first["deleteCellSpecification"] == {"id": write_id("CellSpecification", "s2")}
    assert world.cells.calls == [("delete_specification", "s2", False), ("delete_specification", "s2", True)]


GET = """mutation { answer: createOrGetCellInstance(specificationId: "s2", input: { name: "button", batch: "B" }) {
    __typename ... on CreatedOrGotCellInstance { isNew instance { name batch specification { name } } } } }"""


async def test_an_instance_is_created_once(ask, world):
    world.cells.answer = BUTTON

    answer = await ask(GET)

    assert answer["answer"]["isNew"]
    assert answer["answer"]["instance"] == {"name": "button", "batch": None, "specification": {"name": "Küche 🔌"}}
    assert world.cells.asked("create_instance") == [("s2", {"name": "button", "batch": "B"})]


async def test_an_instance_that_is_there_is_got(ask, world):
    world.cells.answer = refusals.NameTaken(message="", kind="CellInstance", name="button", existing_id="i3")

    answer = await ask(GET)

    assert (answer["answer"]["isNew"], answer["answer"]["instance"]["name"]) == (False, "button")


async def test_an_instance_that_is_deleted_between_is_created_anew(ask, world):
    held = refusals.NameTaken(message="", kind="CellInstance", name="button", existing_id="gone")
    answers = [held, BUTTON]

    async def create(*_: Any) -> Any:
        return answers.pop(0)

    world.cells.create_instance = create

    assert (await ask(GET))["answer"]["isNew"]
