"""The command log, and that living through it again gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from emulator.commands import SetRelay
from emulator.control.fleet import Control
from emulator.control.log import CommandLog, Entry
from emulator.control.panel import PanelControl
from emulator.errors import ControlRefusedError
from emulator.firmware import API
from emulator.http.routes import OPERATIONS
from emulator.panel import EmulatedPanel

HOUR = 3600


async def everything(client: httpx.AsyncClient, panel: EmulatedPanel) -> dict[str, bytes]:
    """The bytes of every GET there is."""
    circuit = panel.reading().circuits[3].id
    items = {"name": "ha", "circuitId": circuit, "spaces_id": "1"}
    paths = [one.path.format(**items) for one in OPERATIONS if one.method == "GET"]
    return {path: (await client.get(API + path)).content for path in paths}


async def a_busy_day(program: httpx.AsyncClient, client: httpx.AsyncClient, panel: EmulatedPanel) -> None:
    """Two controllers, a scenario and the panel's own clients, all at once on the house."""

    async def does(verb: str, arguments: dict[str, object], by: str = "ann") -> None:
        done = await program.post(f"/panels/8180/{verb}", json=arguments, headers={"x-busbar-as": by})
        assert done.status_code == 200, done.text

    async def changes(path: str, body: dict[str, object]) -> httpx.Response:
        answer = await client.post(API + path, json=body)
        assert answer.status_code == 200, answer.text
        return answer

    circuits = {one.name: one.id for one in panel.reading().circuits}
    await does("step", {"seconds": 1801})
    await does("door", {"presses": 3})
    token = (await changes("/auth/register", {"name": "ha", "description": "Home"})).json()["accessToken"]
    client.headers["authorization"] = f"Bearer {token}"
    await changes(f"/circuits/{circuits['Study']}", {"relayStateIn": {"relayState": "OPEN"}})
    await does("scenarios/play", {"scenario": "outage"}, by="bob")
    await does("power", {"target": "Garage", "power_w": 812.5}, by="bob")
    await does("power", {"target": 30, "multiplier": 0.5})
    await does("step", {"seconds": 5 * HOUR})
    await changes("/auth/register", {"name": "gone"}) if panel.door.is_unlocked(panel.now()) else None
    await changes(
        f"/circuits/{circuits['Garage']}", {"circuitNameIn": {"name": "Shed"}, "sheddableIn": {"value": False}}
    )
    await changes("/storage/nice-to-have-thresh", {"nice_to_have_threshold_low_soe": {"percentage": 22}})
    await does("advance", {"powers": {"Shed": 50, "Study": None}, "to": panel.now() + 777})
    await does("relay", {"circuit": "Oven", "position": "OPEN"}, by="bob")
    await does("clients/add", {"name": "gone"})
    await client.delete(f"{API}/auth/clients/gone")
    await changes("/panel/grid", {"relayState": "OPEN"})
    await does("step", {"seconds": 601})
    await does("scenarios/stop", {})
    await does("clear", {})
    await does("reboot", {})
    await does("faults/clear", {})
    await does("step", {"seconds": 90_061})


async def test_a_log_and_its_seed_give_the_same_bytes_again(program, panels, http_of, wall, token_of):
    house = panels[0]
    other = EmulatedPanel.create(house.device.config, seed=1, start=1_700_000_000, speed=30, monotonic=wall)
    Control([other])
    async with http_of(house) as first, http_of(other) as second:
        await a_busy_day(program, first, house)
        log = json.loads((await program.get("/panels/8180/commands?limit=10000")).content)["panels"][0]

        other.control.replay(log)

        second.headers["authorization"] = first.headers["authorization"]
        assert await everything(second, other) == await everything(first, house)
        house.control.step(HOUR + 1)
        other.control.step(HOUR + 1)
        assert await everything(second, other) == await everything(first, house)
    assert other.clock.speed == 0


async def test_a_replayed_log_is_the_log_again(program, panels, http_of):
    async with http_of(panels[0]) as client:
        await a_busy_day(program, client, panels[0])
    first = panels[0].control.commands(limit=10_000)

    panels[0].control.replay(dict(first))

    again = panels[0].control.commands(limit=10_000)
    what = [
        [(one["tick"], one["by"], one["through"], one["verb"], one["arguments"]) for one in log["commands"]]
        for log in (first, again)
    ]
    assert what[1][:-1] == what[0]
    assert what[1][-1][3:] == ("replay", {"commands": len(what[0])})
    assert [one["order"] for one in again["commands"]] == sorted(one["order"] for one in again["commands"])


