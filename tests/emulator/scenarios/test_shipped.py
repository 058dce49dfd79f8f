"""Each shipped scenario as a client lives through it: what the panel answers before, during and after."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from emulator import transport
from emulator.firmware import FIRMWARES
from emulator.panel import EmulatedPanel
from emulator.scenarios import load_scenario

MORNING = datetime(2026, 6, 21, 8, tzinfo=UTC)


class Home:
    """A frozen panel that plays a scenario, and a client of it, registered before."""

    def __init__(self, name: str, *, start: datetime = MORNING, unlocked: bool = False) -> None:
        self.panel = EmulatedPanel.create("house-32", seed=5, start=start, speed=0, unlocked=unlocked)
        self.waits: list[float] = []
        token = self.panel.clients.register("tests", None, 0).token
        self.client = httpx.AsyncClient(
            transport=transport(self.panel, sleep=self._sleep),
            base_url="http://panel/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=None,
        )
        self.panel.play(load_scenario(name))

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def until(self, minutes: float) -> None:
        """Step to so many minutes after the start."""
        self.panel.clock.jump(int(self.panel.device.start + minutes * 60))

    def until_local(self, text: str) -> None:
        """Step to an hour of the first day, on the clock of the house in California."""
        self.panel.clock.jump(int(datetime.fromisoformat(f"2026-06-21T{text}-07:00").timestamp()))

    async def status(self, path: str = "/status") -> int:
        return (await self.client.get(path)).status_code

    async def read(self, path: str) -> Any:
        return (await self.client.get(path)).json()

    async def register(self, name: str) -> int:
        return (await self.client.post("/auth/register", json={"name": name})).status_code

    async def power_w(self, name: str) -> float:
        """What a circuit draws, W."""
        circuits = (await self.read("/circuits"))["circuits"].values()
        return -next(float(one["instantPowerW"]) for one in circuits if one["name"] == name)

    async def open_circuits(self) -> set[str]:
        circuits = (await self.read("/circuits"))["circuits"].values()
        return {one["priority"] for one in circuits if one["relayState"] == "OPEN"}


async def test_flapping_is_away_for_90_seconds_every_20_to_65_minutes():
    home = Home("flapping")
    away = []
    for minute_half in range(2 * 24 * 60):
        home.until(minute_half / 2)
        try:
            await home.status()
        except httpx.ConnectError:
            away.append(minute_half / 2)
    losses = [minute for minute in away if minute - 0.5 not in away]

    gaps = [after - before for before, after in itertools.pairwise(losses)]
    assert losses[0] == 20
    assert len(away) == pytest.approx(3 * len(losses), abs=1)
    assert 19.5 <= min(gaps) < 30
    assert 55 < max(gaps) <= 65.5


async def test_circuits_500_breaks_circuits_alone_for_two_days():
    home = Home("circuits-500")
    one = home.panel.reading().circuits[0].id
    paths = ("/circuits", f"/circuits/{one}", "/panel", "/status", "/storage/soe")
    seen = []
    for minutes in (0, 10, 2 * 24 * 60, 2 * 24 * 60 + 10):
        home.until(minutes)
        seen.append([await home.status(path) for path in paths])

    assert seen == [[200] * 5, [500, 200, 200, 200, 200], [500, 200, 200, 200, 200], [200] * 5]
    assert home.panel.reading().booted_tick == home.panel.device.start + 600


async def test_energy_dip_shows_two_low_answers_after_each_reboot():
    home = Home("energy-dip")
    shown = []
    for minutes in (14, 15, 16, 17, 24 * 60):
        home.until(minutes)
        shown.append((await home.read("/panel"))["mainMeterEnergy"]["consumedEnergyWh"])

    before, first, second, third, later = shown
    assert first / before == pytest.approx(0.9166, abs=0.001)
    assert second / before == pytest.approx(0.9166, abs=0.001)
    assert third >= before
    assert later < third  # the fourth reboot's first answer
    assert len(home.panel.device.commands) == 4


async def test_auth_lost_refuses_the_token_until_the_door_is_used():
    home = Home("auth-lost", unlocked=True)
    assert await home.status("/panel") == 200

    home.until(10)
    assert [await home.status("/panel"), await home.register("again")] == [401, 403]
    assert (await home.read("/status"))["system"]["serial"] == "nj-2316-032ho-new"

    home.until(40)
    answer = await home.client.post("/auth/register", json={"name": "again"})
    home.client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    assert await home.status("/panel") == 200


async def test_proximity_closed_refuses_who_comes_too_late():
    home = Home("proximity-closed", unlocked=True)
    seen = []
    for minutes in (0, 1, 15.9, 16, 60, 65, 80):
        home.until(minutes)
        system = (await home.read("/status"))["system"]
        seen.append((system["proximityProven"], await home.register(f"at {minutes}")))

    locked, unlocked = (False, 403), (True, 200)
    assert seen == [locked, unlocked, unlocked, locked, locked, unlocked, locked]


async def test_solar_unmapped_exports_what_no_circuit_produces():
    home = Home("solar-unmapped")
    home.until(5)
    panel, circuits = await home.read("/panel"), (await home.read("/circuits"))["circuits"].values()
    home.until(6 * 60 + 1)
    after = await home.read("/panel")

    mapped = {tab for circuit in circuits for tab in circuit["tabs"]}
    sources = {branch["id"]: branch["instantPowerW"] for branch in panel["branches"] if branch["instantPowerW"] > 2500}
    assert sources == {30: 3200, 32: 3200}
    assert not sources.keys() & mapped
    assert [branch["instantPowerW"] for branch in after["branches"] if branch["id"] == 30] != [3200]


async def test_outage_islands_sheds_by_priority_and_comes_back():
    home = Home("outage")
    seen = []
    for minutes in (5, 10, 60, 129, 131):
        home.until(minutes)
        panel = await home.read("/panel")
        soe = (await home.read("/storage/soe"))["soe"]["percentage"]
        seen.append((panel["currentRunConfig"], panel["dsmGridState"], await home.open_circuits(), soe))

    configs, grids, opened, charges = zip(*seen, strict=True)
    assert configs == ("PANEL_ON_GRID", "PANEL_BACKUP", "PANEL_BACKUP", "PANEL_BACKUP", "PANEL_ON_GRID")
    assert grids == ("DSM_GRID_UP", *["DSM_GRID_DOWN"] * 3, "DSM_GRID_UP")
    assert opened[:2] == (set(), {"NON_ESSENTIAL"})
    assert opened[3:] == ({"NON_ESSENTIAL", "NICE_TO_HAVE"}, set())
    assert charges[1] > charges[2] >= charges[3] > 0


async def test_ev_evening_draws_7200_watts_from_ten_past_six_to_a_quarter_to_eleven():
    home = Home("ev-evening", start=datetime(2026, 6, 21, 18, tzinfo=UTC))
    seen = []
    for time in ("18:09:59", "18:10", "22:44:59", "22:45"):
        home.until_local(time)
        seen.append(await home.power_w("Car charger"))
    home.panel.reset()
    home.panel.play(load_scenario("ev-evening"))
    home.until_local("18:45")

    assert seen[:3] == [0, 7200, 7200]
    assert seen[3] != 7200
    assert {found.name: found.power_mw for found in home.panel.reading().circuits}["Oven"] == 2_900_000


async def test_cloudy_noon_takes_the_sun_away_and_gives_it_back():
    home = Home("cloudy-noon", start=datetime(2026, 6, 21, 17, tzinfo=UTC))
    shares = []
    sunny = EmulatedPanel.create("house-32", seed=5, start=home.panel.device.start, speed=0)
    for time in ("11:29", "11:31", "11:49", "11:51", "12:01", "12:16", "12:30", "12:38"):
        home.until_local(time)
        sunny.clock.jump(home.panel.clock.tick())
        shares.append(home.panel.reading().branches[29].power_mw / sunny.reading().branches[29].power_mw)

    assert shares == pytest.approx([1, 0.1, 0.1, 1, 0.35, 0.1, 0.2, 1], abs=0.001)


async def test_sunset_announces_the_end_of_v1_and_then_there_is_none():
    home = Home("sunset")
    heads = []
    for minutes in (5, 10, 24 * 60 - 1, 24 * 60, 30 * 24 * 60):
        home.until(minutes)
        answer = await home.client.get("/status")
        heads.append((answer.status_code, answer.headers.get("sunset")))

    assert heads == [(200, None), (200, "2026-12-31"), (200, "2026-12-31"), (404, "2026-12-31"), (404, "2026-12-31")]
    assert home.panel.firmware is FIRMWARES["r202603"]


async def test_rate_limit_answers_429_for_a_minute_of_every_ten():
    home = Home("rate-limit")
    seen = []
    for minutes in range(30):
        home.until(minutes)
        answer = await home.client.get("/panel")
        seen.append((answer.status_code, answer.headers.get("retry-after")))

    assert [minute for minute, head in enumerate(seen) if head == (429, "60")] == [5, 15, 25]
    assert {head for minute, head in enumerate(seen) if minute not in (5, 15, 25)} == {(200, None)}


async def test_slow_wifi_waits_drips_and_sometimes_cuts_short():
    home = Home("slow-wifi")
    cut = 0
    for _ in range(200):
        try:
            await home.status()
        except httpx.RemoteProtocolError:
            cut += 1
    latencies = sorted(entry for entry in home.waits if entry > 0.11)

    assert 1 <= cut <= 12
    assert latencies[len(latencies) // 2] == pytest.approx(0.75, abs=0.2)
    assert latencies[-1] > 3
    assert home.waits.count(0.1) == 0  # a status is shorter than a tenth of a second of dripping
    assert (await home.read("/circuits"))["circuits"]
    assert home.waits.count(0.1) > 5


async def test_keep_alive_cuts_whoever_polls_every_15_seconds_on_one_connection():
    home = Home("keep-alive")
    seen = []
    for second in range(0, 60, 15):
        home.until(second / 60)
        try:
            seen.append(await home.status())
        except httpx.RemoteProtocolError:
            seen.append(0)

    assert seen == [200, 0, 200, 0]
    for second in range(60, 80, 5):
        home.until(second / 60)
        seen.append(await home.status())
    assert seen[4:] == [200] * 4


async def test_unknown_states_come_after_a_reboot_and_each_hour():
    home = Home("unknown-states")
    seen = []
    for minutes in (4, 5, 14, 16, 60, 61, 120):
        home.until(minutes)
        circuits = (await home.read("/circuits"))["circuits"].values()
        panel = await home.read("/panel")
        seen.append(({one["relayState"] for one in circuits}, panel["mainRelayState"]))

    known, unknown, hourly = ({"CLOSED"}, "CLOSED"), ({"UNKNOWN"}, "UNKNOWN"), ({"UNKNOWN"}, "CLOSED")
    assert seen == [known, unknown, unknown, known, hourly, known, hourly]


@pytest.mark.parametrize("name", ["energy-dip", "outage", "slow-wifi", "unknown-states"])
async def test_two_runs_are_the_same_to_the_byte(name):
    async def run() -> list[object]:
        home, seen = Home(name), []
        for minutes in range(0, 180, 7):
            home.until(minutes)
            for path in ("/circuits", "/panel"):
                try:
                    seen.append((await home.client.get(path)).content)
                except (httpx.TransportError, json.JSONDecodeError) as error:
                    seen.append(repr(error).encode())
        return [*seen, *home.waits]

    assert await run() == await run()
