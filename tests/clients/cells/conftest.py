"""A server that answers as the test tells it, and both clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import respx

from tests.clients.cells import answers
from tests.clients.cells.flavour import FLAVOURS, Flavour, opened


@pytest.fixture(params=FLAVOURS)
def kind(request: Any) -> str:
    return str(request.param)


@pytest.fixture
async def lab(kind: str) -> AsyncIterator[Flavour]:
    async with opened(kind, answers.BASE + "/") as flavour:
        yield flavour


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=answers.BASE, assert_all_called=False) as router:
        yield router