async def test_what_the_panels_own_clients_do_is_in_the_log_by_their_name(program, panels, http_of, token_of):
    token = token_of(panels[0], "ha")
    async with http_of(panels[0], token) as client:
        circuit = panels[0].reading().circuits[0].id
        await client.post(f"{API}/circuits/{circuit}", json={"relayStateIn": {"relayState": "OPEN"}})
        await client.post(f"{API}/circuits/{circuit}", json={"relayStateIn": {"relayState": "UNKNOWN"}})
        await client.delete(f"{API}/auth/clients/ha")

    log = (await program.get("/panels/8180/commands")).json()["panels"][0]["commands"]

    assert [(one["by"], one["through"], one["verb"]) for one in log] == [
        ("ha", "panel", "clients/add"),
        ("ha", "panel", "relay"),
        ("ha", "panel", "clients/remove"),
    ]
    assert token not in json.dumps(log)


def test_the_scenarios_own_commands_are_not_logged_since_playing_it_gives_them_again(house):
    house.scenarios_play("outage")
    house.step(86_400)
    house.catch_up()

    assert [entry.verb for entry in house.log] == ["scenarios/play", "step"]
    assert len(house.panel.device.commands) > 0


def test_a_reset_begins_a_new_log_with_itself(house):
    house.relay("Study", "OPEN")
    house.panel.command(SetRelay(house.circuit_id("Oven"), closed=False))

    house.reset()

    assert [(entry.order, entry.verb, entry.tick) for entry in house.log] == [(3, "reset", house.panel.device.start)]


def test_the_log_is_bounded_and_says_when_it_is_not_whole():
    log = CommandLog(limit=2)
    for number in range(3):
        log.record(Entry(number, 0, "ann", "control", "freeze", {}))

    assert [entry.order for entry in log] == [1, 2]
    assert log.dropped == 1


def saved(house: PanelControl) -> dict[str, Any]:
    house.relay("Study", "OPEN")
    house.step(60)
    house.relay("Study", "CLOSED")
    log: dict[str, Any] = json.loads(json.dumps(house.commands()))
    return log


def test_a_part_of_a_log_does_not_replay(house):
    saved(house)

    with pytest.raises(ControlRefusedError, match="oldest commands are missing"):
        house.replay(dict(house.commands(limit=2)))
    with pytest.raises(ControlRefusedError, match="oldest commands are missing"):
        house.replay(dict(house.commands(after=1)))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda log: log.pop("seed"), "log.seed"),
        (lambda log: log.update(seed="7"), "log.seed"),
        (lambda log: log.update(until=0), "log"),
        (lambda log: log.update(configuration="0"), "log"),
        (lambda log: log.update(fidelity="ideal"), "log"),
        (lambda log: log.update(commands=[{}]), "log.commands.0.tick"),
        (lambda log: log["commands"][0].update(tick=10**12), "log.commands.0.tick"),
        (lambda log: log["commands"][2].update(tick=log["start"]), "log"),
        (lambda log: log["commands"][0].update(verb="explode"), "log.commands.0"),
        (lambda log: log["commands"][0].update(verb="state"), "log.commands.0"),
        (lambda log: log["commands"][2].update(arguments={"position": "OPEN"}), "circuit"),
        (lambda log: log["commands"][2].update(arguments={"circuit": "Sauna", "position": "OPEN"}), "circuit"),
        (lambda log: log.update(until=log["until"] + 10**9), "time"),
    ],
)
def test_a_log_that_cannot_be_lived_through_changes_nothing(house, spoil, where):
    log = saved(house)
    spoil(log)
    before, entries = house.state(), list(house.log)

    with pytest.raises(ControlRefusedError) as refused:
        house.replay(log)

    assert refused.value.where == where
    assert (house.state(), list(house.log)) == (before, entries)


def test_the_log_of_another_panel_is_refused(control):
    with pytest.raises(ControlRefusedError, match="another configuration"):
        control.panels[1].replay(saved(control.panels[0]))


def test_a_panel_that_was_swapped_lives_through_that_again(house):
    house.swap("sp-2")
    house.step(5)
    house.swap("sp-3")

    house.replay(dict(house.commands()))

    assert house.serial == "sp-3"
