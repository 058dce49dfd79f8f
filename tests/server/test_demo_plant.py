"""The demo's batches in a real plant on a real file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from schema.ports import BatchState, Pace, Speed
from server.clock import Clock
from server.demo_plant import BATCHES, SEED, DemoBatchError, start_batches
from server.events.hub import Hub
from server.events.log import EventLog
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.limits import Limits
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.stores.sqlite.database import Database
from server.stores.sqlite.plant.store import SqlitePlantStore

MAX = Speed(Pace.MAX)
SLOW = Speed(Pace.FACTOR, 1.0)


@asynccontextmanager
async def plant_at(folder: Path, speed: Speed = SLOW, limits: Limits | None = None) -> AsyncIterator[Runner]:
    async with Database.open(folder / "demo" / "busbar.db") as database:
        hub, clock = Hub(), Clock()
        log = EventLog(database, hub, clock)
        design = Design(default_configuration(), SEED, STEPS)
        async with opened_plant(SqlitePlantStore(database, clock), log, hub, clock, design, speed, limits) as plant:
            yield plant


async def ids(plant: Runner) -> list[str]:
    return [batch.id for batch in (await plant.batches()).items]


async def made(folder: Path) -> list[tuple[float, int, tuple[object, ...]]]:
    """What the plant made of them in the end: energy, cells, and what each machine told."""
    async with plant_at(folder, MAX) as plant:
        await start_batches(plant)
        async with asyncio.timeout(30):
            for batch_id in BATCHES:
                async for _ in plant.progress(batch_id):
                    pass
        found = await plant.batches_by_id(BATCHES)
        return [
            (batch.energy_kwh, batch.cells, tuple(step.result and step.result.readings for step in batch.steps))
            for batch in (found[each] for each in BATCHES)
        ]


async def test_an_empty_plant_gets_three(tmp_path: Path) -> None:
    async with plant_at(tmp_path) as plant:
        await start_batches(plant)
        assert await ids(plant) == list(reversed(BATCHES))
        assert BATCHES == ("demo_001", "demo_002", "demo_003")


async def test_those_taken_are_left_alone_and_the_others_are_added(tmp_path: Path) -> None:
    async with plant_at(tmp_path) as plant:
        await plant.add_batch("demo_002")
        await plant.cancel_batch("demo_002")
        await start_batches(plant)
        assert await ids(plant) == ["demo_003", "demo_001", "demo_002"]
        cancelled = await plant.batch("demo_002")
        assert cancelled is not None
        assert cancelled.state is BatchState.CANCELLED


async def test_a_plant_that_others_use_is_left_alone(tmp_path: Path) -> None:
    async with plant_at(tmp_path) as plant:
        await plant.add_batch("mine")
        await plant.add_batch("demo_001")
        await start_batches(plant)
        assert await ids(plant) == ["demo_001", "mine"]


async def test_after_a_restart_nothing_is_added_twice(tmp_path: Path) -> None:
    for _ in range(2):
        async with plant_at(tmp_path) as plant:
            await start_batches(plant)
            assert await ids(plant) == list(reversed(BATCHES))


async def test_each_fresh_demo_makes_the_same_of_them(tmp_path: Path) -> None:
    first = await made(tmp_path / "first")
    assert first == await made(tmp_path / "second")
    assert all(cells > 0 for _, cells, _ in first)


async def test_a_refusal_is_told(tmp_path: Path) -> None:
    async with plant_at(tmp_path, limits=Limits(max_id_characters=3)) as plant:
        with pytest.raises(DemoBatchError, match="characters"):
            await start_batches(plant)
        assert await ids(plant) == []
