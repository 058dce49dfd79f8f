from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.panel import EmulatedPanel

LOW, HIGH = "nice_to_have_threshold_low_soe", "nice_to_have_threshold_high_soe"


async def test_charge_is_a_whole_percentage(http):
    soe = (await http.get("/storage/soe")).json()["soe"]

    assert isinstance(soe["percentage"], int)
    assert 0 <= soe["percentage"] <= 100


async def test_charge_can_be_set(http):
    answer = await http.post("/storage/soe", json={"soe": {"percentage": 42}})

    assert answer.json() == {"soe": {"percentage": 42}}
    assert (await http.get("/storage/soe")).json() == answer.json()


@pytest.mark.parametrize("percentage", [-1, 101, 50.5, "50", True, None, 10**40])
async def test_an_impossible_charge_is_refused(http, percentage):
    before = (await http.get("/storage/soe")).json()

    answer = await http.post("/storage/soe", json={"soe": {"percentage": percentage}})

    assert answer.status_code == 422
    assert (await http.get("/storage/soe")).json() == before


async def test_a_panel_without_a_battery_shows_no_charge_and_takes_none(wall):
    panel = EmulatedPanel.create("workshop-8", monotonic=wall)
    headers = {"Authorization": f"Bearer {panel.clients.register('tests', None, 0).token}"}
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1", headers=headers) as client:
        assert (await client.get("/storage/soe")).json() == {"soe": {}}
        assert (await client.post("/storage/soe", json={"soe": {"percentage": 50}})).status_code == 409


async def test_thresholds_can_be_set_one_at_a_time(http):
    await http.post("/storage/nice-to-have-thresh", json={LOW: {"percentage": 10}, HIGH: {"percentage": 60}})

    answer = await http.post("/storage/nice-to-have-thresh", json={LOW: {"percentage": 15}})

    assert answer.json() == {LOW: {"percentage": 15}, HIGH: {"percentage": 60}}
    assert (await http.get("/storage/nice-to-have-thresh")).json() == answer.json()


async def test_a_low_threshold_above_the_high_one_is_refused(http):
    before = (await http.get("/storage/nice-to-have-thresh")).json()

    answer = await http.post("/storage/nice-to-have-thresh", json={LOW: {"percentage": 80}, HIGH: {"percentage": 20}})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", LOW, "percentage"]
    assert (await http.get("/storage/nice-to-have-thresh")).json() == before
