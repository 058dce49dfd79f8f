"""The contract of every store of cells: rows added, changed and looked up by id."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from clients.cells.models import CellMeasurement, MeasurementType
from schema.ports import Query
from server.stores.cells import NameHeldError, RowMissingError
from tests.server.stores.cells.nouns import CREATED, NOON, ODD, after_noon, instance, measurement, specification
from tests.server.stores.sqlite.test_database import all_at_once

STRANGE = [
    'O\'Brien "the" `cell`; DROP TABLE cell_instance; --',
    "100 % _*\\",
    "eq.INR21700",
    "Zelle \U0001f50b größer als 5 Å",
    "  spaces  ",
    "new\nline",
    "x" * 10_000,
]
ODD_FIELDS = [
    {"capacity": float("nan")},
    {"capacity": float("inf")},
    {"when": NOON},
    {"half": "\ud800"},
]
FIELDS: dict[str, Any] = {
    "ratings": {"capacity": {"value": 5.0, "unit": "A*h"}, "voltage_max": {"value": 4, "unit": "V"}},
    "components": [None, True, 1.0, 1e-300, 2**80, -0.0, ""],
    "größe \U0001f50b": "“quoted”",
    "notes": None,
}


@pytest.mark.parametrize("name", STRANGE)
async def test_every_noun_comes_back_as_it_was(store, name):
    spec, cell = specification(name=name, **FIELDS), instance(name=name, **FIELDS)
    test = CellMeasurement(
        id="test-1",
        name=name,
        cell_instance_id="cell-1",
        measurement_type=MeasurementType.FILE,
        start_time=after_noon(-5),
        end_time=after_noon(-1),
        created_at=NOON,
        updated_at=after_noon(1),
        tags=("ageing", name, "a"),
        is_recording=True,
        row_count=3,
        columns=("Time [s]", name),
        content_sha256="ab" * 32,
        filenames=(name, "b.jpg"),
        fields=FIELDS,
    )
    await store.add_specification(spec)
    await store.add_instance(cell)
    await store.add_measurement(test)

    assert await store.specifications_by_id(["spec-1", "nobody"]) == {"spec-1": spec}
    assert await store.instances_by_id(["nobody", "cell-1"]) == {"cell-1": cell}
    found = await store.measurements_by_id(["test-1"])
    assert found == {"test-1": test}
    assert isinstance(found["test-1"].measurement_type, MeasurementType)
    assert repr(found["test-1"].fields) == repr(FIELDS), "1.0 stays 1.0"


async def test_what_is_not_known_stays_none(lab):
    (test,) = (await lab.measurements_by_id(["test-1"])).values()

    assert (test.start_time, test.end_time, test.content_sha256) == (None, None, None)
    assert (test.tags, test.columns, test.filenames) == ((), (), ())


async def test_hundreds_of_ids_are_looked_up_at_once(store):
    await store.add_specification(specification())
    ids = [f"cell-{number}" for number in range(600)]
    await all_at_once(*[partial(store.add_instance, instance(cell_id, cell_id)) for cell_id in ids])

    assert (await store.instances_by_id(ids)).keys() == set(ids)
    assert await store.instances_by_id([]) == {}


async def test_a_name_is_held_once_in_its_parent(lab, told):
    await lab.add_specification(specification("spec-2", "other"))
    with pytest.raises(NameHeldError) as spec:
        await lab.add_specification(specification("spec-3"), [CREATED])
    with pytest.raises(NameHeldError) as cell:
        await lab.add_instance(instance("cell-2"), [CREATED])
    with pytest.raises(NameHeldError) as test:
        await lab.add_measurement(measurement("test-2"), [CREATED])

    held = [(each.value.kind, each.value.name, each.value.existing_id) for each in (spec, cell, test)]
    assert held == [
        ("CellSpecification", "INR21700", "spec-1"),
        ("CellInstance", "cell one", "cell-1"),
        ("CellMeasurement", "test one", "test-1"),
    ]
    assert await lab.instances_by_id(["cell-2"]) == {}
    assert await told() == []


async def test_other_parents_have_names_of_their_own(lab):
    await lab.add_specification(specification("spec-2", project_id="p-1"))
    await lab.add_instance(instance("cell-2", parent="spec-2"))
    await lab.add_measurement(measurement("test-2", parent="cell-2"))
    with pytest.raises(NameHeldError):
        await lab.add_specification(specification("spec-3", project_id="p-1"))

    assert len((await lab.specifications(Query())).items) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("Cell", "cell"), ("cell", "cell "), ("\u00e9", "e\u0301"), ("ß", "ss"), ("1", "1.0")]
)
async def test_names_are_compared_exactly(store, one, other):
    await store.add_specification(specification("spec-1", one))
    await store.add_specification(specification("spec-2", other))

    assert {spec.name for spec in (await store.specifications(Query())).items} == {one, other}


async def test_an_id_is_held_once(lab):
    with pytest.raises(NameHeldError) as held:
        await lab.add_measurement(measurement("test-1", "another name"))

    assert held.value.existing_id == "test-1"


async def test_a_row_needs_its_parent(lab, told):
    with pytest.raises(RowMissingError) as spec:
        await lab.add_instance(instance("cell-2", parent="gone"), [CREATED])
    with pytest.raises(RowMissingError) as cell:
        await lab.add_measurement(measurement("test-2", parent="gone"), [CREATED])

    assert [(each.value.kind, each.value.row_id) for each in (spec, cell)] == [
        ("CellSpecification", "gone"),
        ("CellInstance", "gone"),
    ]
    assert await told() == []


@pytest.mark.parametrize("fields", ODD_FIELDS, ids=lambda fields: next(iter(fields)))
async def test_fields_that_are_not_json_are_refused(store, fields, told):
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        await store.add_specification(specification(**fields), [CREATED])

    assert await store.specifications_by_id(["spec-1"]) == {}
    assert await told() == []


def nested(depth: int) -> list[Any]:
    """Lists within each other."""
    found: list[Any] = []
    for _ in range(depth - 1):
        found = [found]
    return found


async def test_fields_may_be_nested(store):
    await store.add_specification(specification(nested={"deep": nested(98)}))

    assert len((await store.specifications(Query())).items) == 1


@pytest.mark.parametrize("depth", [100, 900, 985, 5_000, 100_000])
async def test_fields_nested_too_deep_to_be_read_again_are_refused(store, depth):
    with pytest.raises(ValueError, match="JSON"):
        await store.add_specification(specification(nested=nested(depth)))

    assert (await store.specifications(Query())).items == ()


async def test_a_row_that_lacks_what_it_must_have_is_refused(store):
    with pytest.raises(ValueError, match="missing"):
        await store.add_specification(replace(specification(), name=None))


async def test_a_row_without_its_times_is_refused(store):
    with pytest.raises(ValueError, match="created_at"):
        await store.add_specification(replace(specification(), created_at=None))


async def test_a_row_whose_event_cannot_be_told_is_not_kept(lab, told):
    with pytest.raises(ValueError, match="not JSON"):
        await lab.add_specification(specification("spec-2", "other"), [CREATED, ODD])
    with pytest.raises(ValueError, match="not JSON"):
        await lab.change_specification("spec-1", lambda spec: replace(spec, name="changed"), [ODD])
    with pytest.raises(ValueError, match="not JSON"):
        await lab.delete_specification("spec-1", [ODD], cascade=True)

    assert {spec.name for spec in (await lab.specifications(Query())).items} == {"INR21700"}
    assert await told() == []


async def test_a_change_answers_and_keeps_what_was_made(lab, told):
    spec = await lab.change_specification(
        "spec-1", lambda old: replace(old, fields={"form_factor": "18650"}), [CREATED]
    )
    cell = await lab.change_instance("cell-1", lambda old: replace(old, name="renamed", updated_at=after_noon(1)))
    test = await lab.change_measurement("test-1", lambda old: replace(old, tags=("b", "a"), start_time=NOON))

    assert spec.fields == {"form_factor": "18650"}
    assert await lab.specifications_by_id(["spec-1"]) == {"spec-1": spec}
    assert await lab.instances_by_id(["cell-1"]) == {"cell-1": cell}
    assert await lab.measurements_by_id(["test-1"]) == {"test-1": test}
    assert (cell.name, test.tags, await told()) == ("renamed", ("b", "a"), [CREATED.kind])


async def test_a_change_that_raises_leaves_all_as_it_was(lab):
    def refuse(old):
        raise LookupError("changed my mind")

    for change in (lab.change_specification, lab.change_instance, lab.change_measurement):
        with pytest.raises(LookupError, match="my mind"):
            await change(
                {lab.change_specification: "spec-1", lab.change_instance: "cell-1"}.get(change, "test-1"), refuse
            )

    assert await lab.specifications_by_id(["spec-1"]) == {"spec-1": specification(form_factor="21700")}
    assert await lab.measurements_by_id(["test-1"]) == {"test-1": measurement()}


async def test_a_change_may_not_take_a_held_name_or_an_id(lab):
    await lab.add_instance(instance("cell-2", "cell two", batch="B7"))
    with pytest.raises(NameHeldError) as held:
        await lab.change_instance("cell-2", lambda old: replace(old, name="cell one", fields={}))
    with pytest.raises(ValueError, match="an id stays"):
        await lab.change_instance("cell-2", lambda old: replace(old, id="cell-3"))

    assert held.value.existing_id == "cell-1"
    assert await lab.instances_by_id(["cell-2"]) == {"cell-2": instance("cell-2", "cell two", batch="B7")}


async def test_a_specification_may_move_to_another_project_where_its_name_is_free(lab):
    await lab.add_specification(specification("spec-2", project_id="p-1"))
    with pytest.raises(NameHeldError) as held:
        await lab.change_specification("spec-1", lambda old: replace(old, fields={"project_id": "p-1"}))

    assert held.value.existing_id == "spec-2"
    await lab.change_specification("spec-1", lambda old: replace(old, fields={"project_id": "p-2"}))


async def test_only_what_is_there_can_be_changed(lab):
    for change, kind in (
        (lab.change_specification, "CellSpecification"),
        (lab.change_instance, "CellInstance"),
        (lab.change_measurement, "CellMeasurement"),
    ):
        with pytest.raises(RowMissingError) as missing:
            await change("gone", lambda old: old)
        assert (missing.value.kind, missing.value.row_id) == (kind, "gone")


async def test_fifty_who_create_one_name_at_once_make_one_row(lab):
    adds = [partial(lab.add_instance, instance(f"new-{number}", "contested"), [CREATED]) for number in range(50)]
    outcomes = await all_at_once(*adds)

    (winner,) = [f"new-{number}" for number, outcome in enumerate(outcomes) if outcome is None]
    losers = [outcome for outcome in outcomes if outcome is not None]
    assert {type(outcome) for outcome in losers} == {NameHeldError}
    assert {outcome.existing_id for outcome in losers} == {winner}


async def test_fifty_changes_at_once_are_all_seen(lab):
    def count(old):
        return replace(old, fields={"count": old.fields.get("count", 0) + 1})

    await all_at_once(*[partial(lab.change_instance, "cell-1", count) for _ in range(50)])

    assert (await lab.instances_by_id(["cell-1"]))["cell-1"].fields == {"count": 50}
