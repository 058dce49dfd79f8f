from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from clients.plant.models import MACHINES
from server.plant.commands import AddBatch
from server.plant.driver import Driver, Slices
from server.plant.events import EventKind, PlantEvent, line_of
from server.plant.layout import default_configuration
from server.plant.pacing import Fastest, Pace, Steady, Visible
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import STEPS
from tests.fakes import VIRTUAL_TIME, virtual_clock

FIRST = 10


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


class Watched:
    """A default plant under a driver, and when everything happened on the wall's clock."""

    def __init__(self, pace: Pace, batches: int, slices: Slices | None = None) -> None:
        self.clock = virtual_clock()
        self.events: list[tuple[float, PlantEvent]] = []
        self.slices, self.wanted, self.done = 0, 0, asyncio.Event()
        self.simulation = PlantSimulation(default_configuration(), 7, STEPS, [self._see])
        for number in range(batches):
            self.simulation.apply(AddBatch(0.0, f"b{number}"))
        self.driver = Driver(self.simulation, pace, self.clock.monotonic, self._after, slices)

    def _see(self, event: PlantEvent) -> None:
        self.events.append((self.clock.monotonic(), event))
        if event.kind is EventKind.BATCH_COMPLETED:
            self.wanted -= 1
            if self.wanted == 0:
                self.done.set()

    async def _after(self, wait_s: float | None) -> None:
        self.slices += 1

    async def run(self, until_batches: int) -> float:
        """Seconds of wall time until so many batches have ended."""
        begun = self.clock.monotonic()
        task = asyncio.create_task(self.driver.run())
        self.wanted = until_batches
        await self.done.wait()
        task.cancel()
        await asyncio.wait([task])
        return self.clock.monotonic() - begun

    def digest(self) -> str:
        return sha256(b"".join(line_of(event) for _, event in self.events)).hexdigest()


@pytest.mark.parametrize("pace", [Steady(3.0e5), Steady(7.1e7), Visible()], ids=["slow", "quick", "visible"])
async def test_what_happens_is_the_same_to_the_byte_at_every_pace(pace):
    fastest, paced = Watched(Fastest(), FIRST), Watched(pace, FIRST, Slices(most_steps=3, look_every_s=0.037))
    await fastest.run(FIRST)
    await paced.run(FIRST)
    until = min(len(fastest.events), len(paced.events))
    assert until > FIRST * len(MACHINES)
    assert len(fastest.events) == len(paced.events)
    assert fastest.digest() == paced.digest()


async def test_a_default_batch_is_seen_at_every_machine_and_takes_ten_to_twenty_seconds():
    watched = Watched(Visible(), 1)
    assert 10 <= await watched.run(1) <= 20
    came: dict[object, float] = {}
    shown = {}
    for at, event in watched.events:
        if event.kind in (EventKind.MACHINE_SETUP, EventKind.MACHINE_WORKING):
            came.setdefault(event.machine, at)
        elif event.kind is EventKind.STEP_FINISHED:
            shown[event.machine] = at - came[event.machine]
    assert shown.keys() == set(MACHINES)
    assert {key: round(span, 2) for key, span in shown.items() if not 0.3 <= span <= 2} == {}


async def test_a_number_is_simulated_seconds_a_second():
    watched = Watched(Steady(1000.0), 1)
    await watched.run(1)
    for at, event in watched.events:
        assert at == pytest.approx(event.time_s / 1000, abs=0.11)


async def test_the_clock_goes_on_in_an_empty_plant_at_a_number_only():
    for pace, expected_s in ((Steady(5.0), 50.0), (Fastest(), 0.0), (Visible(), 0.0)):
        watched = Watched(pace, 0)
        task = asyncio.create_task(watched.driver.run())
        await asyncio.sleep(10)
        task.cancel()
        assert watched.simulation.now_s == pytest.approx(expected_s, abs=1)


async def test_a_command_to_an_idle_plant_wakes_the_driver():
    watched = Watched(Fastest(), 0)
    task = asyncio.create_task(watched.driver.run())
    await asyncio.sleep(5)
    async with watched.driver.turn:
        watched.simulation.apply(AddBatch(watched.simulation.now_s, "late"))
        watched.driver.changed()
    await asyncio.sleep(5)
    task.cancel()
    assert watched.events[-1][1].kind is EventKind.MACHINE_STARVED
    late = watched.simulation.batch("late")
    assert late is not None
    assert late.ended


async def test_a_slice_is_short_and_leaves_the_loop_to_others():
    watched = Watched(Fastest(), 3, Slices(most_steps=4))
    await watched.run(3)
    assert watched.slices >= len(watched.events) / 4 / len(MACHINES)
    turns, busy = 0, Watched(Fastest(), 3, Slices(most_steps=1))
    task = asyncio.create_task(busy.driver.run())
    while busy.simulation.next_event_time() is not None:
        await asyncio.sleep(0)
        turns += 1
    task.cancel()
    assert turns >= len({event.time_s for _, event in busy.events}) - 1
