"""Machines that are stopped and started: nothing moves meanwhile, nothing is lost, nothing else is shifted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from clients.plant.models import MACHINES, MachineKey
from server.plant.batch import BatchState, VisitState
from server.plant.commands import (
    AddBatch,
    CancelBatch,
    Pause,
    Reset,
    Resume,
    StartMachine,
    StopMachine,
)
from server.plant.events import EventKind, PlantEvent, Stopped
from server.plant.power import power_w
from server.plant.simulation import PlantSimulation
from tests.server.plant.doubles import (
    ANODE_MIXER,
    CELLS,
    COATER,
    FORMATION,
    POWER_W,
    Given,
    key,
    layout,
    plant,
)

DRYER = key("anode/drying")
WHY = "circuit 7 is open"


def told(
    events: list[PlantEvent], machine: MachineKey = COATER, batch_id: str | None = None
) -> list[tuple[str, float]]:
    here = [event for event in events if event.machine == machine and batch_id in (None, event.batch_id)]
    return [(str(event.kind).removeprefix("machine_"), event.time_s) for event in here]


def state(simulation: PlantSimulation, machine: MachineKey, batch_id: str) -> VisitState:
    batch = simulation.batch(batch_id)
    assert batch is not None
    visit = batch.visits[MACHINES.index(machine)]
    assert visit is not None
    return visit.state


def test_work_stands_and_goes_on_where_it_was() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "a"))
    assert simulation.apply(StopMachine(13.0, COATER, WHY)).accepted
    simulation.run_until(500.0)
    assert simulation.machine(COATER).stopped_because == WHY
    assert (state(simulation, COATER, "a"), power_w(simulation, COATER)) == (VisitState.DOWN, 0)
    simulation.run_until(510.0)
    batch = simulation.batch("a")
    assert batch is not None
    visit = batch.visits[MACHINES.index(COATER)]
    assert visit is not None
    assert (visit.worked_s(510.0), visit.progress(510.0)) == (3.0, 0.3)
    simulation.apply(StartMachine(513.0, COATER))
    assert (simulation.machine(COATER).stopped_because, power_w(simulation, COATER)) == (None, POWER_W)
    simulation.run()

    assert told(events) == [
        ("working", 10.0), ("down", 13.0), ("started", 513.0), ("step_finished", 520.0), ("starved", 520.0)
    ]  # fmt: skip
    down = next(event for event in events if event.kind is EventKind.MACHINE_DOWN)
    assert (down.batch_id, down.detail) == (None, Stopped(WHY))
    assert batch.state is BatchState.COMPLETED


def test_stopping_twice_and_starting_what_runs_change_nothing() -> None:
    simulation, events = plant()
    simulation.apply(AddBatch(0.0, "a"))
    assert "was not stopped" in simulation.apply(StartMachine(12.0, COATER)).message
    simulation.apply(StopMachine(13.0, COATER, WHY))
    count = len(events)
    assert "already" in simulation.apply(StopMachine(13.0, COATER, "another")).message
    assert (len(events), simulation.stopped()) == (count, {COATER: WHY})
    simulation.apply(StartMachine(14.0, COATER))
    count = len(events)
    simulation.apply(StartMachine(14.0, COATER))
    assert (len(events), simulation.stopped()) == (count, {})
    simulation.run()
    assert ("step_finished", 21.0) in told(events)


def test_an_empty_machine_takes_nothing_and_the_one_before_it_is_blocked() -> None:
    simulation, events = plant(layout(Given(10.0), {COATER: {"buffer": 0}}))
    simulation.apply(StopMachine(0.0, COATER, WHY))
    for name in "ab":
        simulation.apply(AddBatch(0.0, name))
    simulation.run_until(100.0)
    assert told(events) == [("down", 0.0)]
    assert told(events, ANODE_MIXER, "a") == [("working", 0.0), ("step_finished", 10.0), ("blocked", 10.0)]
    simulation.apply(StartMachine(100.0, COATER))
    simulation.run()
    assert told(events)[:4] == [("down", 0.0), ("started", 100.0), ("working", 100.0), ("step_finished", 110.0)]


def test_a_set_up_is_not_begun_anew() -> None:
    simulation, events = plant(layout(Given(10.0), {COATER: {"setup_s": 8.0}}))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(StopMachine(13.0, COATER, WHY))
    assert state(simulation, COATER, "a") is VisitState.DOWN
    simulation.apply(StartMachine(113.0, COATER))
    assert state(simulation, COATER, "a") is VisitState.SETUP
    simulation.run()
    assert told(events, COATER, "a") == [("setup", 10.0), ("working", 118.0), ("step_finished", 128.0)]


def test_a_repair_stands_still_too_and_the_dice_are_the_same() -> None:
    configuration = layout(Given(50.0), {COATER: {"mtbf_s": 20.0, "mttr_s": 30.0}})
    plain, undisturbed = plant(configuration)
    plain.apply(AddBatch(0.0, "a"))
    plain.run()
    turns = [at_s for kind, at_s in told(undisturbed, COATER, "a") if kind == "down"]
    assert turns
    simulation, events = plant(configuration)
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(StopMachine(turns[0] + 0.001, COATER, WHY))
    assert state(simulation, COATER, "a") is VisitState.DOWN
    simulation.apply(StartMachine(turns[0] + 1000.001, COATER))
    assert state(simulation, COATER, "a") is VisitState.DOWN
    simulation.run()
    shifted = [(kind, at_s + (1000 if at_s > turns[0] else 0)) for kind, at_s in told(undisturbed, COATER, "a")]
    assert [kind for kind, _ in told(events, COATER, "a")] == [kind for kind, _ in shifted]
    assert [at_s for _, at_s in told(events, COATER, "a")] == pytest.approx([at_s for _, at_s in shifted])


def test_what_is_blocked_keeps_its_place_until_the_machine_is_started() -> None:
    simulation, events = plant(layout(Given(10.0), {DRYER: {"buffer": 0, "parameters": Given(100.0)}}))
    for name in "abc":
        simulation.apply(AddBatch(0.0, name))
    simulation.run_until(31.0)
    assert state(simulation, COATER, "b") is VisitState.BLOCKED
    simulation.apply(StopMachine(31.0, COATER, WHY))
    simulation.run_until(500.0)
    assert state(simulation, COATER, "b") is VisitState.BLOCKED
    assert [batch.id for batch in simulation.machine(COATER).inside] == ["b"]
    assert told(events, DRYER)[-1] == ("starved", 120.0)
    simulation.apply(StartMachine(500.0, COATER))
    simulation.run_until(515.0)
    assert told(events, DRYER)[-1] == ("working", 500.0)
    assert told(events, COATER, "b")[-1] == ("released", 500.0)
    assert told(events, COATER, "c") == [("working", 500.0), ("step_finished", 510.0), ("blocked", 510.0)]


def test_what_is_blocked_stays_so_when_there_is_still_no_room() -> None:
    simulation, events = plant(layout(Given(10.0), {DRYER: {"buffer": 0, "parameters": Given(100.0)}}))
    for name in "ab":
        simulation.apply(AddBatch(0.0, name))
    for at_s in (40.0, 60.0):
        simulation.apply(StopMachine(at_s, COATER, WHY))
        simulation.apply(StartMachine(at_s + 10, COATER))
    simulation.run()
    assert ("released", 120.0) in told(events, COATER, "b")


@pytest.mark.parametrize("at_s", [13.0, 16.0, 45.0])
def test_a_batch_cancelled_in_a_stopped_machine_leaves_and_no_other_comes(at_s: float) -> None:
    """In the set-up, at work, and blocked."""
    changed: dict[MachineKey, dict[str, Any]] = {
        COATER: {"setup_s": 5.0}, DRYER: {"buffer": 0, "parameters": Given(500.0)}
    }  # fmt: skip
    simulation, events = plant(layout(Given(10.0), changed))
    for name in "abc":
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(StopMachine(at_s, COATER, WHY))
    inside = simulation.machine(COATER).inside[0].id
    simulation.apply(CancelBatch(at_s + 1, inside))
    assert told(events)[-2:] == [("released", at_s + 1), ("starved", at_s + 1)]
    assert simulation.machine(COATER).inside == []
    simulation.run_until(at_s + 100)
    assert told(events)[-1] == ("starved", at_s + 1)
    simulation.apply(StartMachine(at_s + 100, COATER))
    assert told(events)[-1] == ("setup", at_s + 100)
    simulation.run()
    ended = [batch.state for batch in simulation.batches()]
    assert Counter(ended) == {BatchState.COMPLETED: 2, BatchState.CANCELLED: 1}


def test_a_batch_cancelled_under_repair_leaves_when_the_repair_is_done() -> None:
    simulation, events = plant(layout(Given(500.0), {COATER: {"mtbf_s": 20.0, "mttr_s": 300.0}}))
    simulation.apply(AddBatch(0.0, "a"))
    while state_or_none(simulation, COATER, "a") is not VisitState.DOWN:
        simulation.step()
    at_s = simulation.now_s
    simulation.apply(StopMachine(at_s, COATER, WHY))
    simulation.apply(CancelBatch(at_s + 1000, "a"))
    assert [batch.id for batch in simulation.machine(COATER).inside] == ["a"]
    simulation.apply(StartMachine(at_s + 2000, COATER))
    simulation.run()
    assert told(events, COATER, "a")[-1][0] == "released"
    assert told(events, COATER, "a")[-1][1] > at_s + 2000


def state_or_none(simulation: PlantSimulation, machine: MachineKey, batch_id: str) -> VisitState | None:
    batch = simulation.batch(batch_id)
    assert batch is not None
    visit = batch.visits[MACHINES.index(machine)]
    return None if visit is None else visit.state


def test_what_is_asked_of_a_paused_plant_holds_when_it_goes_on() -> None:
    simulation, events = plant()
    simulation.apply(Pause(0.0))
    for name in "ab":
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(StopMachine(0.0, ANODE_MIXER, WHY))
    simulation.apply(Resume(0.0))
    simulation.run_until(50.0)
    assert told(events, ANODE_MIXER) == [("down", 0.0)]
    simulation.apply(StartMachine(50.0, ANODE_MIXER))
    simulation.apply(Pause(55.0))
    simulation.apply(CancelBatch(55.0, "a"))
    simulation.apply(StopMachine(55.0, ANODE_MIXER, WHY))
    simulation.apply(Resume(55.0))
    assert [batch.id for batch in simulation.machine(ANODE_MIXER).inside] == []
    simulation.apply(StartMachine(60.0, ANODE_MIXER))
    simulation.run()
    assert told(events, ANODE_MIXER, "b") == [("working", 60.0), ("step_finished", 70.0)]
    assert [str(batch.state) for batch in simulation.batches()] == ["cancelled", "completed"]


def test_a_reset_empties_a_stopped_machine_and_leaves_it_stopped() -> None:
    simulation, events = plant(layout(Given(10.0), {FORMATION: {"units": 2 * CELLS}}))
    for name in "ab":
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(StopMachine(12.0, COATER, WHY))
    simulation.apply(StopMachine(12.0, FORMATION, WHY))
    simulation.apply(Reset(50.0))
    assert simulation.stopped() == {COATER: WHY, FORMATION: WHY}
    assert [str(event.kind) for event in events[-3:]] == ["plant_reset", "machine_down", "machine_down"]
    simulation.apply(AddBatch(60.0, "c"))
    simulation.run_until(300.0)
    assert told(events)[-1] == ("down", 50.0)
    simulation.apply(StartMachine(300.0, COATER))
    simulation.apply(StartMachine(300.0, FORMATION))
    simulation.run()
    assert [str(batch.state) for batch in simulation.batches()] == ["cancelled", "cancelled", "completed"]
