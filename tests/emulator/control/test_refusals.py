from __future__ import annotations

import pytest

from emulator.control.fleet import Control
from emulator.control.panel import TABLE
from emulator.control.values import MAX_JUMP_S
from emulator.errors import ControlRefusedError

NOON = 1_782_043_200

REFUSED = [
    ("step", {"seconds": -1}, "seconds", "seconds: integer 0 to"),
    ("step", {"seconds": True}, "seconds", "seconds: integer"),
    ("step", {"seconds": 1.5}, "seconds", "seconds: integer"),
    ("step", {"seconds": "5"}, "seconds", "seconds: integer"),
    ("step", {"seconds": 10**30}, "seconds", "seconds: integer"),
    ("step", {}, "seconds", "seconds: integer"),
    ("step", {"seconds": 1, "minutes": 2}, "minutes", "seconds: integer"),
    ("step", {"seconds": MAX_JUMP_S + 1}, "seconds", str(MAX_JUMP_S)),
    ("jump", {"to": NOON - 1}, "time", "2026-06-21T05:00:00-07:00"),
    ("jump", {"to": "2026-06-21T04:59"}, "time", "2026-06-21T05:00:00-07:00"),
    ("jump", {"to": 10**12}, "time", "2026-06-21T05:00:00-07:00"),
    ("jump", {"to": "tomorrow"}, "to", "2026-06-21T12:00"),
    ("jump", {"to": "9999-12-31T23:59"}, "time", "4102444800"),
    ("jump", {"to": None}, "to", "epoch seconds"),
    ("speed", {"speed": -1}, "speed", "0 to 3600"),
    ("speed", {"speed": 3601}, "speed", "0 to 3600"),
    ("seed", {"seed": -1}, "seed", "seed"),
    ("seed", {"seed": 2**63}, "seed", "seed"),
    ("door", {"presses": 0}, "presses", "1 to 9"),
    ("door", {"presses": 10}, "presses", "1 to 9"),
    ("relay", {"circuit": "Sauna", "position": "OPEN"}, "circuit", "(Kitchen outlets)"),
    ("relay", {"circuit": "Study", "position": "UNKNOWN"}, "position", "OPEN or CLOSED"),
    ("relay", {"circuit": "Refrigerator", "position": "OPEN"}, "circuit", ""),
    ("priority", {"circuit": "Study", "priority": "UNKNOWN"}, "priority", "MUST_HAVE"),
    ("rename", {"circuit": "Study", "name": "\n"}, "name", ""),
    ("rename", {"circuit": "Study", "name": "x" * 129}, "name", "printable"),
    ("power", {"target": "Sauna", "power_w": 1}, "circuit", "(Garage)"),
    ("power", {"target": 1, "power_w": 1}, "target", "30"),
    ("power", {"target": 0, "power_w": 1}, "target", "unmapped"),
    ("power", {"target": "Study"}, "power", "power_w"),
    ("power", {"target": "Study", "power_w": 1, "multiplier": 1}, "power", "multiplier"),
    ("power", {"target": "Study", "power_w": 1e9}, "power_w", "-1000000.0 to 1000000.0"),
    ("power", {"target": "Study", "multiplier": -1}, "multiplier", "0 to 100"),
    ("advance", {"powers": {"Study": 1, "Sauna": 2}}, "circuit", "(Garage)"),
    ("advance", {"powers": {"Study": 1}, "to": NOON - 1}, "time", "2026-06-21T05:00:00-07:00"),
    ("clear", {"target": "Sauna"}, "circuit", "(Garage)"),
    ("grid", {"up": 1}, "up", "boolean"),
    ("soc", {"soc": 1.1}, "soc", "0 to 1"),
    ("thresholds", {"low": 0.9, "high": 0.1}, "low", ""),
    ("swap", {"serial": "nj-2316-032ho"}, "serial", "not in use"),
    ("swap", {"serial": "nj-2316-008ws"}, "serial", "not in use"),
    ("swap", {"serial": ""}, "serial", "printable"),
    ("update", {"firmware": "r1"}, "firmware", "r202603"),
    ("offline", {"seconds": 0}, "seconds", "1 to"),
    ("faults/add", {"fault": {"kind": "gremlins"}}, "fault.kind", "keep_alive"),
    ("faults/add", {"fault": {"kind": "status", "status": 503, "route": "/nowhere"}}, "fault.route", "/circuits"),
    ("faults/add", {"fault": {"kind": "missing_circuit", "circuit": "x"}}, "fault.circuit", ""),
    ("faults/add", {"fault": []}, "fault", "fault"),
    ("faults/remove", {"fault_id": "f9"}, "fault_id", "none"),
    ("scenarios/play", {"scenario": "apocalypse"}, "scenario", "flapping"),
    ("scenarios/play", {"scenario": "../../etc/passwd"}, "scenario", "flapping"),
    ("clients/add", {"name": "ha"}, "name", "another"),
    ("clients/remove", {"name": "nobody"}, "name", "ha"),
]


@pytest.mark.parametrize(("verb", "arguments", "where", "possible"), REFUSED)
async def test_what_cannot_be_done_is_refused_with_what_can_and_changes_nothing(
    program, house, verb, arguments, where, possible
):
    house.clients_add("ha")
    before, log = house.state(), list(house.log)

    answer = await program.post(f"/panels/8180/{verb}", json=arguments)

    told = answer.json()
    assert answer.status_code == 422
    assert told["where"] == where
    assert possible in told["detail"]
    assert "\n" not in told["detail"]
    assert house.state() == before
    assert list(house.log) == log


async def test_what_one_panel_refuses_is_done_on_none(program, panels):
    """The house has that circuit, the workshop has not."""
    before = [panel.control.state() for panel in panels]

    answer = await program.post("/relay", json={"circuit": "Study", "position": "OPEN"})

    assert answer.status_code == 422
    assert panels[1].device.serial in answer.json()["detail"]
    assert [panel.control.state() for panel in panels] == before


async def test_what_one_device_refuses_is_obeyed_by_none(program, panels):
    """Only the house has a battery."""
    before = [panel.control.state() for panel in panels]

    answer = await program.post("/soc", json={"soc": 0.9})

    assert answer.status_code == 422
    assert "no battery" in answer.json()["detail"]
    assert [panel.control.state() for panel in panels] == before


def test_of_several_commands_that_one_verb_gives_all_are_obeyed_or_none(house):
    """A relay that may no longer be switched cannot be closed, so its power is not let go either."""
    house.power("Study", power_w=5.0)
    house.relay("Study", "OPEN")
    house.flags("Study", user_controllable=False)
    before = house.state()

    with pytest.raises(ControlRefusedError, match="not user controllable"):
        house.clear("Study")

    assert house.state() == before


async def test_the_seconds_of_all_panels_together_are_bounded(program, panels):
    answer = await program.post("/step", json={"seconds": MAX_JUMP_S // 2 + 1})

    assert answer.status_code == 422
    assert f"up to {MAX_JUMP_S // 2} s on each" in answer.json()["possible"]
    assert {panel.clock.tick() for panel in panels} == {NOON}


def test_the_same_is_refused_in_python(house):
    for verb, arguments in ((house.step, {"seconds": True}), (house.jump, {"to": NOON - 1})):
        with pytest.raises(ControlRefusedError) as refused:
            verb(**arguments)
        assert refused.value.possible

    with pytest.raises(TypeError):
        house.step(minutes=1)


def test_several_circuits_of_one_name_are_told_apart_by_id(house):
    house.rename("Garage", "Study")
    (first, second) = [one["id"] for one in house.state()["circuits"] if one["name"] == "Study"]

    with pytest.raises(ControlRefusedError, match="several circuits") as refused:
        house.relay("Study", "OPEN")

    assert {f"{first} (Study)", f"{second} (Study)"} <= set(refused.value.possible)
    assert house.relay(second, "OPEN").entry.arguments["circuit"] == second


def test_a_panel_gets_no_serial_that_another_will_have_again(control):
    house, workshop = control.panels
    own = house.serial
    house.swap("sp-1")

    with pytest.raises(ControlRefusedError, match="not in use"):
        workshop.swap(own)


@pytest.mark.parametrize(("verb", "arguments"), [("grid", {"up": False}), ("reboot", {}), ("swap", {"serial": "sp-9"})])
async def test_a_panel_that_shows_a_capture_refuses_for_all(panels, replayed, verb, arguments):
    control = Control([panels[0], replayed])
    before = panels[0].control.state()

    with pytest.raises(ControlRefusedError, match="recording"):
        control.do(TABLE[verb], control.panels, arguments, "tests")

    assert panels[0].control.state() == before
    assert control.panels[1].step(60).answer["tick"] == replayed.now()
