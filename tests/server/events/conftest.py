from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "busbar.db") as database:
        yield database


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def log(database: Database, hub: Hub) -> EventLog:
    return EventLog(database, hub, Clock())
