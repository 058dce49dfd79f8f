from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from emulator import transport
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.server import serving_control
from emulator.http.server import LOOPBACK, listen
from emulator.panel import EmulatedPanel
from tests.emulator.control.conftest import config
from tests.together.browser import Browser, Page

PORTS = [8180, 8181]


class Served:
    """The control of some panels at a port that stays the same while it comes and goes."""

    def __init__(self, control: Control, guard: Guard) -> None:
        self._app, self._port = ControlApp(control, guard), 0
        self._open = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    async def begin(self) -> None:
        (listener,) = listen(LOOPBACK, [self._port])
        self._port = listener.getsockname()[1]
        await self._open.enter_async_context(serving_control(self._app, listener))

    async def end(self) -> None:
        await self._open.aclose()


class Face:
    """The page in a browser, and what the tests do there again and again."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    async def open(self, path: str = "/") -> None:
        """Load the page, and wait for the panel to be drawn."""
        await self.page.open(self.url + path)
        await self.page.until("document.body.dataset.state === 'live'")

    def breaker(self, key: str, inside: str = "") -> str:
        """The selector of a breaker by its circuit's id, or of something inside it."""
        return f".breaker[data-key={json.dumps(key)}] {inside}".strip()

    async def fill(self, selector: str, value: str) -> None:
        """Choose or enter a value as a user does, with the event that follows."""
        told = json.dumps([selector, value])
        await self.page.evaluate(
            f"(([selector, value]) => {{ const field = document.querySelector(selector); field.value = value;"
            f" field.dispatchEvent(new Event('change', {{bubbles: true}})); }})({told})"
        )

    async def said(self, words: str) -> None:
        """Wait until the foot of the page says something that has these words in it."""
        await self.page.until("document.querySelector('#notice').textContent", lambda told: words in told)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One Chromium for all tests; each has a page that shares nothing with the others."""
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def panels(wall) -> list[EmulatedPanel]:
    """The house and the workshop; their time passes with `wall`."""
    return [
        EmulatedPanel.create(config(name), seed=7 + number, monotonic=wall)
        for number, name in enumerate(("house-32", "workshop-8"))
    ]


@pytest.fixture
def house(panels: list[EmulatedPanel]) -> EmulatedPanel:
    return panels[0]


@pytest.fixture
def ids(house) -> dict[str, str]:
    """The ids of the house's circuits by their names."""
    return {circuit.name: circuit.id for circuit in house.device.config.circuits}


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
async def served(panels, guard):
    control = Served(Control(panels, PORTS), guard)
    await control.begin()
    yield control
    await control.end()


@pytest.fixture
async def page(browser, served) -> AsyncIterator[Page]:
    async with browser.page() as page:
        yield page


@pytest.fixture
async def face(page, served) -> Face:
    """The page about the house, live."""
    face = Face(page, served.url)
    await face.open()
    return face


@pytest.fixture
async def client(house):
    """A client of the house that is registered as it says."""
    token = house.clients.register("dashboard", None, house.clock.tick()).token
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport(house), base_url="http://panel", headers=headers) as client:
        yield client


async def soon(is_so) -> None:
    """Wait for the panel, in turns with those that answer the page."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  # a panel tells nobody that it has changed
            await asyncio.sleep(0.01)
