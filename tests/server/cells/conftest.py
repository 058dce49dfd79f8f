from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.cells.models import CellInstance, CellSpecification
from schema.ports import Query, TopicFilter
from server.cells.lab import Lab, opened_lab
from server.cells.limits import Limits
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.cells.store import SqliteCellStore
from server.stores.sqlite.database import Database


@dataclass
class Bench:
    """A lab on a real file, with one instance in it."""

    lab: Lab
    database: Database
    hub: Hub
    log: EventLog
    data: Path
    clock: Clock
    instance_id: str = ""
    specification_id: str = ""

    @property
    def store(self) -> SqliteCellStore:
        return SqliteCellStore(self.database, self.clock)

    async def kinds(self) -> list[str]:
        events, _ = await self.log.since(None, [TopicFilter("cells")], 10_000)
        return [event.kind for event in events]

    def files(self) -> set[str]:
        """Every file in the blob folder; measurements' versions without their random names."""
        folder = self.data / "cells"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    async def orphans(self) -> set[str]:
        """The files that no row names."""
        return self.files() - await self.store.keys()

    async def state(self) -> tuple[object, ...]:
        """All that a refused upload must leave as it was."""
        page = await self.lab.cells.measurements(Query())
        return page.items, await self.kinds(), {name for name in self.files() if not name.startswith("uploads/")}


@pytest.fixture
def opened_bench(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(
        limits: Limits | None = None, clock: Clock | None = None, first_id: int = 1
    ) -> AsyncIterator[Bench]:
        clock = clock or Clock()
        numbers = itertools.count(first_id)
        async with Database.open(tmp_path / "busbar.db") as database:
            hub = Hub()
            log = EventLog(database, hub, clock)
            async with opened_lab(
                database, hub, clock, tmp_path, limits or Limits(), new_id=lambda: f"id-{next(numbers)}"
            ) as lab:
                yield Bench(lab, database, hub, log, tmp_path, clock)

    return opened


@pytest.fixture
async def bench(opened_bench) -> AsyncIterator[Bench]:
    async with opened_bench() as bench:
        specification = await bench.lab.cells.create_specification({"name": "LG M50"})
        assert isinstance(specification, CellSpecification)
        instance = await bench.lab.cells.create_instance(specification.id, {"name": "cell 1"})
        assert isinstance(instance, CellInstance)
        bench.specification_id, bench.instance_id = specification.id, instance.id
        yield bench
