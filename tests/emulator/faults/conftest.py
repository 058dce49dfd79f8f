from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.panel import EmulatedPanel


class Naps:
    """A sleep that takes no time and remembers the seconds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def http(panel: EmulatedPanel, token: str, naps: Naps):
    """A client that carries a token and gives up after five seconds; all waiting goes to `naps`."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport(panel, sleep=naps), base_url="http://panel/api/v1", headers=headers, timeout=5
    ) as client:
        yield client
