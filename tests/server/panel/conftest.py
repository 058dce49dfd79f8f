from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from server.clock import Clock
from server.panel.gateway import Gateway
from server.panel.history import PanelHistory
from server.panel.limits import Limits
from server.panel.registry import Registry
from server.stores.sqlite.database import Database
from tests.fakes import virtual_clock
from tests.server.panel.snapshots import NOON
from tests.server.panel.world import FakePanel, Street, at_work


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "busbar.db") as database:
        yield database


@pytest.fixture
def history(database: Database) -> PanelHistory:
    return PanelHistory(database, Clock(now=lambda: NOON))


@pytest.fixture
def limits() -> Limits:
    """Those of the street, for a test file to set others."""
    return Limits()


@pytest.fixture
async def street(limits: Limits) -> Street:
    return Street(virtual_clock(), limits)


@pytest.fixture
async def panel(street: Street) -> FakePanel:
    return street.build()


@pytest.fixture
async def gateway(street: Street, panel: FakePanel) -> AsyncIterator[Gateway]:
    async with at_work(street, panel) as gateway:
        yield gateway


@pytest.fixture
async def registry(street: Street, panel: FakePanel) -> AsyncIterator[Registry]:
    async with Registry(street.world) as registry:
        yield registry


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured
