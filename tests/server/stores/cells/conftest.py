from __future__ import annotations

import pytest

from server.clock import Clock
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
