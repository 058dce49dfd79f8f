"""The verbs as methods of a panel."""

from __future__ import annotations

import pytest

from emulator.control.fleet import Control
from emulator.control.panel import TABLE, PanelControl
from emulator.errors import ControlRefusedError, ScenarioRefusedError
from emulator.panel import EmulatedPanel


def test_a_panel_has_its_control_and_needs_no_fleet(panel):
    panel.control.freeze()

    done = panel.control.step(60)

    assert done.answer["tick"] == panel.clock.tick() == panel.device.start + 60
    assert (done.entry.order, done.entry.verb, done.entry.by) == (2, "step", "python")
    assert done.entry.arguments == {"seconds": 60}


def test_in_a_fleet_a_panels_control_is_the_fleets(panels, control):
    assert [panel.control for panel in panels] == control.panels

    orders = [panel.control.step(1).entry.order for panel in panels]

    assert orders == [1, 2]


def test_every_verb_is_a_method_of_its_own_name():
    for path, verb in TABLE.items():
        name = verb.function.__name__
        assert name == path.replace("/", "_").replace("-", "_")
        assert callable(getattr(PanelControl, name))


def test_what_was_done_before_the_control_was_there_is_in_its_log(panel):
    panel.clients.register("ha", None, panel.now())

    (entry,) = panel.control.commands()["commands"]

    assert (entry["verb"], entry["arguments"], entry["through"]) == ("clients/add", {"name": "ha"}, "panel")


def test_a_held_power_is_let_go_again(house):
    free = house.state()["circuits"][4]

    house.power("Living room", power_w=-750.0)
    held = house.state()["circuits"][4]
    house.clear("Living room")

    assert held["power_w"] == -750.0
    assert held["override"] == {"power_w": -750.0, "multiplier": None}
    assert house.state()["circuits"][4] == free


def test_clearing_closes_relays_and_brings_priorities_back(house):
    before = house.state()["circuits"]
    house.relay("Study", "OPEN")
    house.priority("Oven", "MUST_HAVE")
    house.power(multiplier=0.0)
    house.power("Battery", power_w=100.0)

    house.clear("Study")
    assert house.state()["circuits"][8]["relay"] == "CLOSED"
    assert house.state()["circuits"][13]["priority"] == "MUST_HAVE"
    house.clear()

    assert house.state()["circuits"] == before


def test_clearing_power_only_leaves_the_relay(house):
    house.relay("Study", "OPEN")
    house.power("Study", power_w=5.0)

    house.clear("Study", power_only=True)

    study = house.state()["circuits"][8]
    assert (study["relay"], study["override"]) == ("OPEN", None)


def test_an_unmapped_tab_is_held_too(house):
    house.power(30, power_w=-1234.0)

    (solar,) = house.state()["unmapped"]

    assert solar["power_w"] == -1234.0


def test_an_advance_holds_powers_from_when_it_arrives(house):
    counted = house.state()["circuits"][8]["consumed_wh"]
    house.power("Study", power_w=0.0)

    house.advance({"Study": 3600.0}, to=house.panel.now() + 1000)
    assert house.state()["circuits"][8]["consumed_wh"] == counted
    house.advance({"Study": None}, to=house.panel.now() + 10)

    assert house.state()["circuits"][8]["consumed_wh"] == counted + 10
    assert [entry.arguments for entry in house.log][-1] == {"powers": {"Study": None}}


def test_a_scenario_for_the_command_line_is_in_the_log(control, tmp_path):
    control.play("flapping")

    assert [[entry.verb for entry in one.log] for one in control.panels] == [["scenarios/play"]] * 2


def test_a_scenario_that_one_panel_cannot_play_is_played_on_none(wall):
    panels = [EmulatedPanel.create(name, speed=0, monotonic=wall) for name in ("house-32", "workshop-8")]

    with pytest.raises(ScenarioRefusedError):
        Control(panels).play("ev-evening")

    assert [panel.scenario for panel in panels] == [None, None]


def test_a_serial_that_looks_like_a_port_comes_first(control):
    house, workshop = control.panels
    workshop.swap("8180")

    assert control.select("8180") == [workshop]
    assert control.select(house.serial) == [house]
    with pytest.raises(ControlRefusedError):
        control.select("8182")
