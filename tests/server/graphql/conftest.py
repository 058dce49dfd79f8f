from __future__ import annotations

import pytest

from server.graphql.meters import Meters
from tests.schema.fakes import World
from tests.schema.nouns import view


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def schema():
    from schema import build_schema  # noqa: PLC0415 (250 ms that only these tests pay)

    return build_schema()


@pytest.fixture
async def world():
    return World(view())


@pytest.fixture
def meters():
    return Meters()
