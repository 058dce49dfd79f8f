"""What machines showed, in the graph."""

from __future__ import annotations

import pytest

from clients.plant.models import MACHINES, READINGS, RESULTS, MachineKey, Stage
from schema.ports.plant import ReadingsWish
from tests.schema.plant.fakes import COATER


async def test_the_readings_of_all_machines_are_asked_for_at_once(ask, world):
    answer = await ask("""{ plant { lines { machines { stage readings(names: ["energy_kwh", "cell_count", "energy_kwh"],
        from: 5, to: 9, maxPoints: 7) } } } }""")

    shown = [each["readings"] for line in answer["plant"]["lines"] for each in line["machines"]]
    assert answer["errors"] == []
    assert len(shown) == 16
    assert shown[0]["sourcePoints"] == 9
    assert list(shown[0]["columns"]) == ["energy_kwh", "cell_count"]
    names = dict.fromkeys(MACHINES, ("energy_kwh", "cell_count"))
    assert world.plant.asked("readings") == [(ReadingsWish(names, 5.0, 9.0, 7),)]


async def test_without_names_a_machine_shows_all_that_it_has(ask, world):
    await ask("{ machine(line: ANODE, stage: COATING) { readings } }")

    assert world.plant.asked("readings") == [
        (ReadingsWish({COATER: (*RESULTS, *READINGS[Stage.COATING])}, None, None, 1000),)
    ]


async def test_a_name_that_a_machine_does_not_have_fails_for_that_machine_alone(ask, world):
    answer = await ask('{ plant { lines { machines { stage readings(names: ["wetted_share"]) } } } }')

    shown = {each["stage"]: each["readings"] for line in answer["plant"]["lines"] for each in line["machines"]}
    assert [stage for stage, readings in shown.items() if readings] == ["ELECTROLYTE_FILLING"]
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"READING_NOT_FOUND"}
    assert "viscosity_pa_s" in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["readings"] == [*RESULTS, *READINGS[Stage.MIXING]]
    (wish,) = world.plant.asked("readings")[0]
    assert list(wish.names) == [MachineKey(MACHINES[-3].line, Stage.ELECTROLYTE_FILLING)]


@pytest.mark.parametrize(
    ("asked", "argument"),
    [
        ("maxPoints: 1", "maxPoints"),
        ("maxPoints: 50001", "maxPoints"),
        ("maxPoints: 50000", "maxPoints"),
        ("names: []", "names"),
        ("from: 5, to: 5", "from"),
    ],
)
async def test_what_cannot_be_asked_is_refused(ask, world, asked, argument):
    answer = await ask(f"{{ plant {{ lines {{ machines {{ readings({asked}) }} }} }} }}")

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert world.plant.asked("readings") == []


async def test_batches_are_counted_only_where_the_count_is_asked_for(ask, world):
    counted = await ask("{ batches(first: 2) { totalCount nodes { batchId } } }")
    await ask("{ batches(first: 500) { nodes { batchId } } }")

    assert counted["batches"]["totalCount"] == 3
    assert world.plant.asked("batches") == [(None, 2, None, True), (None, 500, None, False)]
