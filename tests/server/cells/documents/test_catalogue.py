from __future__ import annotations

from datetime import UTC, datetime

import anyio
import pytest

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema.cells import refusals
from schema.ports import Comparison, Condition, Query, TopicFilter
from server.cells.limits import Limits


async def test_a_row_comes_changes_and_goes_with_an_event_each(bench):
    cells = bench.lab.cells
    made = await cells.create_specification({"name": "18650", "ratings": {"capacity": {"value": 3, "unit": "A*h"}}})
    assert isinstance(made, CellSpecification)

    changed = await cells.update_specification(made.id, {"ratings": {"capacity": {"value": 3.1}}, "mine": "kept"})

    assert isinstance(changed, CellSpecification)
    assert changed.fields == {"ratings": {"capacity": {"value": 3.1, "unit": "A*h"}}, "mine": "kept"}
    assert (await cells.specifications_by_id([made.id]))[made.id] == changed
    assert await cells.delete_specification(made.id) == changed
    assert await cells.specifications_by_id([made.id]) == {}
    assert (await bench.kinds())[2:] == [
        "CellSpecificationCreated",
        "CellSpecificationUpdated",
        "CellSpecificationDeleted",
    ]


async def test_events_are_about_the_row_and_say_little(bench):
    await bench.lab.cells.update_instance(bench.instance_id, {"notes": "x" * 50_000, "batch": None, "id": 5})
    events, _ = await bench.log.since(None, [TopicFilter("cells", bench.instance_id)], 10)
    assert [(event.kind, event.data) for event in events] == [
        ("CellInstanceCreated", {"name": "cell 1", "specificationId": bench.specification_id}),
        ("CellInstanceUpdated", {"fields": ["batch", "notes"]}),
    ]


async def test_a_name_is_taken_once_in_its_place(bench):
    cells = bench.lab.cells
    taken = await cells.create_specification({"name": "LG M50"})
    assert isinstance(taken, refusals.NameTaken)
    assert (taken.kind, taken.name, taken.existing_id) == ("CellSpecification", "LG M50", bench.specification_id)
    other = await cells.create_specification({"name": "LG M50", "project_id": "p"})
    assert isinstance(other, CellSpecification)
    assert isinstance(await cells.update_specification(other.id, {"project_id": None}), refusals.NameTaken)
    assert isinstance(await cells.create_instance(bench.specification_id, {"name": "cell 1"}), refusals.NameTaken)
    assert isinstance(await cells.create_instance(other.id, {"name": "cell 1"}), CellInstance)


async def test_of_many_at_once_one_gets_the_name(bench):
    answers = []

    async def create():
        answers.append(await bench.lab.cells.create_instance(bench.specification_id, {"name": "raced"}))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(create)
    (made,) = [answer for answer in answers if isinstance(answer, CellInstance)]
    assert {answer.existing_id for answer in answers if isinstance(answer, refusals.NameTaken)} == {made.id}
    assert len(answers) == 20


@pytest.mark.parametrize(
    ("method", "arguments", "refusal"),
    [
        ("update_specification", ({},), refusals.CellSpecificationNotFound),
        ("delete_specification", (), refusals.CellSpecificationNotFound),
        ("create_instance", ({"name": "x"},), refusals.CellSpecificationNotFound),
        ("update_instance", ({},), refusals.CellInstanceNotFound),
        ("delete_instance", (), refusals.CellInstanceNotFound),
        ("create_properties", ({"name": "x", "properties": {}},), refusals.CellInstanceNotFound),
        ("update_measurement", ({},), refusals.CellMeasurementNotFound),
        ("delete_measurement", (), refusals.CellMeasurementNotFound),
    ],
)
async def test_what_is_not_there_is_said_by_its_kind(bench, method, arguments, refusal):
    before = await bench.kinds()
    answer = await getattr(bench.lab.cells, method)("no-such-id", *arguments)
    assert isinstance(answer, refusal)
    assert "no-such-id" in answer.message
    assert await bench.kinds() == before


async def test_a_refused_change_leaves_the_row_as_it_was(bench):
    cells = bench.lab.cells
    before = await cells.specifications_by_id([bench.specification_id])
    answer = await cells.update_specification(bench.specification_id, {"notes": "new", "ratings": {"capacity": 5}})
    assert isinstance(answer, refusals.InvalidField)
    assert answer.field == "ratings.capacity"
    assert await cells.specifications_by_id([bench.specification_id]) == before
    assert isinstance(await cells.update_specification(bench.specification_id, {"\ud800": 1}), refusals.InvalidField)
    assert isinstance(
        await cells.update_specification(bench.specification_id, {"x" * 70_000: 1}), refusals.InvalidField
    )


async def test_a_specification_in_use_goes_only_with_all_that_is_below(bench):
    cells = bench.lab.cells
    properties = await cells.create_properties(bench.instance_id, {"name": "mass", "properties": {"mass_g": 70.1}})
    assert isinstance(properties, CellMeasurement)
    assert properties.measurement_type is MeasurementType.PROPERTIES

    refused = await cells.delete_specification(bench.specification_id)
    assert isinstance(refused, refusals.CellSpecificationInUse)
    assert (refused.specification_id, refused.instance_count) == (bench.specification_id, 1)
    assert isinstance(await cells.delete_specification(bench.specification_id, cascade=True), CellSpecification)
    assert await cells.measurements_by_id([properties.id]) == {}


async def test_tags_and_times_are_attributes(bench):
    cells = bench.lab.cells
    made = await cells.create_properties(bench.instance_id, {"name": "a", "properties": {}, "tags": ["x", "y", "x"]})
    assert isinstance(made, CellMeasurement)
    assert await cells.tags() == {"x": 1, "y": 1}
    changed = await cells.update_measurement(made.id, {"tags": ["z"], "start_time": "2026-01-02"})
    assert isinstance(changed, CellMeasurement)
    assert (changed.tags, changed.start_time) == (("z",), datetime(2026, 1, 2, tzinfo=UTC))
    assert await cells.tags() == {"z": 1}


async def test_a_list_without_a_limit_is_bounded(opened_bench):
    async with opened_bench(Limits(max_listed=3)) as bench:
        for number in range(5):
            await bench.lab.cells.create_specification({"name": f"%{number}"})
        named = Condition("name", Comparison.CONTAINS, "%")
        page = await bench.lab.cells.specifications(Query((named,), with_total=True))
        assert (len(page.items), page.has_more, page.total) == (3, True, 5)
        assert len((await bench.lab.cells.specifications(Query(limit=100))).items) == 3
        assert len((await bench.lab.cells.specifications(Query(limit=2))).items) == 2
