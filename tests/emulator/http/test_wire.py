from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.auth import Clients
from emulator.http import objects, sampling, wire
from tests.emulator.readings import TICK, branch, circuit, counters, reading

MILLIWATTS = st.integers(-30_000_000, 30_000_000)


def exact(content: object) -> Any:
    """What a client that reads decimals exactly sees."""
    return json.loads(orjson.dumps(content), parse_float=Decimal, parse_int=Decimal)


def parsed(content: object) -> Any:
    """What any other client sees."""
    return json.loads(orjson.dumps(content))


def shown(powers_mw: list[int], grid_mw: int = 0) -> Any:
    branches = tuple(branch(tab, power) for tab, power in enumerate(powers_mw, start=1))
    return exact(wire.panel(reading(branches, grid_mw=grid_mw), sampling.pairwise(60, len(branches))))


@given(st.lists(MILLIWATTS, max_size=48), MILLIWATTS)
def test_feedthrough_is_grid_plus_branches_to_the_last_digit(powers_mw, grid_mw):
    panel = shown(powers_mw, grid_mw)

    branches = sum(found["instantPowerW"] for found in panel["branches"])

    assert panel["feedthroughPowerW"] == panel["instantGridPowerW"] + branches


def test_negative_zero_never_appears():
    nothing = reading((branch(1, 0),), (circuit(0),))

    text = orjson.dumps([wire.panel(nothing, [sampling.sweep(1)]), wire.circuits(nothing), wire.power(nothing)])

    assert b"-0" not in text


def test_a_load_is_negative_and_a_source_positive_on_the_wire():
    panel = shown([1_500_000, -1_795_250], grid_mw=-295_250)

    assert [found["instantPowerW"] for found in panel["branches"]] == [Decimal("-1500.0"), Decimal("1795.25")]
    assert panel["instantGridPowerW"] == Decimal("-295.25")


def test_exported_energy_went_to_the_load():
    branches = (branch(1, energy=counters(consumed_mwh=5_001, produced_mwh=7)),)

    first = exact(wire.panel(reading(branches), sampling.pairwise(0, 1)))["branches"][0]

    assert (first["exportedActiveEnergyWh"], first["importedActiveEnergyWh"]) == (Decimal("5.001"), Decimal("0.007"))


def test_feedthrough_energy_is_the_residual_of_meter_and_branches():
    branches = tuple(branch(tab, energy=counters(tab * 1_003, tab * 17)) for tab in range(1, 33))

    panel = exact(wire.panel(reading(branches), sampling.pairwise(0, 32)))

    meter, residual = panel["mainMeterEnergy"], panel["feedthroughEnergy"]
    exported = sum(found["exportedActiveEnergyWh"] for found in panel["branches"])
    imported = sum(found["importedActiveEnergyWh"] for found in panel["branches"])
    assert residual["consumedEnergyWh"] == meter["consumedEnergyWh"] - imported
    assert residual["producedEnergyWh"] == exported - meter["producedEnergyWh"]


def test_a_circuit_shows_its_power_of_now_and_its_energy_of_before():
    shown = wire.circuit(circuit(power_mw=2_000_500), TICK)

    assert shown["instantPowerW"] == -2000.5
    assert shown["instantPowerUpdateTimeS"] - shown["energyAccumUpdateTimeS"] == 623
    assert (shown["consumedEnergyWh"], shown["producedEnergyWh"]) == (123.456, 0.789)


def test_circuits_are_listed_by_id_each_as_it_is_shown_alone():
    rows = tuple(circuit(power_mw, closed=power_mw > 0)._replace(id=f"{power_mw:032x}") for power_mw in (7, 0, 1_500))

    shown = parsed(wire.circuits(reading(circuits=rows)))

    assert shown == {"circuits": {row.id: parsed(wire.circuit(row, TICK)) for row in rows}}
    assert list(shown["circuits"]) == [row.id for row in rows]


@given(st.text(min_size=1, max_size=20))
def test_no_name_is_taken_for_a_place_where_a_number_goes(name):
    rows = (circuit(1_000)._replace(name=name), circuit(2_000)._replace(id="b" * 32))

    shown = parsed(wire.circuits(reading(circuits=rows)))["circuits"]

    assert [found["instantPowerW"] for found in shown.values()] == [-1.0, -2.0]
    assert shown["a" * 32]["name"] == name


def test_a_panel_without_circuits_shows_none():
    assert parsed(wire.circuits(reading())) == {"circuits": {}}


@pytest.mark.parametrize(
    ("state", "strings"),
    [
        ({}, ("DSM_GRID_UP", "DSM_ON_GRID", "PANEL_ON_GRID")),
        ({"grid_is_up": False, "on_battery": True}, ("DSM_GRID_DOWN", "DSM_OFF_GRID", "PANEL_BACKUP")),
        ({"grid_is_up": False}, ("DSM_GRID_DOWN", "DSM_OFF_GRID", "PANEL_OFF_GRID")),
        ({"main_relay_closed": False, "on_battery": True}, ("DSM_GRID_UP", "DSM_OFF_GRID", "PANEL_BACKUP")),
    ],
)
def test_the_three_state_strings_tell_how_the_panel_is_fed(state, strings):
    panel = parsed(wire.panel(reading(**state), []))

    assert (panel["dsmGridState"], panel["dsmState"], panel["currentRunConfig"]) == strings
    assert panel["mainRelayState"] == ("OPEN" if "main_relay_closed" in state else "CLOSED")


@pytest.mark.parametrize(("soc", "soe"), [(None, {}), (0.0, {"percentage": 0}), (0.856, {"percentage": 86})])
def test_charge_is_whole_per_cent_or_left_out_without_a_battery(soc, soe):
    assert wire.state_of_energy(reading(soc=soc)) == {"soe": soe}


def test_thresholds_keep_their_underscores():
    assert wire.thresholds(reading()) == {
        "nice_to_have_threshold_low_soe": {"percentage": 20},
        "nice_to_have_threshold_high_soe": {"percentage": 50},
    }


@pytest.mark.parametrize(
    ("made", "described"),
    [
        (lambda: parsed(wire.panel(reading(), [])), objects.Panel),
        (lambda: parsed(wire.panel(reading((branch(1),)), [sampling.sweep(1)]))["branches"][0], objects.Branch),
        (lambda: wire.circuit(circuit(), TICK), objects.Circuit),
        (lambda: wire.power(reading()), objects.PanelPower),
        (lambda: wire.meter(reading()), objects.PanelMeter),
    ],
)
def test_fields_come_in_the_documented_order(made, described):
    assert list(made()) == list(get_type_hints(described))


def test_a_client_is_shown_without_its_token():
    client = Clients(seed=0, serial="sp-1").register("ha", "Home Assistant", 7)

    shown = wire.client(client)

    assert shown["description"] == "Home Assistant"
    assert shown["issued_at"] == 7
    assert client.token not in json.dumps(shown)
    assert wire.token(client) == {"accessToken": client.token, "tokenType": "bearer", "iatMs": 7000}
