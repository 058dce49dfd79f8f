from __future__ import annotations

import json
from decimal import Decimal
from typing import get_type_hints

import pytest

from emulator.commands import Reboot, SetGrid, SwapSerial
from emulator.http import objects


async def test_status_needs_no_token_and_tells_who_the_panel_is(stranger, panel):
    status = (await stranger.get("/status")).json()

    assert list(status) == ["software", "system", "network"]
    assert list(status["system"]) == list(get_type_hints(objects.System))
    assert status["system"]["serial"] == panel.device.serial
    assert status["system"]["model"] == "00200"
    assert status["software"]["firmwareVersion"] == "spanos2/r202518/04"


async def test_status_shows_the_door(stranger, panel):
    before = (await stranger.get("/status")).json()["system"]
    for _ in range(3):
        panel.press_door()
    after = (await stranger.get("/status")).json()["system"]

    assert (before["doorState"], before["proximityProven"]) == ("UNKNOWN", False)
    assert (after["doorState"], after["proximityProven"]) == ("OPEN", True)


async def test_uptime_follows_the_panels_time_and_restarts_with_it(stranger, panel, wall):
    async def uptime_s() -> int:
        return int((await stranger.get("/status")).json()["system"]["uptime"])

    before = await uptime_s()
    wall.now_s += 60
    assert await uptime_s() == before + 60

    panel.command(Reboot())
    assert await uptime_s() == 0


async def test_another_serial_is_another_panel_that_knows_no_tokens(http, panel):
    panel.command(SwapSerial("nj-2399-zzzzz"))

    assert (await http.get("/status")).json()["system"]["serial"] == "nj-2399-zzzzz"
    assert (await http.get("/circuits")).status_code == 401


async def test_the_panel_balances_to_the_last_digit_over_http(http, wall):
    for _ in range(20):
        wall.now_s += 97
        panel = json.loads((await http.get("/panel")).text, parse_float=Decimal)
        branches = sum(branch["instantPowerW"] for branch in panel["branches"])
        assert panel["feedthroughPowerW"] == panel["instantGridPowerW"] + branches


async def test_every_tab_is_a_branch_with_the_documented_fields(http):
    panel = (await http.get("/panel")).json()

    assert [branch["id"] for branch in panel["branches"]] == list(range(1, 33))
    assert list(panel["branches"][0]) == list(get_type_hints(objects.Branch))


async def test_power_and_meter_are_those_of_the_panel(http):
    panel = (await http.get("/panel")).json()
    power = (await http.get("/panel/power")).json()
    meter = (await http.get("/panel/meter")).json()

    assert power == {key: panel[key] for key in ("instantGridPowerW", "feedthroughPowerW")}
    assert meter == {"mainMeter": panel["mainMeterEnergy"], "feedthrough": panel["feedthroughEnergy"]}


async def test_opening_the_main_relay_takes_the_home_off_grid(http):
    answer = await http.post("/panel/grid", json={"relayState": "OPEN"})

    assert answer.json() == {"relayState": "OPEN"}
    assert (await http.get("/panel/grid")).json() == {"relayState": "OPEN"}
    panel = (await http.get("/panel")).json()
    assert (panel["mainRelayState"], panel["dsmState"]) == ("OPEN", "DSM_OFF_GRID")
    assert panel["instantGridPowerW"] == 0


async def test_emergency_reconnect_closes_the_main_relay(http):
    await http.post("/panel/grid", json={"relayState": "OPEN"})

    answer = await http.post("/panel/emergency-reconnect")

    assert answer.json() == {"relayState": "CLOSED"}
    assert (await http.get("/panel")).json()["currentRunConfig"] == "PANEL_ON_GRID"


@pytest.mark.parametrize("state", ["UNKNOWN", "AJAR", "open", "", None, 1, True])
async def test_the_main_relay_refuses_any_other_position(http, state):
    answer = await http.post("/panel/grid", json={"relayState": state})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "relayState"]
    assert (await http.get("/panel/grid")).json() == {"relayState": "CLOSED"}


async def test_islanding_state_tells_whether_the_home_runs_by_itself(http, panel):
    assert (await http.get("/islanding-state")).json() == {"islanding_state": "ON_GRID"}

    panel.command(SetGrid(up=False))

    assert (await http.get("/islanding-state")).json() == {"islanding_state": "ISLANDED"}
