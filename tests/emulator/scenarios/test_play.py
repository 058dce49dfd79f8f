from __future__ import annotations

import itertools

import httpx
import pytest

from emulator import transport
from emulator.commands import SetFlags
from emulator.configuration.document import parse
from emulator.errors import ScenarioRefusedError
from emulator.faults.board import MAX_FAULTS
from emulator.panel import EmulatedPanel
from emulator.scenarios import Scenario, load_scenario
from emulator.scenarios.load import read_scenario

START = 1_782_043_200
"""Noon of midsummer, when the test panels begin."""


def scenario(*steps: str, name: str = "mine") -> Scenario:
    timeline = "".join(f"  - {{{step}}}\n" for step in steps)
    return read_scenario(parse(f"description: x\ngood_client: x\ntimeline:\n{timeline}", f"{name}.yaml"), name)


def told(panel: EmulatedPanel) -> list[tuple[int, str]]:
    """When the device was told what, counted from the start."""
    return [(one.tick - START, type(one.command).__name__) for one in panel.device.commands]


def test_each_step_happens_at_its_own_second_however_late_anybody_looks(panel):
    panel.play(scenario("at: 20m, reboot: {}", "at: 5m, for: 10m, grid: {up: false}"))
    panel.clock.step(86_400)
    panel.reading()

    assert told(panel) == [(300, "SetGrid"), (900, "SetGrid"), (1200, "Reboot")]
    assert {one.by for one in panel.device.commands} == {"scenario mine"}


def test_what_is_due_at_once_is_done_at_once(panel):
    panel.play(scenario("at: 0, grid: {up: false}"))

    assert not panel.reading().grid_is_up


def test_an_end_comes_before_a_beginning_of_the_same_second_and_the_rest_in_the_files_order(panel):
    panel.play(scenario("at: 1m, soc: {soc: 0.4}", "at: 1m, soc: {soc: 0.6}", "at: 30s, for: 30s, grid: {up: false}"))
    panel.clock.step(60)

    assert panel.reading().soc == pytest.approx(0.6, abs=0.001)
    assert told(panel) == [(30, "SetGrid"), (60, "SetGrid"), (60, "SetSoc"), (60, "SetSoc")]


@pytest.mark.parametrize("looks", [1, 7, 600])
def test_how_often_anybody_looks_changes_nothing(wall, looks):
    panel = EmulatedPanel.create("house-32", seed=3, speed=0, monotonic=wall)
    panel.play(load_scenario("outage"))
    for _ in range(looks):
        panel.clock.step(4200 // looks)
        panel.reading()

    once = EmulatedPanel.create("house-32", seed=3, speed=0, monotonic=wall)
    once.play(load_scenario("outage"))
    once.clock.step(4200)
    assert panel.reading() == once.reading()


@pytest.mark.parametrize("speed", [1, 60, 3600])
def test_it_is_played_at_any_speed(wall, speed):
    panel = EmulatedPanel.create("workshop-8", speed=speed, monotonic=wall)
    panel.play(scenario("at: 1h, every: 1h, times: 3, reboot: {}"))
    wall.now_s += 4 * 3600 / speed
    panel.reading()

    assert told(panel) == [(3600, "Reboot"), (7200, "Reboot"), (10_800, "Reboot")]


def test_repetitions_come_after_as_long_as_the_seed_has_it(wall):
    def gaps(seed: int) -> list[int]:
        panel = EmulatedPanel.create("workshop-8", seed=seed, speed=0, monotonic=wall)
        panel.play(scenario("at: 20m, every: 35m, jitter: 15m, reboot: {}"))
        panel.clock.step(20 * 86_400)
        panel.reading()
        ticks = [tick for tick, _ in told(panel)]
        assert ticks[0] == 1200
        return [after - before for before, after in itertools.pairwise(ticks)]

    first = gaps(1)

    assert first == gaps(1) != gaps(2)
    assert 20 * 60 <= min(first) < 22 * 60
    assert 48 * 60 < max(first) <= 50 * 60
    assert sum(first) / len(first) == pytest.approx(35 * 60, rel=0.05)


async def test_a_fault_lasts_as_long_as_its_step_and_is_named_after_it(panel, http):
    panel.play(scenario("at: 1m, every: 10m, for: 30s, fault: {kind: status, status: 500}"))
    seen = []
    for _ in range(30):
        seen.append((await http.get("/status")).status_code)
        panel.clock.step(30)

    assert [index for index, status in enumerate(seen) if status == 500] == [2, 22]
    assert [entry.faults for entry in panel.journal.entries(status=500)] == [("mine/1.1",), ("mine/1.2",)]


async def test_a_step_that_was_jumped_over_leaves_nothing_behind(panel, http):
    panel.play(scenario("at: 1m, for: 1m, fault: {kind: reset}", "at: 1m, offline: {seconds: 60}"))
    panel.clock.step(3600)

    assert (await http.get("/status")).status_code == 200
    assert panel.faults.list() == ()


def test_stopping_lets_go_what_is_held_and_takes_its_own_faults_away(panel):
    own = panel.faults.add({"kind": "latency", "seconds": 1})
    panel.play(
        scenario(
            "at: 0, for: 1h, grid: {up: false}",
            "at: 0, for: 1h, power: {target: Oven, power_w: 2000}",
            "at: 0, fault: {kind: reset}",
            "at: 0, offline: {seconds: 1h}",
            "at: 1m, reboot: {}",
        )
    )
    panel.clock.step(10)
    panel.stop_scenario()
    panel.clock.step(3600)

    assert panel.reading().grid_is_up
    assert [name for _, name in told(panel)] == ["SetGrid", "OverridePower", "SetGrid", "OverridePower"]
    assert panel.faults.list() == (own,)
    assert panel.scenario is None


def test_another_scenario_takes_the_place_of_the_first(panel):
    panel.play(scenario("at: 0, for: 1h, grid: {up: false}", "at: 1m, reboot: {}", name="first"))
    panel.play(scenario("at: 2m, reboot: {}", name="second"))
    panel.clock.step(3600)
    panel.reading()

    assert told(panel) == [(0, "SetGrid"), (0, "SetGrid"), (120, "Reboot")]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("relay: {circuit: Sauna, position: OPEN}", "no circuit is called 'Sauna'; there are Kitchen outlets, "),
        ("relay: {circuit: Refrigerator, position: OPEN}", "the relay of 'Refrigerator' is not user controllable"),
        ("power: {target: 5, power_w: 1}", "5 is no unmapped tab with a load; there are \\[30, 32\\]"),
        ("thresholds: {low: 0.5, high: 0.4}", "0.5 is above the high threshold 0.4"),
        ("fault: {kind: reset, route: /circuits/nobody}", "this panel has no circuit 'nobody'"),
    ],
)
def test_what_the_panel_cannot_do_is_refused_before_anything_is_done(panel, step, reason):
    panel.play(scenario("at: 1h, reboot: {}", name="before"))

    with pytest.raises(ScenarioRefusedError, match=reason):
        panel.play(scenario("at: 0, grid: {up: false}", f"at: 1m, {step}"))

    assert panel.reading().grid_is_up
    assert panel.scenario is not None
    assert panel.scenario.name == "before"


