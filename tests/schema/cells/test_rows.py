"""Steps and cycles: rows for those who want a few, columns for those who want all."""

from __future__ import annotations

import pytest

from schema.cells.cycles import Cycle
from schema.cells.rows import columns_of
from schema.cells.steps import Step
from tests.schema.cells.nouns import CYCLES, STEPS


async def test_a_step_has_its_units_in_its_names(ask):
    answer = await ask("""{ cellMeasurement(id: "m1") { steps(skip: 1, first: 1) { stepCount cycleCount type: stepType
        startTimeS durationS meanVoltageV chargeCapacityAH dischargeCapacityAH endVoltageV label } } }""")

    assert answer["cellMeasurement"]["steps"] == [
        {"stepCount": 1, "cycleCount": 0, "type": "Constant current charge", "startTimeS": 10.0, "durationS": 10.0,
         "meanVoltageV": None, "chargeCapacityAH": 1.5, "dischargeCapacityAH": 0.0, "endVoltageV": None, "label": None}
    ]  # fmt: skip


async def test_a_cycle_has_its_units_in_its_names(ask):
    answer = await ask('{ cellMeasurement(id: "m1") { cycles { cycleCount chargeCapacityAH dischargeCapacityAH } } }')

    assert answer["cellMeasurement"]["cycles"] == [
        {"cycleCount": 0, "chargeCapacityAH": 1.5, "dischargeCapacityAH": 0.0},
        {"cycleCount": 1, "chargeCapacityAH": 0.0, "dischargeCapacityAH": 1.4},
    ]


async def test_tables_have_every_column_as_it_is(ask):
    answer = await ask('{ cellMeasurement(id: "m1") { stepTable cycleTable } }')

    assert answer["cellMeasurement"] == {"stepTable": STEPS, "cycleTable": CYCLES}


@pytest.mark.parametrize(("skip", "first", "rows"), [(0, 2, 2), (2, 5, 1), (3, 5, 0), (9, 1, 0), (0, 0, 0)])
async def test_a_part_of_the_rows(ask, skip, first, rows):
    query = 'query($s: Int!, $f: Int!) { cellMeasurement(id: "m1") { steps(skip: $s, first: $f) { FIELD } } }'
    for field in ("stepCount", "label", "__typename"):
        answer = await ask(query.replace("FIELD", field), s=skip, f=first)
        assert len(answer["cellMeasurement"]["steps"]) == rows


async def test_two_places_with_other_fields_do_not_mix(ask):
    answer = await ask("""{ cellMeasurement(id: "m1") { steps(first: 1) { ...Times } all: steps { stepCount } }
        } fragment Times on Step { startTimeS ... on Step { durationS } }""")

    assert answer["cellMeasurement"]["steps"] == [{"startTimeS": 0.0, "durationS": 10.0}]
    assert answer["cellMeasurement"]["all"] == [{"stepCount": 0}, {"stepCount": 1}, {"stepCount": 2}]


async def test_values_of_another_kind_are_null(ask, world):
    world.samples.step_tables["m1"] = {
        "Step count": [2**40, True, "3", 4.0, 4.5, None],
        "Mean voltage [V]": [1, True, "3", float("nan"), 10**400, None],
        "Step type": [1, None, "Rest", [], {}, True],
    }

    answer = await ask('{ cellMeasurement(id: "m1") { steps { stepCount meanVoltageV stepType } } }')

    assert answer["errors"] == []
    rows = answer["cellMeasurement"]["steps"]
    assert [each["stepCount"] for each in rows] == [None, None, None, 4, None, None]
    assert [each["meanVoltageV"] for each in rows] == [1.0, None, None, None, None, None]
    assert [each["stepType"] for each in rows] == [None, None, "Rest", None, None, None]


@pytest.mark.parametrize(
    ("arguments", "argument"), [("first: -1", "first"), ("first: 20001", "first"), ("skip: -1", "skip")]
)
async def test_bad_arguments_are_named(ask, arguments, argument):
    answer = await ask(f'{{ cellMeasurement(id: "m1") {{ steps({arguments}) {{ label }} }} }}')

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}


async def test_too_many_rows_of_all_measurements_are_refused(ask, world):
    long = {"Step count": list(range(10_001))}
    world.samples.step_tables = {"m1": long, "m2": long}
    query = "query($f: Int!) { cellMeasurements { nodes { steps(first: $f) { stepCount } } } }"

    refused = await ask(query, f=10_001)
    answered = await ask(query, f=10_000)

    assert "these are 20,002 rows, more than 20,000 in one answer" in refused["errors"][0]["message"]
    assert answered["errors"] == []


async def test_rows_count_wherever_they_are_in_an_answer_and_anew_in_the_next(ask, world):
    long = {"Step count": list(range(6_000))}
    world.samples.step_tables = world.samples.cycle_tables = {"m1": long}
    whole = (
        '{ cellMeasurement(id: "m1") { a: steps(first: 6000) { stepCount } b: cycles(first: 6000) { cycleCount } %s } }'
    )

    answered = [await ask(whole % "c: steps(first: 6000) { stepCount }") for _ in range(3)]
    refused = await ask(whole % "c: steps(first: 4000) { label } d: cycles(first: 4001) { cycleCount }")

    assert [each["errors"] for each in answered] == [[], [], []]
    assert "these are 20,001 rows, more than 20,000 in one answer" in refused["errors"][0]["message"]


async def test_each_event_of_a_feed_has_rows_of_its_own(schema, world):
    world.samples.step_tables = {"m1": {"Step count": list(range(9_000))}}
    context = world.context()
    for _ in range(3):
        told = await schema.execute(
            '{ cellMeasurement(id: "m1") { steps(first: 9000) { stepCount } } }', context_value=context.for_operation()
        )
        assert told.errors is None
    assert context.level_rows == []


@pytest.mark.parametrize("kind", [Step, Cycle])
def test_no_two_fields_show_the_same_column(kind):
    names = [name for name, _ in columns_of(kind).values()]

    assert len(names) == len(set(names)) >= 3
