"""Machines on their lines: how long a plant takes, who waits for whom, what fails."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from clients.plant.models import ELECTRODE_STAGES, MACHINES
from server.plant.batch import BatchState
from server.plant.commands import AddBatch
from server.plant.events import EventKind, PlantEvent
from tests.server.plant.doubles import COATER, WINDER, Given, key, layout, plant, run

LONGEST_WAY = len(ELECTRODE_STAGES) + 4


def ended_s(events: list[PlantEvent]) -> float:
    return max(event.time_s for event in events if event.kind is EventKind.BATCH_COMPLETED)


@pytest.mark.parametrize("batches", [1, 2, 7])
@pytest.mark.parametrize("buffer", [0, 1, 3])
def test_equal_machines_take_the_way_and_one_cycle_for_each_further_batch(batches: int, buffer: int) -> None:
    changed = {machine: {"buffer": buffer} for machine in MACHINES}
    _, events = run(layout(Given(10.0), changed), batches)
    assert ended_s(events) == 10.0 * (LONGEST_WAY + batches - 1)


@pytest.mark.parametrize("slow", ["anode/coating", "cathode/inspection", "cell/rewinding", "cell/aging"])
def test_the_slowest_machine_sets_the_pace(slow: str) -> None:
    changed = {key(slow): {"parameters": Given(35.0), "setup_s": 5.0}}
    _, events = run(layout(Given(10.0), changed), 6)
    assert ended_s(events) == 10.0 * (LONGEST_WAY - 1) + 40.0 * 6


def test_batches_leave_in_the_order_of_the_queue() -> None:
    _, events = run(layout(Given(10.0, jitter=3.0)), 20)
    made = [event.batch_id for event in events if event.kind is EventKind.BATCH_COMPLETED]
    assert made == [f"b{number}" for number in range(20)]


def test_a_machine_without_room_behind_it_is_blocked_until_there_is() -> None:
    changed = {COATER: {"parameters": Given(50.0), "buffer": 1}}
    _, events = run(layout(Given(10.0), changed), 3)
    mixer = [(e.time_s, e.kind, e.batch_id) for e in events if e.machine == key("anode/mixing")]
    assert (30.0, EventKind.MACHINE_BLOCKED, "b2") in mixer
    assert (60.0, EventKind.MACHINE_RELEASED, "b2") in mixer


def test_the_winder_waits_for_both_webs_of_a_batch() -> None:
    changed = {key("cathode/drying"): {"parameters": Given(100.0)}}
    _, events = run(layout(Given(10.0), changed), 2)
    winds = [(e.time_s, e.batch_id) for e in events if e.machine == WINDER and e.kind is EventKind.MACHINE_WORKING]
    assert winds == [(150.0, "b0"), (250.0, "b1")]


def test_every_transition_is_told_once_and_in_order() -> None:
    _, events = run(layout(Given(10.0, jitter=2.0)), 5)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert all(one.time_s <= two.time_s for one, two in pairwise(events))
    for kind, times in ((EventKind.MACHINE_WORKING, 16), (EventKind.STEP_FINISHED, 16), (EventKind.BATCH_STARTED, 1)):
        told = [(event.batch_id, event.machine) for event in events if event.kind is kind]
        assert len(told) == len(set(told)) == 5 * times


def test_a_machine_that_fails_goes_on_where_it_was() -> None:
    changed = {COATER: {"parameters": Given(1000.0), "mtbf_s": 100.0, "mttr_s": 20.0}}
    _, events = run(layout(Given(10.0), changed), 1)
    mine = [event for event in events if event.machine == COATER]
    turns = [one.kind for one in mine]
    repairs = turns.count(EventKind.MACHINE_DOWN)
    assert repairs > 2
    assert turns == [EventKind.MACHINE_WORKING, EventKind.MACHINE_DOWN] * repairs + [
        EventKind.MACHINE_WORKING,
        EventKind.STEP_FINISHED,
        EventKind.MACHINE_STARVED,
    ]
    down_s = sum(two.time_s - one.time_s for one, two in pairwise(mine) if one.kind is EventKind.MACHINE_DOWN)
    assert mine[-1].time_s - mine[0].time_s == pytest.approx(1000.0 + down_s)


def test_failures_come_as_often_as_configured() -> None:
    changed = {COATER: {"parameters": Given(100.0), "mtbf_s": 200.0, "mttr_s": 30.0}}
    _, events = run(layout(Given(10.0), changed), 500)
    mine = [event for event in events if event.machine == COATER]
    down = [two.time_s - one.time_s for one, two in pairwise(mine) if one.kind is EventKind.MACHINE_DOWN]
    assert len(down) == pytest.approx(250, rel=0.2)
    assert sum(down) / len(down) == pytest.approx(30.0, rel=0.2)


def test_progress_rises_from_0_to_1_and_stands_still_in_repair() -> None:
    changed = {machine: {"mtbf_s": 8.0, "mttr_s": 5.0, "setup_s": 1.0} for machine in MACHINES}
    simulation, _ = plant(layout(Given(10.0), changed))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(AddBatch(0.0, "b"))
    seen = {"a": [0.0], "b": [0.0]}
    while simulation.next_event_time() is not None:
        simulation.run_until(simulation.now_s + 0.7)
        for batch_id, numbers in seen.items():
            numbers.append(simulation.progress(batch_id) or 0.0)
    for numbers in seen.values():
        assert all(one <= two for one, two in pairwise(numbers))
        assert (numbers[0], numbers[-1]) == (0.0, 1.0)
        assert any(0.0 < number % (1 / 16) < 1 / 16 for number in numbers)


def test_half_of_the_first_step_is_a_sixteenth_on_both_lines_together() -> None:
    simulation, _ = plant(layout(Given(10.0)))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.run_until(5.0)
    assert simulation.progress("a") == pytest.approx(1 / 16)


def test_a_batch_of_which_nothing_is_left_ends_and_takes_its_other_web_along() -> None:
    changed = {key("anode/inspection"): {"parameters": Given(10.0, scrap_share=1.0)}}
    changed[key("cathode/drying")] = {"parameters": Given(200.0)}
    simulation, events = plant(layout(Given(10.0), changed))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.run()
    batch = simulation.batch("a")
    assert batch is not None
    assert (batch.state, batch.finished_s) == (BatchState.SCRAPPED, 60.0)
    end = next(event for event in events if event.kind is EventKind.BATCH_SCRAPPED)
    detail: Any = end.detail
    assert (detail.cause, detail.scrap_kg) == ("no_partner", {key("cathode/drying"): 10.0})
    assert not any(event.machine == WINDER for event in events)
    assert not any(simulation.machine(machine).inside for machine in MACHINES)


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_step_that_cannot_be_computed_ends_its_batch_and_not_the_plant(duration_s: float) -> None:
    simulation, events = plant(layout(Given(10.0)))
    simulation.apply(AddBatch(0.0, "bad", {COATER: Given(duration_s)}))
    simulation.apply(AddBatch(0.0, "good"))
    simulation.run()
    assert [batch.state for batch in simulation.batches()] == [BatchState.FAILED, BatchState.COMPLETED]
    assert "anode/coating" in (simulation.batches()[0].reason or "")
    assert EventKind.BATCH_FAILED in {event.kind for event in events}
