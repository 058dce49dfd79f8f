"""Formation channels and ageing places: several batches at once, as many as fit."""

from __future__ import annotations

from clients.plant.models import MachineKey
from server.plant.commands import AddBatch, CancelBatch
from server.plant.events import EventKind, PlantEvent
from tests.server.plant.doubles import CELLS, FORMATION, STORE, Given, layout, plant, run


def formed(units: int, batches: int = 4, **others: object) -> list[PlantEvent]:
    """Batches reach the formation at 80, 90, 100, ... and stay 100 s."""
    changed: dict[MachineKey, dict[str, object]] = {
        FORMATION: {"parameters": Given(100.0), "units": units, "buffer": 9, **others}
    }
    return [event for event in run(layout(Given(10.0), changed), batches)[1] if event.machine == FORMATION]


def times(events: list[PlantEvent], kind: EventKind) -> list[tuple[float, str | None, int]]:
    return [(event.time_s, event.batch_id, event.units) for event in events if event.kind is kind]


def test_as_many_batches_form_at_once_as_there_are_channels_for() -> None:
    events = formed(2 * CELLS)
    assert times(events, EventKind.MACHINE_WORKING) == [
        (80.0, "b0", CELLS),
        (90.0, "b1", CELLS),
        (180.0, "b2", CELLS),
        (190.0, "b3", CELLS),
    ]


def test_the_next_batch_takes_channels_as_they_come_free() -> None:
    events = formed(2 * CELLS - 3)
    assert times(events, EventKind.MACHINE_SETUP)[0] == (90.0, "b1", CELLS - 3)
    assert times(events, EventKind.MACHINE_WORKING)[1] == (180.0, "b1", CELLS)


def test_a_batch_of_more_cells_than_channels_goes_through_in_rounds() -> None:
    events = formed(CELLS // 2, batches=2)
    assert times(events, EventKind.STEP_FINISHED) == [(280.0, "b0", CELLS // 2), (480.0, "b1", CELLS // 2)]


def test_a_pool_is_starved_once_it_is_empty() -> None:
    assert times(formed(9 * CELLS), EventKind.MACHINE_STARVED) == [(210.0, None, 1)]


def test_a_batch_keeps_its_channels_until_the_store_has_room() -> None:
    changed: dict[MachineKey, dict[str, object]] = {
        FORMATION: {"parameters": Given(20.0), "units": 2 * CELLS, "buffer": 9},
        STORE: {"parameters": Given(500.0), "units": CELLS, "buffer": 0},
    }
    _, events = run(layout(Given(10.0), changed), 3)
    mine = [event for event in events if event.machine == FORMATION]
    # b0 forms until 100 and ages until 600; b1 stands at the store's door from 110 on, and b2 in its channels
    assert times(mine, EventKind.MACHINE_BLOCKED) == [(120.0, "b2", CELLS)]
    assert times(mine, EventKind.MACHINE_RELEASED) == [(600.0, "b2", CELLS)]


def test_cancelling_at_the_door_frees_the_channels_taken_so_far() -> None:
    changed: dict[MachineKey, dict[str, object]] = {
        FORMATION: {"parameters": Given(100.0), "units": 2 * CELLS - 3, "buffer": 9}
    }
    simulation, events = plant(layout(Given(10.0), changed))
    for name in ("b0", "b1", "b2"):
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(CancelBatch(95.0, "b1"))
    simulation.run()
    mine = [event for event in events if event.machine == FORMATION]
    assert times(mine, EventKind.MACHINE_RELEASED) == [(95.0, "b1", CELLS - 3)]
    assert times(mine, EventKind.MACHINE_WORKING) == [(80.0, "b0", CELLS), (180.0, "b2", CELLS)]
    assert simulation.machine(FORMATION).free == 2 * CELLS - 3  # type: ignore[attr-defined]


def test_cancelling_inside_stops_that_batch_alone() -> None:
    changed: dict[MachineKey, dict[str, object]] = {
        FORMATION: {"parameters": Given(100.0), "units": 2 * CELLS, "buffer": 9}
    }
    simulation, events = plant(layout(Given(10.0), changed))
    for name in ("b0", "b1", "b2"):
        simulation.apply(AddBatch(0.0, name))
    simulation.apply(CancelBatch(120.0, "b0"))
    simulation.run()
    mine = [event for event in events if event.machine == FORMATION]
    assert times(mine, EventKind.MACHINE_WORKING)[-1] == (120.0, "b2", CELLS)
    assert [at_s for at_s, *_ in times(mine, EventKind.STEP_FINISHED)] == [190.0, 220.0]