def test_a_step_in_the_panels_past_is_refused(panel):
    with pytest.raises(ScenarioRefusedError, match="step 2 lies in the panel's past"):
        panel.play(scenario("at: 0, reboot: {}", 'at: "2026-06-21T11:59Z", reboot: {}'))

    assert panel.device.version == 0


def test_what_has_become_impossible_is_skipped_and_told(panel):
    panel.play(scenario("at: 1m, relay: {circuit: Oven, position: OPEN}", "at: 2m, reboot: {}"))
    oven = next(circuit.id for circuit in panel.reading().circuits if circuit.name == "Oven")
    panel.command(SetFlags(oven, user_controllable=False))
    for _ in range(MAX_FAULTS):
        panel.faults.add({"kind": "latency", "seconds": 0})
    panel.clock.step(600)

    assert panel.reading().tick - panel.reading().booted_tick == 480
    assert panel.scenario is not None
    assert list(panel.scenario.skipped) == [
        f"{START + 60}: step 1: circuit_id: the relay of 'Oven' is not user controllable"
    ]


def test_it_tells_how_far_it_is(panel):
    panel.play(scenario("at: 1m, reboot: {}", "at: 2m, reboot: {}"))
    panel.clock.step(90)
    panel.reading()
    assert panel.scenario is not None

    shown = panel.scenario.as_json()

    assert (shown["name"], shown["done"], shown["began_tick"]) == ("mine", 1, START)
    assert shown["next_tick"] == START + 120


def test_a_reset_panel_plays_nothing(panel):
    panel.play(scenario("at: 1m, reboot: {}"))
    panel.reset()
    panel.clock.step(600)
    panel.reading()

    assert panel.scenario is None
    assert told(panel) == []


async def test_the_same_seed_scenario_and_requests_give_the_same_bytes(wall):
    async def session(seed: int) -> list[object]:
        panel = EmulatedPanel.create("house-32", seed=seed, speed=0, monotonic=wall)
        headers = {"Authorization": f"Bearer {panel.clients.register('tests', None, 0).token}"}
        panel.play(load_scenario("flapping"))
        seen: list[object] = []
        async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1", headers=headers) as client:
            for _ in range(200):
                panel.clock.step(61)
                try:
                    seen.append((await client.get("/circuits")).content)
                except httpx.TransportError as error:
                    seen.append(repr(error))
        return seen

    first = await session(8)

    assert first == await session(8)
    assert first != await session(9)
    assert any(isinstance(one, str) for one in first)
