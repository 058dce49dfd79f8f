"""Every verb over a real socket, and what it has done to the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.control.panel import TABLE
from emulator.panel import EmulatedPanel

HOUSE = "8180"
KITCHEN = "Kitchen outlets"
NOON = 1_782_043_200


def load(panel: EmulatedPanel, name: str) -> dict[str, Any]:
    """A circuit as the control tells of it."""
    return next(one for one in panel.control.state()["circuits"] if one["name"] == name)


Check = Callable[[EmulatedPanel, dict[str, Any]], object]

CHANGES: dict[str, tuple[dict[str, Any], Check]] = {
    "door": ({"presses": 3}, lambda panel, said: panel.door.is_unlocked(panel.now()) and "unlocked" in said["door"]),
    "lock": ({}, lambda panel, said: not panel.door.is_unlocked(panel.now())),
    "clients/add": (
        {"name": "ha"},
        lambda panel, said: [one.token for one in panel.clients][-1] == said["accessToken"],
    ),
    "clients/remove": ({"name": "old"}, lambda panel, said: panel.clients.get("old") is None),
    "reset": ({}, lambda panel, said: said["tick"] == NOON and not list(panel.clients)),
    "seed": ({"seed": 99}, lambda panel, said: panel.seed == panel.device.seed == 99),
    "power": ({"target": KITCHEN, "power_w": 123.4}, lambda panel, said: load(panel, KITCHEN)["power_w"] == 123.4),
    "relay": ({"circuit": KITCHEN, "position": "OPEN"}, lambda panel, said: load(panel, KITCHEN)["relay"] == "OPEN"),
    "priority": (
        {"circuit": KITCHEN, "priority": "NON_ESSENTIAL"},
        lambda panel, said: load(panel, KITCHEN)["priority"] == "NON_ESSENTIAL",
    ),
    "rename": ({"circuit": KITCHEN, "name": "Hob"}, lambda panel, said: load(panel, "Hob")["tabs"] == [1]),
    "flags": ({"circuit": KITCHEN, "sheddable": False}, lambda panel, said: not load(panel, KITCHEN)["sheddable"]),
    "clear": ({}, lambda panel, said: load(panel, "Garage")["override"] is None),
    "grid": ({"up": False}, lambda panel, said: panel.control.state()["supply"] != "ON_GRID"),
    "main-relay": ({"position": "OPEN"}, lambda panel, said: panel.control.state()["main_relay"] == "OPEN"),
    "soc": ({"soc": 0.25}, lambda panel, said: panel.control.state()["soc"] == 0.25),
    "thresholds": ({"low": 0.1, "high": 0.2}, lambda panel, said: panel.reading().soc_high_threshold == 0.2),
    "reboot": ({}, lambda panel, said: panel.reading().booted_tick == NOON + 60),
    "swap": ({"serial": "sp-new"}, lambda panel, said: panel.device.serial == "sp-new" and not list(panel.clients)),
    "update": ({"firmware": "r202603"}, lambda panel, said: panel.firmware.name == "r202603"),
    "offline": ({"seconds": 60}, lambda panel, said: panel.is_offline()),
    "journal/clear": ({}, lambda panel, said: panel.journal.seen == 0),
    "freeze": ({}, lambda panel, said: panel.clock.speed == said["speed"] == 0),
    "speed": ({"speed": 60}, lambda panel, said: panel.clock.speed == said["speed"] == 60),
    "step": ({"seconds": 90_000}, lambda panel, said: panel.reading().tick == said["tick"] == NOON + 90_060),
    "jump": ({"to": "2026-06-22T12:00Z"}, lambda panel, said: panel.reading().tick == said["tick"] == NOON + 86_400),
    "advance": (
        {"powers": {KITCHEN: 500, "Garage": None}, "to": NOON + 100},
        lambda panel, said: load(panel, KITCHEN)["power_w"] == 500 and load(panel, "Garage")["override"] is None,
    ),
    "faults/add": ({"fault": {"kind": "status", "status": 503}}, lambda panel, said: said["fault"]["id"] == "f2"),
    "faults/remove": ({"fault_id": "f1"}, lambda panel, said: not panel.faults.list()),
    "faults/clear": ({}, lambda panel, said: not panel.faults.list()),
    "scenarios/play": (
        {"scenario": "flapping"},
        lambda panel, said: panel.control.state()["scenario"]["name"] == "flapping",
    ),
    "scenarios/stop": ({}, lambda panel, said: panel.scenario is None),
}


@pytest.fixture
def lived(panels):
    """The house a minute later, with something of everything."""
    house = panels[0]
    house.control.step(60)
    house.control.clients_add("old")
    house.control.power("Garage", 40.0)
    house.control.faults_add({"kind": "latency", "seconds": 0})
    house.control.scenarios_play("outage")
    return house


def test_no_verb_is_left_out():
    assert {verb.path for verb in TABLE.values() if verb.method == "POST"} - {"replay"} == set(CHANGES)


@pytest.mark.parametrize("verb", CHANGES)
async def test_a_change_is_made_on_that_panel_and_told(controller, lived, panels, verb):
    arguments, is_as_told = CHANGES[verb]
    before = panels[1].control.state()

    answer = await controller.post(f"/panels/{HOUSE}/{verb}", json=arguments, headers={"X-Busbar-As": "ann"})

    (done,) = answer.json()["done"]
    assert answer.status_code == 200
    assert (done["by"], done["verb"], done["through"]) == ("ann", verb, "control")
    assert is_as_told(lived, done["answer"])
    assert panels[1].control.state() == before


async def test_the_list_shows_every_panel(controller):
    panels = (await controller.get("/panels")).json()["panels"]

    assert [(one["port"], one["tabs"], one["tick"], one["speed"]) for one in panels] == [
        (8180, 32, NOON, 0),
        (8181, 8, NOON, 0),
    ]


async def test_the_state_is_the_truth_and_not_what_the_meters_show(controller, lived):
    lived.control.relay(KITCHEN, "OPEN")

    (state,) = (await controller.get(f"/panels/{HOUSE}")).json()["panels"]

    shown, truth = lived.reading(), lived.device.truth(lived.now())
    assert shown.branches[0].power_mw > 0  # the noise of an open branch
    assert state["circuits"][0]["power_w"] == 0
    assert [one["power_w"] * 1000 for one in state["circuits"]] == list(truth.power_mw[: len(state["circuits"])])
    assert state["grid_w"] == truth.grid_mw / 1000
    assert state["clients"] == ["old"]
    assert state["scenario"]["name"] == "outage"
    assert state["circuits"][9]["override"] == {"power_w": 40.0, "multiplier": None}


async def test_the_journal_is_read_and_counted_by_filter(controller, http_of, lived):
    async with http_of(lived) as client:
        for path in ("/status", "/status", "/panel", "/circuits"):
            await client.get(f"/api/v1{path}")

    async def journal(query: str):
        return (await controller.get(f"/panels/{HOUSE}/journal?{query}")).json()["panels"][0]

    assert (await journal("path=/api/v1/status&limit=1"))["matching"] == 2
    assert len((await journal("path=/api/v1/status&limit=1"))["requests"]) == 1
    assert (await journal("status=401&limit=0")) | {"port": 0} == {
        "serial": lived.device.serial, "port": 0, "seen": 4, "matching": 2, "requests": [],
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["faults", "scenarios", "commands", "journal", "state"])
async def test_looking_changes_nothing(controller, lived, verb):
    before = len(lived.control.log)

    answers = (await controller.get(f"/{verb}")).json()["panels"]

    assert [one["port"] for one in answers] == [8180, 8181]
    assert len(lived.control.log) == before


async def test_without_a_panel_and_by_star_it_is_all(controller, panels):
    for address in ("/step", "/panels/*/step"):
        done = (await controller.post(address, json={"seconds": 5})).json()["done"]
        assert [one["serial"] for one in done] == [panel.device.serial for panel in panels]

    assert {panel.clock.tick() for panel in panels} == {NOON + 10}


async def test_a_panel_is_named_by_its_serial_too(controller, panels):
    await controller.post(f"/panels/{panels[1].device.serial}/step", json={"seconds": 5})

    assert [panel.clock.tick() for panel in panels] == [NOON, NOON + 5]
