from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.panel import EmulatedPanel


class Wall:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def panel(wall: Wall) -> EmulatedPanel:
    """The house, locked, at midsummer noon; its time passes with `wall`."""
    return EmulatedPanel.create("house-32", seed=7, monotonic=wall)


@pytest.fixture
def token(panel: EmulatedPanel) -> str:
    return panel.clients.register("tests", None, panel.clock.tick()).token


@pytest.fixture
async def http(panel, token):
    """A client of the panel that carries a token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1", headers=headers) as client:
        yield client


@pytest.fixture
async def stranger(panel):
    """A client of the panel without a token."""
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as client:
        yield client
