"""What tests of several rooms begin with; a room that wants it otherwise has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from schema.compose import Schema
    from tests.schema.fakes import World


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def schema() -> Schema:
    from schema import build_schema  # noqa: PLC0415 (250 ms that only the tests of the graph pay)

    return build_schema()


@pytest.fixture
async def world() -> World:
    """A panel and nothing else, behind fakes of every port."""
    from tests.schema.fakes import World  # noqa: PLC0415 (as above)
    from tests.schema.nouns import view  # noqa: PLC0415

    return World(view())
