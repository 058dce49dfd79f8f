from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.errors import CommandRefusedError, FaultRefusedError, UnknownFirmwareError
from emulator.faults.reboot import EMPTY_S
from emulator.panel import EmulatedPanel


async def energies(http: httpx.AsyncClient, path: str) -> float:
    """Some counter that every answer of that path has."""
    content = (await http.get(path)).json()
    if path == "/circuits":
        return float(sum(circuit["consumedEnergyWh"] for circuit in content["circuits"].values()))
    main = content["mainMeterEnergy"] if path == "/panel" else content["mainMeter"]
    return float(main["consumedEnergyWh"])


@pytest.mark.parametrize("path", ["/circuits", "/panel", "/panel/meter"])
async def test_the_first_two_answers_show_energies_about_8_per_cent_low(http, panel, path):
    before = await energies(http, path)

    panel.reboot()
    shown = [await energies(http, path) / before for _ in range(3)]

    assert shown == pytest.approx([0.9166, 0.9166, 1], rel=1e-4)


async def test_each_path_has_its_own_two(http, panel):
    panel.reboot()
    for _ in range(2):
        await http.get("/circuits")

    dipped = [await energies(http, "/panel") for _ in range(3)]

    assert dipped[0] == dipped[1] < dipped[2]


async def test_uptime_and_boot_clocks_begin_again_and_the_counters_go_on(http, panel):
    panel.clock.step(5000)
    true = panel.reading().main_meter
    panel.reboot()
    panel.clock.step(3)

    status, main = (await http.get("/status")).json(), (await http.get("/panel")).json()

    assert status["system"]["uptime"] == 3
    assert main["gridSampleStartMs"] <= 3000
    assert panel.reading().main_meter.consumed_mwh >= true.consumed_mwh


async def test_the_main_relay_is_unknown_for_the_first_moments(http, panel):
    panel.reboot()
    first, grid = (await http.get("/panel")).json(), (await http.get("/panel/grid")).json()
    panel.clock.step(EMPTY_S)
    then = (await http.get("/panel")).json()

    assert (first["mainRelayState"], grid["relayState"], then["mainRelayState"]) == ("UNKNOWN", "UNKNOWN", "CLOSED")
    assert {branch["relayState"] for branch in first["branches"]} == {"CLOSED"}


async def test_tokens_and_settings_outlive_a_reboot(http, panel):
    await http.post("/panel/grid", json={"relayState": "OPEN"})
    panel.reboot()
    panel.clock.step(EMPTY_S)

    assert (await http.get("/panel/grid")).json() == {"relayState": "OPEN"}


async def test_rebooting_again_begins_it_all_again(http, panel):
    before = await energies(http, "/circuits")
    for _ in range(3):
        panel.reboot()
        assert await energies(http, "/circuits") < before


async def test_the_journal_names_the_reboot(http, panel):
    panel.reboot()
    await http.get("/panel")

    assert next(iter(panel.journal)).faults == ("reboot/energy/panel", "reboot/unknown/panel")


async def test_the_same_seed_and_reboot_give_the_same_bytes(wall):
    async def session() -> list[bytes]:
        panel = EmulatedPanel.create("house-32", seed=2, monotonic=wall)
        headers = {"Authorization": f"Bearer {panel.clients.register('tests', None, 0).token}"}
        panel.clock.step(100)
        panel.reboot()
        async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1", headers=headers) as client:
            return [(await client.get(path)).content for path in ("/circuits", "/panel", "/panel/meter", "/circuits")]

    assert await session() == await session()


async def test_a_swapped_panel_has_another_serial_an_unused_door_and_no_clients(http, panel):
    for _ in range(3):
        panel.press_door()
    panel.swap("nj-0000-other")

    system = (await http.get("/status")).json()["system"]

    assert (system["serial"], system["doorState"], system["proximityProven"]) == ("nj-0000-other", "UNKNOWN", False)
    assert (await http.get("/panel")).status_code == 401
    assert (await http.post("/auth/register", json={"name": "again"})).status_code == 403


def test_a_serial_that_is_none_is_refused_and_nothing_has_changed(panel, token):
    with pytest.raises(CommandRefusedError):
        panel.swap("\n")

    assert panel.clients.get("tests") is not None


async def test_an_update_restarts_into_another_release(http, panel):
    await http.get("/panel")
    panel.update("r202603")

    answer = await http.get("/panel")

    assert answer.headers["deprecation"] == "true"
    assert (await http.get("/status")).json()["system"]["uptime"] == 0
    with pytest.raises(UnknownFirmwareError):
        panel.update("r1")


def test_a_reset_panel_has_its_first_release_again(panel):
    panel.update("r202603")
    panel.reset()

    assert panel.firmware.name == "r202518"


@pytest.mark.parametrize("seconds", [0, -1, True, 1.5, float("nan"), "soon"])
def test_an_impossible_absence_is_refused(panel, seconds):
    with pytest.raises(FaultRefusedError):
        panel.go_offline(seconds)

    assert not panel.is_offline()
