"""Pools that are stopped with several batches inside and one at the door."""

from __future__ import annotations

from typing import Any

from clients.plant.models import MachineKey
from server.plant.commands import AddBatch, CancelBatch, StartMachine, StopMachine
from server.plant.power import power_w
from tests.server.plant.doubles import CELLS, FORMATION, POWER_W, Given, layout, plant
from tests.server.plant.test_stopping import WHY, told


def test_all_of_a_pool_stands_still_those_at_the_door_too() -> None:
    changed: dict[MachineKey, dict[str, Any]] = {FORMATION: {"units": 2 * CELLS + 3, "parameters": Given(100.0)}}
    simulation, events = plant(layout(Given(10.0), changed))
    for name in "abc":
        simulation.apply(AddBatch(0.0, name))
    begins = 80.0
    simulation.run_until(begins + 50)
    assert told(events, FORMATION, "c") == [("setup", begins + 20)]
    simulation.apply(StopMachine(begins + 50, FORMATION, WHY))
    assert power_w(simulation, FORMATION) == 0
    simulation.run_until(begins + 1050)
    assert told(events, FORMATION)[-1] == ("down", begins + 50)
    simulation.apply(StartMachine(begins + 1050, FORMATION))
    assert power_w(simulation, FORMATION) == 2 * POWER_W
    simulation.run()
    assert told(events, FORMATION, "a")[-1] == ("step_finished", begins + 1100)
    assert told(events, FORMATION, "b")[-1] == ("step_finished", begins + 1110)
    assert told(events, FORMATION, "c")[1:] == [("working", begins + 1100), ("step_finished", begins + 1200)]


def test_a_batch_cancelled_at_the_door_of_a_stopped_pool_gives_its_places_back() -> None:
    changed: dict[MachineKey, dict[str, Any]] = {FORMATION: {"units": 2 * CELLS - 3, "parameters": Given(100.0)}}
    simulation, events = plant(layout(Given(10.0), changed))
    for name in "abc":
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(StopMachine(120.0, FORMATION, WHY))
    simulation.apply(CancelBatch(130.0, "b"))
    assert told(events, FORMATION, "b")[-1] == ("released", 130.0)
    simulation.apply(CancelBatch(131.0, "a"))
    simulation.run_until(200.0)
    assert told(events, FORMATION, "c") == []
    simulation.apply(StartMachine(200.0, FORMATION))
    simulation.run()
    assert told(events, FORMATION, "c") == [("working", 200.0), ("step_finished", 300.0)]


def test_places_that_come_free_in_a_stopped_pool_are_not_taken_at_the_door() -> None:
    changed: dict[MachineKey, dict[str, Any]] = {FORMATION: {"units": 2 * CELLS - 3, "parameters": Given(100.0)}}
    simulation, events = plant(layout(Given(10.0), changed))
    for name in "ab":
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(StopMachine(120.0, FORMATION, WHY))
    simulation.apply(CancelBatch(130.0, "a"))
    simulation.run_until(200.0)
    assert told(events, FORMATION, "b") == [("setup", 90.0)]
    simulation.apply(StartMachine(200.0, FORMATION))
    simulation.run()
    assert told(events, FORMATION, "b")[1:] == [("working", 200.0), ("step_finished", 300.0)]


def test_what_ends_at_one_time_keeps_its_order() -> None:
    changed: dict[MachineKey, dict[str, Any]] = {FORMATION: {"units": 2 * CELLS, "parameters": Given(100.0)}}
    simulation, events = plant(layout(Given(10.0), changed))
    simulation.apply(AddBatch(0.0, "a"))
    simulation.apply(AddBatch(0.0, "b", {FORMATION: Given(90.0)}))
    simulation.apply(StopMachine(120.0, FORMATION, WHY))
    simulation.apply(StartMachine(150.0, FORMATION))
    simulation.run()
    ends = [(event.batch_id, event.time_s) for event in events if event.machine == FORMATION and event.detail]
    assert ends[1:] == [("a", 210.0), ("b", 210.0)]
