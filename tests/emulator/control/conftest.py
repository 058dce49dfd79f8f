from __future__ import annotations

from functools import cache

import httpx
import pytest

from emulator import transport
from emulator.configuration.config import load_panel
from emulator.configuration.layout import PanelConfig
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.server import serving_control
from emulator.http.server import LOOPBACK, listen
from emulator.panel import EmulatedPanel, find_panel
from emulator.recording.replay import replayed_panel
from tests.emulator.recording.conftest import HEADER, answer, written


@cache
def config(name: str) -> PanelConfig:
    return load_panel(find_panel(name))


@pytest.fixture
def panels(wall) -> list[EmulatedPanel]:
    """The house and the workshop, whose time stands still."""
    return [
        EmulatedPanel.create(config(name), seed=7 + number, speed=0, monotonic=wall)
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
        httpx.AsyncClient(base_url=base, trust_env=False, verify=False) as client,
    ):
        yield client


@pytest.fixture
def http_of():
    """A client of a panel's own API."""

    def make(panel: EmulatedPanel, token: str = "") -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport(panel), base_url="http://panel", headers=headers)

    return make


@pytest.fixture
async def program(control):
    """The same without a socket."""
    app = httpx.ASGITransport(app=ControlApp(control, Guard()))
    async with httpx.AsyncClient(transport=app, base_url=f"http://{LOOPBACK}") as client:
        yield client


@pytest.fixture
def token_of():
    """A token of a panel."""

    def make(panel: EmulatedPanel, name: str = "tests") -> str:
        return panel.clients.register(name, None, panel.now()).token

    return make


@pytest.fixture
def replayed(tmp_path, wall):
    """A panel that shows a capture."""
    capture = written(tmp_path / "capture.jsonl", HEADER, answer(path="/panel"))
    return replayed_panel(capture, speed=0.0, monotonic=wall)
