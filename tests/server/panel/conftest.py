from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.clock import Clock
from server.panel.history import PanelHistory
from server.stores.sqlite.database import Database
from tests.server.panel.snapshots import NOON


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "busbar.db") as database:
        yield database


@pytest.fixture
def history(database: Database) -> PanelHistory:
    return PanelHistory(database, Clock(now=lambda: NOON))
