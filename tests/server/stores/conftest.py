from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schema.ports import TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "busbar.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path) as database:
        yield database


@pytest.fixture
def told(database):
    """What the log was told of cells, by kind."""
    log = EventLog(database, Hub(), Clock())

    async def kinds() -> list[str]:
        events, _ = await log.since(None, [TopicFilter("cells")], 1000)
        return [event.kind for event in events]

    return kinds
