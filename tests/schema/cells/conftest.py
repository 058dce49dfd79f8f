"""The real lab, for the tests that ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.stores.sqlite.database import Database
from tests.schema.cells.lab import lab_world
from tests.schema.fakes import World


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "busbar.db") as database:
        yield database


@pytest.fixture
async def real_world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with lab_world(database, tmp_path) as world:
        yield world
