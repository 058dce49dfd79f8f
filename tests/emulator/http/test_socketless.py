from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from emulator import transport
from emulator.panel import EmulatedPanel


@pytest.mark.parametrize("base_url", ["http://sim-1", "https://span-panel.local", "http://10.0.0.7:8180"])
async def test_a_panel_answers_whatever_its_address_is_called(panel, base_url):
    async with httpx.AsyncClient(transport=transport(panel), base_url=base_url) as client:
        answer = await client.get("/api/v1/status")

    assert answer.json()["system"]["serial"] == panel.device.serial


async def test_two_panels_keep_apart():
    for name, tabs in (("workshop-8", 8), ("pilot-plant-40", 40)):
        panel = EmulatedPanel.create(name)
        token = panel.clients.register("tests", None, 0).token
        async with httpx.AsyncClient(transport=transport(panel), base_url="http://same") as client:
            answer = await client.get("/api/v1/panel", headers={"Authorization": f"Bearer {token}"})
        assert len(answer.json()["branches"]) == tabs


async def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(panel, token):
    async def half() -> AsyncIterator[bytes]:
        yield b'{"relayState": "OPEN"}'
        raise httpx.WriteError("gone")

    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel", headers=headers) as client:
        with pytest.raises(httpx.WriteError):
            await client.post("/api/v1/panel/grid", content=half())

    assert panel.device.version == 0
