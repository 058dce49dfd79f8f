"""Commanding the plant: each answer is the changed thing, or a refusal that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema import ports
from schema.node import write_id
from schema.plant import refusals
from tests.schema.plant.fakes import COATER, batch, machine

CHANGES = {
    "startSimulation": "startSimulation",
    "addBatch": 'addBatch(batchId: "b9")',
    "cancelBatch": 'cancelBatch(id: "b1")',
    "updateMachineParameters": "updateMachineParameters(line: ANODE, stage: COATING, parameters: { coating: {} })",
    "pausePlant": "pausePlant",
    "resumePlant": "resumePlant",
    "setPlantSpeed": "setPlantSpeed(speed: { pace: MAX })",
    "resetPlant": "resetPlant",
}
ALWAYS = {"PlantBusy", "StorageFull"}
REFUSALS = {
    "startSimulation": ALWAYS | {"InvalidParameters", "QueueFull"},
    "addBatch": ALWAYS | {"InvalidParameters", "QueueFull", "MachineNotFound", "BatchIdTaken"},
    "cancelBatch": ALWAYS | {"BatchNotFound", "BatchAlreadyFinished"},
    "updateMachineParameters": ALWAYS | {"InvalidParameters", "MachineNotFound"},
    "pausePlant": ALWAYS,
    "resumePlant": ALWAYS,
    "setPlantSpeed": ALWAYS | {"InvalidParameters"},
    "resetPlant": ALWAYS,
}
WRONG = refusals.InvalidParameter(
    machine=COATER, field="coating_speed", value="9.0", message="anode/coating: coating_speed is 9.0: must be less"
)
DETAILS: dict[str, dict[str, Any]] = {
    "InvalidParameters": {"fields": [WRONG]},
    "QueueFull": {"limit": 5},
    "BatchIdTaken": {"batch_id": "b9"},
    "BatchNotFound": {"batch_id": "b9"},
    "BatchAlreadyFinished": {"batch_id": "b9"},
}


@pytest.mark.parametrize(("change", "refusal"), [(c, r) for c, found in REFUSALS.items() for r in sorted(found)])
async def test_each_refusal_that_can_happen_is_an_answer(ask, world, change, refusal):
    world.plant.answer = getattr(refusals, refusal)(message="no; wait", **DETAILS.get(refusal, {}))

    answer = await ask(f"mutation {{ answer: {CHANGES[change]} {{ __typename ... on PlantRefusal {{ message }} }} }}")

    name = "PlantStorageFull" if refusal == "StorageFull" else refusal
    assert answer == {"answer": {"__typename": name, "message": "no; wait"}, "errors": []}


def test_every_refusal_there_is_can_be_answered():
    assert set().union(*REFUSALS.values()) == {each.__name__ for each in refusals.PlantRefusal.__subclasses__()}


async def test_a_simulation_is_started_with_a_mix_for_each_electrode(ask, world):
    world.plant.answer = batch("b9")

    answer = await ask("""mutation { startSimulation(
        anode: { amMassShare: 0.8, caMassShare: 0.1, pvdfMassShare: 0.05, solventMassShare: 0.05 },
        cathode: { amMassShare: 0.9 }) { ... on Batch { batchId state } } }""")

    assert answer["startSimulation"] == {"batchId": "b9", "state": "QUEUED"}
    assert world.plant.calls == [("add_batch", None, {
        MachineKey(Line.ANODE, Stage.MIXING): {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05},
        MachineKey(Line.CATHODE, Stage.MIXING): {"AM": 0.9},
    })]  # fmt: skip


async def test_a_batch_takes_what_was_given_by_the_wires_names(ask, world):
    world.plant.answer = batch("b9")

    await ask("""mutation { addBatch(batchId: "b9", recipe: "Tab cell", parameters: [
        { line: ANODE, parameters: { coating: { coatingSpeedMPerS: 0.1 } } },
        { line: CELL, parameters: { formationCycling: { chargeCurrentA: 1, formationDurationS: 60 } } },
        { line: CATHODE, parameters: { drying: { webSpeedMPerS: null } } },
        { line: CATHODE, parameters: { inspection: { bMaxUm: 5, dSurfaceMax: 3 } } }]) { __typename } }""")

    assert world.plant.calls == [("add_batch", "b9", {
        COATER: {"coating_speed": 0.1},
        MachineKey(Line.CELL, Stage.FORMATION_CYCLING): {"charge_current_A": 1.0, "formation_duration_s": 60.0},
        MachineKey(Line.CATHODE, Stage.DRYING): {"web_speed": None},
        MachineKey(Line.CATHODE, Stage.INSPECTION): {"B_max": 5.0, "D_surface_max": 3},
    }, "Tab cell")]  # fmt: skip


async def test_a_machine_that_is_given_twice_is_refused(ask, world):
    answer = await ask("""mutation { addBatch(parameters: [{ line: ANODE, parameters: { coating: {} } },
        { line: ANODE, parameters: { coating: {} } }]) { ... on InvalidParameters { fields { field message } } } }""")

    assert answer["addBatch"]["fields"] == [
        {"field": "parameters[1]", "message": "parameters[1] is for ANODE COATING again: give each machine once"}
    ]
    assert world.plant.calls == []


async def test_parameters_of_another_stage_are_refused(ask, world):
    answer = await ask("""mutation { updateMachineParameters(line: ANODE, stage: MIXING, parameters: { coating: {} }) {
        ... on InvalidParameters { message fields { field value line } } } }""")

    assert answer["updateMachineParameters"] == {
        "message": "parameters are those of COATING: give those of MIXING",
        "fields": [{"field": "parameters", "value": '"COATING"', "line": None}],
    }
    assert world.plant.calls == []


@pytest.mark.parametrize("given", ["{}", "{ coating: {}, drying: {} }", "{ coating: null }"])
async def test_exactly_one_machines_parameters_are_given(ask, world, given):
    answer = await ask(
        f"mutation {{ updateMachineParameters(line: ANODE, stage: COATING, parameters: {given}) {{ __typename }} }}"
    )

    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert world.plant.calls == []


async def test_a_change_says_from_when_it_counts(ask, world):
    world.plant.answer = ports.ParametersChanged(machine(COATER), ports.Applies.NEXT_BATCH, "from the next batch")

    answer = await ask("""mutation { updateMachineParameters(line: ANODE, stage: COATING,
        parameters: { coating: { gapHeightM: 0.0003 } }) {
        ... on MachineParametersUpdated { applies message machine { stage } } } }""")

    assert answer["updateMachineParameters"] == {
        "applies": "NEXT_BATCH", "message": "from the next batch", "machine": {"stage": "COATING"}
    }  # fmt: skip
    assert world.plant.calls == [("update_parameters", COATER, {"gap_height": 0.0003})]


MIXER = MachineKey(Line.ANODE, Stage.MIXING)


@pytest.mark.parametrize(
    ("key", "field", "told", "shown", "message"),
    [
        (COATER, "coating_speed", "anode/coating: coating_speed is 9.0: must be", "coatingSpeedMPerS",
         "anode/coating: coatingSpeedMPerS is 9.0: must be"),
        (MIXER, "material_ratios", "material_ratios is 0.9: AM and solvent must sum to 1", "",
         "the sum is 0.9: amMassShare and solventMassShare must sum to 1"),
        (None, "id", "id is '': give 1 to 100", "batchId", "batchId is '': give 1 to 100"),
    ],
)  # fmt: skip
async def test_refused_fields_are_spelled_as_the_input_spells_them(ask, world, key, field, told, shown, message):
    entry = refusals.InvalidParameter(machine=key, field=field, value="9.0", message=told)
    world.plant.answer = refusals.InvalidParameters(message=f"{told} (and 1 more)", fields=[entry, WRONG])

    answer = await ask("""mutation { addBatch { ... on InvalidParameters { message
        fields { field value message line stage } } } }""")

    found = answer["addBatch"]
    assert found["message"] == f"{message} (and 1 more)"
    assert found["fields"][0] == {
        "field": shown, "value": "9.0", "message": message,
        "line": key and key.line.name, "stage": key and key.stage.name,
    }  # fmt: skip
    assert found["fields"][1]["field"] == "coatingSpeedMPerS"


@pytest.mark.parametrize(
    ("speed", "wanted"),
    [("{ pace: MAX }", ports.Speed(ports.Pace.MAX)), ("{ pace: VISIBLE }", ports.Speed(ports.Pace.VISIBLE)),
     ("{ factor: 60 }", ports.Speed(ports.Pace.FACTOR, 60.0)), ("{ factor: 0 }", None)],
)  # fmt: skip
async def test_a_speed_is_a_pace_or_a_number(ask, world, speed, wanted):
    world.plant.answer = await world.plant.view()
    world.plant.calls.clear()

    answer = await ask(f"mutation {{ setPlantSpeed(speed: {speed}) {{ ... on Plant {{ run }} }} }}")

    assert answer["setPlantSpeed"] == {"run": 3}
    assert world.plant.calls == [("set_speed", wanted)]


@pytest.mark.parametrize("factor", ["-1", "1e10", "1e400"])
async def test_a_speed_out_of_its_range_is_refused(ask, world, factor):
    shown = "... on InvalidParameters { fields { field } }"
    answer = await ask(f"mutation {{ setPlantSpeed(speed: {{ factor: {factor} }}) {{ {shown} }} }}")

    assert answer["errors"] or answer["setPlantSpeed"] == {"fields": [{"field": "factor"}]}
    assert "INTERNAL" not in str(answer["errors"])
    assert world.plant.calls == []


async def test_a_batch_is_cancelled_by_either_id(ask, world):
    world.plant.answer = batch("b1", ports.BatchState.CANCELLED)
    query = "mutation($id: ID!) { cancelBatch(id: $id) { ... on Batch { state } } }"

    assert (await ask(query, id="b1"))["cancelBatch"] == {"state": "CANCELLED"}
    await ask(query, id=write_id("Batch", "b1"))

    assert world.plant.calls == [("cancel_batch", "b1"), ("cancel_batch", "b1")]
