"""What the plant is told, and what it answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from server.plant.batch import BatchState
from server.plant.commands import (
    AddBatch,
    Applies,
    CancelBatch,
    Command,
    Pause,
    Refusal,
    Reset,
    Resume,
    SetParameters,
    StartMachine,
    StopMachine,
)
from server.plant.configuration import MachineSettings, PlantConfiguration
from server.plant.events import EventKind, Loss, PlantEvent
from tests.server.plant.doubles import ANODE_MIXER, CATHODE_MIXER, COATER, POWER_W, Given, key, layout, plant

NOWHERE = MachineKey(Line.CELL, Stage.MIXING)


def worked(events: list[PlantEvent], batch_id: str, name: str = "anode/coating") -> float:
    """How long that machine worked on that batch."""
    turns = [event for event in events if event.machine == key(name) and event.batch_id == batch_id]
    return turns[-1].time_s - turns[0].time_s


def test_a_batchs_own_parameters_hold_for_it_alone() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "own", {COATER: Given(77.0)}))
    simulation.apply(AddBatch(0.0, "plain"))
    simulation.run()
    assert (worked(events, "own"), worked(events, "plain")) == (77.0, 10.0)
    assert simulation.machine(COATER).parameters == Given(10.0)


def test_changed_parameters_hold_from_the_next_batch_that_starts_and_not_for_a_batchs_own() -> None:
    simulation, events = plant()
    for name, own in (("inside", {}), ("own", {COATER: Given(77.0)}), ("next", {})):
        simulation.apply(AddBatch(0.0, name, own))
    answer = simulation.apply(SetParameters(12.0, COATER, Given(33.0)))
    assert answer.applies is Applies.NEXT_BATCH
    assert "inside" in answer.message
    simulation.run()
    assert [worked(events, name) for name in ("inside", "own", "next")] == [10.0, 77.0, 33.0]
    assert simulation.machine(key("cathode/coating")).parameters == Given(10.0)


def test_what_a_batch_is_set_up_for_is_what_it_is_worked_with() -> None:
    simulation, events = plant(layout(Given(10.0), {ANODE_MIXER: {"setup_s": 5.0}}))
    simulation.apply(AddBatch(0.0, "a"))
    assert simulation.apply(SetParameters(3.0, ANODE_MIXER, Given(90.0))).applies is Applies.NEXT_BATCH
    simulation.run()
    assert worked(events, "a", "anode/mixing") == 15.0


def test_an_empty_machine_is_changed_now() -> None:
    simulation, events = plant()
    assert simulation.apply(SetParameters(4.0, COATER, Given(33.0))).applies is Applies.NOW
    assert (events[-1].kind, events[-1].detail) == (EventKind.PARAMETERS_CHANGED, Given(33.0))


def test_a_cancelled_batch_stops_at_once_and_what_it_was_is_scrap() -> None:
    simulation, events = plant()
    for name in ("a", "b"):
        simulation.apply(AddBatch(0.0, name))
    assert simulation.apply(CancelBatch(25.0, "a")).accepted
    batch = simulation.batch("a")
    assert batch is not None
    assert (batch.state, batch.finished_s, batch.progress(1e9)) == (BatchState.CANCELLED, 25.0, 5 / 16)
    loss = next(event.detail for event in events if event.kind is EventKind.BATCH_CANCELLED)
    assert isinstance(loss, Loss)
    drying = key("anode/drying"), key("cathode/drying")
    assert loss.scrap_kg == dict.fromkeys(drying, 10.0)
    assert loss.energy_j == dict.fromkeys(drying, 0.5 * 10.0 * POWER_W)
    simulation.run()
    assert not any(event.batch_id == "a" and event.time_s > 25.0 for event in events)
    assert simulation.batches()[1].finished_s == 110.0


def test_a_batch_cancelled_in_the_winder_is_two_webs_of_scrap() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(CancelBatch(65.0, "a"))
    loss = next(event.detail for event in events if isinstance(event.detail, Loss))
    assert loss.scrap_kg == {key("cell/rewinding"): 20.0}


def test_a_batch_cancelled_in_the_mixers_is_the_slurry_they_were_making() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(CancelBatch(5.0, "a"))
    loss = next(event.detail for event in events if isinstance(event.detail, Loss))
    assert loss.scrap_kg == {ANODE_MIXER: 10.0, CATHODE_MIXER: 10.0}


def test_a_queued_batch_can_be_cancelled() -> None:
    simulation, events = plant()
    for name in ("a", "b", "c"):
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(CancelBatch(5.0, "b"))
    assert [batch.id for batch in simulation.queue()] == ["c"]
    simulation.run()
    assert not any(event.batch_id == "b" and event.machine for event in events)
    assert simulation.batches()[2].finished_s == 110.0


def test_a_machine_under_repair_is_repaired_though_its_batch_is_cancelled() -> None:
    simulation, events = plant(layout(Given(1000.0), {ANODE_MIXER: {"mtbf_s": 50.0, "mttr_s": 400.0}}))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(AddBatch(0.0, "b"))
    while events[-1].kind is not EventKind.MACHINE_DOWN:
        simulation.step()
    broken_s = simulation.now_s
    simulation.apply(CancelBatch(broken_s + 1e-3, "a"))
    simulation.run()
    mine = [event for event in events if event.machine == ANODE_MIXER and event.time_s > broken_s]
    assert (mine[0].kind, mine[0].batch_id) == (EventKind.MACHINE_RELEASED, "a")
    assert mine[0].time_s > broken_s + 0.1
    assert (mine[1].kind, mine[1].batch_id) == (EventKind.MACHINE_WORKING, "b")


@pytest.mark.parametrize("at_s", [5.0, 15.0, 25.0, 62.0, 65.0, 75.0, 95.0])
@pytest.mark.parametrize("slow", [COATER, key("cathode/inspection"), key("cell/aging")])
def test_the_others_go_on_whenever_and_wherever_one_is_cancelled(at_s: float, slow: object) -> None:
    changed = {machine: {"buffer": 1, "parameters": Given(40.0 if machine == slow else 10.0)} for machine in MACHINES}
    for victim in ("b0", "b1", "b3"):
        simulation, _ = plant(layout(Given(10.0), changed))
        for number in range(5):
            simulation.apply(AddBatch(0.0, f"b{number}"))
        simulation.apply(CancelBatch(at_s, victim))
        simulation.run()
        states = {batch.id: batch.state for batch in simulation.batches()}
        assert states.pop(victim) is BatchState.CANCELLED
        assert set(states.values()) == {BatchState.COMPLETED}
        assert not any(simulation.machine(machine).inside for machine in MACHINES)


def test_pausing_stops_the_clock_and_changes_nothing() -> None:
    straight, events = plant()
    paused, others = plant()
    for simulation in (straight, paused):
        simulation.apply(AddBatch(0.0, "a"))
    paused.apply(Pause(15.0))
    paused.run_until(500.0)
    assert (paused.now_s, paused.next_event_time(), paused.step()) == (15.0, None, False)
    paused.apply(Resume(15.0))
    for simulation in (straight, paused):
        simulation.run()
    plant_kinds = (EventKind.PLANT_PAUSED, EventKind.PLANT_RESUMED)
    assert [e[1:] for e in others if e.kind not in plant_kinds] == [e[1:] for e in events]
    assert [e.kind for e in others if e.kind in plant_kinds] == list(plant_kinds)


def test_a_reset_plant_is_empty_and_as_configured_and_its_clock_goes_on() -> None:
    simulation, events = plant()
    for name in ("a", "b"):
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(SetParameters(5.0, COATER, Given(33.0)))
    simulation.apply(Reset(25.0))
    assert (simulation.now_s, simulation.next_event_time()) == (25.0, None)
    assert simulation.machine(COATER).parameters == Given(10.0)
    assert {batch.state for batch in simulation.batches()} == {BatchState.CANCELLED}
    assert events[-1].kind is EventKind.PLANT_RESET
    simulation.apply(AddBatch(30.0, "c"))
    simulation.run()
    assert simulation.batches()[-1].finished_s == 130.0
    assert worked(events, "c") == 10.0
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_what_cannot_be_done_is_refused_and_changes_nothing() -> None:
    simulation, events = plant(replace(layout(), queue_limit=2))
    for name in ("a", "b", "c"):
        simulation.apply(AddBatch(0.0, name))
    told = len(events)
    refused: list[tuple[Command, Refusal]] = [
        (AddBatch(1.0, "a"), Refusal.DUPLICATE_BATCH),
        (AddBatch(1.0, "d"), Refusal.QUEUE_FULL),
        (CancelBatch(1.0, "x"), Refusal.UNKNOWN_BATCH),
    ]
    for command, refusal in refused:
        answer = simulation.apply(command)
        assert (answer.refusal, answer.accepted) == (refusal, False)
    assert len(events) == told
    simulation.run()
    assert simulation.apply(CancelBatch(simulation.now_s, "a")).refusal is Refusal.BATCH_ENDED
    assert simulation.apply(AddBatch(simulation.now_s, "a")).refusal is Refusal.DUPLICATE_BATCH


@pytest.mark.parametrize("at_s", [9.0, float("nan"), float("inf"), -1.0])
def test_a_command_out_of_time_is_an_error(at_s: float) -> None:
    simulation, _ = plant()
    simulation.run_until(10.0)
    with pytest.raises(ValueError, match="the plant is at 10"):
        simulation.apply(AddBatch(at_s, "a"))


@pytest.mark.parametrize("command", [
    AddBatch(5.0, "a", {NOWHERE: Given()}), SetParameters(5.0, NOWHERE, Given()), StopMachine(5.0, NOWHERE, "why"),
    StartMachine(5.0, NOWHERE),
])  # fmt: skip
def test_a_command_to_no_machine_is_an_error_before_anything_happens(command: Command) -> None:
    simulation, events = plant()
    with pytest.raises(ValueError, match="there is no machine"):
        simulation.apply(command)
    assert (simulation.now_s, simulation.batches(), events) == (0.0, [], [])


def test_a_paused_plant_takes_commands_of_its_own_time_only() -> None:
    simulation, _ = plant()
    simulation.apply(Pause(3.0))
    assert simulation.apply(AddBatch(3.0, "a")).accepted
    assert simulation.machine(ANODE_MIXER).inside == []
    with pytest.raises(ValueError, match="paused at 3"):
        simulation.apply(AddBatch(4.0, "b"))
    simulation.apply(Resume(3.0))
    assert [batch.id for batch in simulation.machine(CATHODE_MIXER).inside] == ["a"]


def test_only_so_many_ended_batches_are_remembered() -> None:
    simulation, _ = plant(replace(layout(), remembered=3))
    for number in range(10):
        simulation.apply(AddBatch(0.0, f"b{number}"))
    simulation.run()
    assert [batch.id for batch in simulation.batches()] == ["b7", "b8", "b9"]


@pytest.mark.parametrize(
    "wrong", [{"buffer": -1}, {"units": 0}, {"setup_s": float("nan")}, {"mtbf_s": 0.0}, {"mttr_s": float("inf")}]
)
def test_a_machine_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    (field,) = wrong
    with pytest.raises(ValueError, match=f"anode/coating: {field} is"):
        MachineSettings(COATER, Given(), **wrong)  # type: ignore[arg-type]


def test_a_plant_without_one_of_its_machines_is_refused() -> None:
    machines = dict(layout().machines)
    del machines[COATER]
    with pytest.raises(ValueError, match="anode/coating"):
        PlantConfiguration(machines)
