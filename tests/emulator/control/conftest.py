from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.server import serving_control
from emulator.panel import EmulatedPanel
from emulator.server import LOOPBACK, listen


@pytest.fixture
def panels(wall) -> list[EmulatedPanel]:
    """The house and the workshop, whose time stands still."""
    return [
        EmulatedPanel.create(name, seed=7 + number, speed=0, monotonic=wall)
        for number, name in enumerate(("house-32", "workshop-8"))
    ]


@pytest.fixture
def control(panels) -> Control:
    return Control(panels, [8180, 8181], by="tests")


@pytest.fixture
def house(control):
    return control.panels[0]


@pytest.fixture
async def controller(control):
    """A program that controls both panels over a real socket."""
    (listener,) = listen(LOOPBACK, [0])
    base = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    async with (
        serving_control(ControlApp(control, Guard()), listener),
        httpx.AsyncClient(base_url=base, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def http_of():
    """A client of a panel's own API."""

    def make(panel: EmulatedPanel, token: str = "") -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport(panel), base_url="http://panel", headers=headers)

    return make
