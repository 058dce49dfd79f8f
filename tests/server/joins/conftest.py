"""A plant, a lab and what joins them, on real files."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MachineKey
from schema.ports import BatchState, BatchView, Pace, Speed, TopicFilter
from server.cells.lab import Lab, opened_lab
from server.cells.limits import Limits as CellLimits
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.joins.limits import Limits
from server.joins.tracing import Tracer
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.limits import Limits as PlantLimits
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.production import SqliteProductionStore
from server.stores.sqlite.plant.store import SqlitePlantStore
from tests.server.joins.meters import Grid, made

SMALL = Limits(series_per_batch=2, series_every_s=3600.0)


@dataclass
class Site:
    """All of it; nothing traces the plant's batches by itself."""

    plant: Runner
    lab: Lab
    log: EventLog
    hub: Hub
    clock: Clock
    database: Database
    production: SqliteProductionStore
    data: Path

    def tracer(self, limits: Limits = SMALL, store: Any = None) -> Tracer:
        where = store or self.production
        return Tracer(self.plant, where, self.lab, self.hub, self.clock, limits, lambda: str(uuid.uuid4()))

    async def completed(
        self, batch_id: str, parameters: dict[MachineKey, dict[str, Any]] | None = None, recipe: str | None = None
    ) -> BatchView:
        await self.plant.add_batch(batch_id, parameters, recipe)
        async with asyncio.timeout(60):
            async for _ in self.plant.progress(batch_id, await self.beginning()):
                pass
        view = await self.plant.batch(batch_id)
        assert view is not None
        assert view.state is BatchState.COMPLETED
        return view

    async def beginning(self) -> Any:
        position = await self.log.position()
        return type(position)(position.log_id, {})

    async def told(self, topic: str) -> list[str]:
        events, _ = await self.log.since(None, [TopicFilter(topic)], 10_000)
        return [event.kind for event in events]

    def count(self, table: str) -> Any:
        return self.database.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def files(self) -> int:
        return sum(path.is_file() for path in (self.data / "cells").rglob("*"))


@pytest.fixture
def opened_site(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(seed: int = 7, limits: PlantLimits | None = None) -> AsyncIterator[Site]:
        clock, hub = Clock(), Hub()
        design, pace = Design(default_configuration(), seed, STEPS), Speed(Pace.MAX)
        async with Database.open(tmp_path / "busbar.db") as database:
            log = EventLog(database, hub, clock)
            plants = SqlitePlantStore(database, clock)
            async with (
                opened_lab(database, hub, clock, tmp_path, CellLimits()) as lab,
                opened_plant(plants, log, hub, clock, design, pace, limits) as plant,
            ):
                await plant.ready()
                production = SqliteProductionStore(database, clock)
                yield Site(plant, lab, log, hub, clock, database, production, tmp_path)

    return opened


@pytest.fixture
async def site(opened_site) -> AsyncIterator[Site]:
    async with opened_site() as site:
        yield site


@pytest.fixture
async def grid() -> AsyncIterator[Grid]:
    """A panel whose time runs by itself."""
    grid = Grid(made())
    async with grid.powered():
        yield grid
