from __future__ import annotations

import pytest

from schema.ports import TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.cells import CellStore
from server.stores.sqlite.cells.store import SqliteCellStore
from tests.server.stores.cells.nouns import NOON, instance, measurement, specification


@pytest.fixture(params=["sqlite"])
def store(request, database) -> CellStore:
    """Every store of cells; a second kind joins by a second parameter."""
    stores: dict[str, CellStore] = {"sqlite": SqliteCellStore(database, Clock(now=lambda: NOON))}
    return stores[request.param]


@pytest.fixture
async def lab(store):
    """A store with one specification, one instance and one measurement."""
    await store.add_specification(specification(form_factor="21700"))
    await store.add_instance(instance())
    await store.add_measurement(measurement())
    return store


@pytest.fixture
def told(database):
    """What the log was told of cells, by kind."""
    log = EventLog(database, Hub(), Clock())

    async def kinds() -> list[str]:
        events, _ = await log.since(None, [TopicFilter("cells")], 1000)
        return [event.kind for event in events]

    return kinds
