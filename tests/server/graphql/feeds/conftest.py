from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.server.graphql.feeds.sources import Edge, edge, settled


@pytest.fixture
async def one() -> AsyncIterator[Edge]:
    """An edge that has to be as it was when the test has closed what it opened."""
    one = edge()
    yield one
    await one.cohorts.close()
    await settled()
    assert [task for task in asyncio.all_tasks() if "TestRunner" not in repr(task)] == []
    assert (one.meters.operations, one.meters.sources, one.plug.closed) == (0, 0, one.plug.pulling)
