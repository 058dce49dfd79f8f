"""A panel that answers as the test tells it, a clock that moves when told, and a client of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import respx

from clients.panel import SpanPanelClient
from tests.clients.panel import answers


@dataclass
class FakeTime:
    """Seconds that pass only by sleeping or by hand; `slept` lists every wait."""

    now_s: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def panel() -> Iterator[respx.MockRouter]:
    """Routes for what a poll asks; a test replaces what it wants to go wrong."""
    with respx.mock(base_url=answers.BASE, assert_all_called=False) as router:
        router.get("/status").respond(json=answers.status())
        router.get("/panel").respond(json=answers.panel())
        router.get("/circuits").respond(json=answers.circuits())
        router.get("/storage/soe").respond(json=answers.soe())
        router.post("/auth/register").respond(json=answers.token())
        yield router


@pytest.fixture
def make_client(fake_time: FakeTime) -> Callable[..., SpanPanelClient]:
    world: dict[str, Any] = {
        "access_token": answers.TOKEN,
        "monotonic": fake_time.monotonic,
        "sleep": fake_time.sleep,
        "now": lambda: datetime(2025, 7, 13, tzinfo=UTC),
    }

    def make(host: str = answers.HOST, **settings: Any) -> SpanPanelClient:
        return SpanPanelClient(host, **(world | settings))

    return make


@pytest.fixture
async def client(make_client: Callable[..., SpanPanelClient]) -> AsyncIterator[SpanPanelClient]:
    async with make_client() as open_client:
        yield open_client
