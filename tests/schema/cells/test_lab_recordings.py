"""Running tests over the real lab and a real socket, from the first sample to the last cycle."""

from __future__ import annotations

import pytest

from schema.cells.cycles import Cycle
from schema.cells.rows import columns_of
from schema.cells.steps import Step
from tests.schema.cells.lab import APPEND, built, rows
from tests.schema.cells.test_subscriptions import PROGRESS
from tests.schema.serving import graph, served
from tests.schema.socket import connect


@pytest.fixture
async def world(real_world):
    return real_world


async def test_a_running_test_takes_rows_once_and_in_their_place(ask):
    (test,) = (await built(ask, "a"))["tests"]
    falling = rows(2, 4) | {"Time [s]": [3.0, 2.0]}

    answers = [
        (await ask(APPEND, id=test["id"], columns=columns, row=row))["it"]
        for columns, row in ((rows(0, 2), 0), (rows(0, 2), 0), (rows(5, 6), 5), (falling, 2), ({"a": ["x"]}, 2))
    ]

    assert [each["__typename"] for each in answers] == [
        "CellMeasurement", "CellMeasurement", "AppendOutOfPlace", "InvalidSeries", "InvalidSeries"
    ]  # fmt: skip
    assert [each["rowCount"] for each in answers[:2]] == [2, 2]
    assert answers[2]["expectedRow"] == 2
    assert (answers[3]["column"], answers[3]["row"]) == ("Time [s]", 3)


async def test_samples_are_shown_while_they_come_and_once_over_a_lost_connection(schema, ask, world):
    (test,) = (await built(ask, "a"))["tests"]
    await ask(APPEND, id=test["id"], columns=rows(0, 3))
    seen: list[float] = []

    async with served(graph(schema, world.context)) as address:
        async with connect(address) as socket:
            await socket.subscribe("1", PROGRESS, id=test["id"])
            first = (await socket.next("1"))["measurementProgress"]
            await ask(APPEND, id=test["id"], columns=rows(3, 5))
            second = (await socket.next("1"))["measurementProgress"]
            socket.vanish()
        await ask(APPEND, id=test["id"], columns=rows(5, 9))
        async with connect(address) as socket:
            await socket.subscribe("1", PROGRESS, id=test["id"], after=second["cursor"])
            third = (await socket.next("1"))["measurementProgress"]

    for each in (first, second, third):
        seen += each["columns"]["Time [s]"]
    assert seen == [float(n) for n in range(9)]
    assert [each["state"] for each in (first, second, third)] == ["RECORDING"] * 3


WHOLE = """query($id: ID!) { cellMeasurement(id: $id) { state rowCount columns endTime contentSha256 parquetUrl
    steps { stepCount stepType durationS startVoltageV dischargeCapacityAH cycleDischargeCapacityAH }
    cycles { cycleCount dischargeCapacityAH durationS restDurationS } stepTable cycleTable
    series(columns: ["Voltage [V]"], from: 10, to: 20, maxPoints: 100) } }"""


async def test_a_finished_test_has_steps_cycles_and_any_window_of_its_samples(schema, ask, world):
    (test,) = (await built(ask, "a"))["tests"]
    await ask(APPEND, id=test["id"], columns=rows(0, 3601))

    finished = await ask("mutation($id: ID!) { it: finishMeasurement(id: $id) { __typename } }", id=test["id"])
    late = await ask(APPEND, id=test["id"], columns=rows(3601, 3602))
    found = (await ask(WHOLE, id=test["id"]))["cellMeasurement"]

    assert (finished["it"], late["it"]["__typename"]) == ({"__typename": "CellMeasurement"}, "MeasurementEnded")
    assert (found["state"], found["rowCount"], len(found["contentSha256"])) == ("COMPLETE", 3601, 64)
    (step,), (cycle,) = found["steps"], found["cycles"]
    assert (step["stepCount"], step["stepType"]) == (0, "Constant current discharge")
    assert (step["durationS"], step["startVoltageV"]) == (3600.0, 4.0)
    assert step["dischargeCapacityAH"] == pytest.approx(1.0)
    assert step["cycleDischargeCapacityAH"] == cycle["dischargeCapacityAH"] == pytest.approx(1.0)
    assert (cycle["cycleCount"], cycle["durationS"], cycle["restDurationS"]) == (0, 3600.0, 0.0)
    assert found["series"]["time"] == [float(n) for n in range(10, 20)]
    assert found["series"]["columns"] == {"Voltage [V]": pytest.approx([4.0 - 0.001 * n for n in range(10, 20)])}


async def test_what_the_lab_works_out_has_a_field_each(ask):
    (test,) = (await built(ask, "a"))["tests"]
    more = {"Temperature [degC]": [25.0, 26.0], "Cycle count": [0, 0]}
    more |= {"Step from cycler": [1, 1], "Cycle from cycler": [1, 1]}
    await ask(APPEND, id=test["id"], columns=rows(0, 2) | more)
    await ask("mutation($id: ID!) { it: finishMeasurement(id: $id) { __typename } }", id=test["id"])

    found = (await ask(WHOLE, id=test["id"]))["cellMeasurement"]

    assert set(found["stepTable"]) == {name for name, _ in columns_of(Step).values()} - OF_UPLOADS_AND_SPECTRA
    assert set(found["cycleTable"]) == {name for name, _ in columns_of(Cycle).values()}


OF_UPLOADS_AND_SPECTRA = {"Label", "Group number", "Min frequency [Hz]", "Max frequency [Hz]"}
