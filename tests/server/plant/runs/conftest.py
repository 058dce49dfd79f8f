from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schema.ports import BatchProgress, BatchState, BatchView, Event, Pace, Position, Speed, TopicFilter
from server.clock import Clock
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


PATIENCE_S = 100
"""For a test that would otherwise hang; how fast this machine is does not matter."""


@dataclass
class Works:
    """A plant on a real file."""

    plant: Runner
    database: Database
    log: EventLog
    store: SqlitePlantStore

    async def events(self) -> list[Event]:
        found, _ = await self.log.since(None, [TopicFilter("plant")], 100_000)
        return found

    async def ended(self, batch_id: str) -> BatchView:
        async with asyncio.timeout(PATIENCE_S):
            async for told in self.plant.progress(batch_id, Position((await self.log.position()).log_id, {})):
                last = told
        assert last.progress >= 0
        view = await self.plant.batch(batch_id)
        assert view is not None
        assert view.state not in (BatchState.QUEUED, BatchState.RUNNING)
        return view

    async def began(self, run: int) -> None:
        """Return when the run of that number has begun."""
        start = Position((await self.log.position()).log_id, {})
        async with asyncio.timeout(PATIENCE_S):
            async for event, _ in self.log.follow(start, [TopicFilter("plant")]):
                run -= event.kind == "run_began"
                if run == 0:
                    return

    async def followed(self, until: Callable[[BatchProgress], bool], **wish: Any) -> list[BatchProgress]:
        """What the progress feed tells until then."""
        found = []
        async with asyncio.timeout(PATIENCE_S):
            async for told in self.plant.progress(**wish):
                found.append(told)
                if until(told):
                    break
        return found


def design(seed: int = 7, **changed: Any) -> Design:
    return Design(default_configuration(), seed, changed.get("steps", STEPS))


@pytest.fixture
def opened_works(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(
        speed: Speed = MAX, limits: Limits | None = None, made: Design | None = None, stop_s: float = 5.0
    ) -> AsyncIterator[Works]:
        clock = Clock()
        async with Database.open(tmp_path / "busbar.db") as database:
            hub = Hub()
            log = EventLog(database, hub, clock)
            store = SqlitePlantStore(database, clock)
            async with opened_plant(store, log, hub, clock, made or design(), speed, limits, stop_s) as plant:
                await plant.ready()
                yield Works(plant, database, log, store)

    return opened


@pytest.fixture
async def works(opened_works) -> AsyncIterator[Works]:
    async with opened_works() as works:
        yield works
