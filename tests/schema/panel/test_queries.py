"""Reading panels and circuits."""

from __future__ import annotations

import pytest

from clients.panel import models
from clients.panel.models import RelayState
from schema import ports
from tests.schema.nouns import SERIAL, circuit, snapshot, view


async def test_a_panel_answers_with_everything_its_last_poll_told(ask):
    answer = await ask("""{ panel(serial: "nj-2316-00042") {
        serial name host port model manufacturer firmwareVersion uptimeSeconds
        doorState mainRelayState gridState runConfig availability unavailableReason
        observedAt ageSeconds gridPowerW feedthroughPowerW
        mainMeter { consumedEnergyWh producedEnergyWh } feedthroughMeter { consumedEnergyWh } storage { socPercent }
        branches { tab powerW } } }""")

    assert answer["errors"] == []
    assert answer["panel"] == {
        "serial": SERIAL, "name": "Home", "host": "127.0.0.1", "port": 8180,
        "model": "00200", "manufacturer": "SPAN", "firmwareVersion": "r202525/04", "uptimeSeconds": 86400,
        "doorState": "CLOSED", "mainRelayState": "CLOSED", "gridState": "DSM_GRID_UP", "runConfig": "PANEL_ON_GRID",
        "availability": "ONLINE", "unavailableReason": None, "observedAt": "2026-06-21T11:59:58Z", "ageSeconds": 2.0,
        "gridPowerW": -1570.0, "feedthroughPowerW": 0.0,
        "mainMeter": {"consumedEnergyWh": 5000.0, "producedEnergyWh": 300.0},
        "feedthroughMeter": {"consumedEnergyWh": -1.5}, "storage": {"socPercent": 85.0},
        "branches": [{"tab": 1, "powerW": 150.0}, {"tab": 2, "powerW": 80.0}],
    }  # fmt: skip


async def test_a_circuit_shows_consumption_positive_and_production_negative(ask):
    answer = await ask("""{ panel(serial: "nj-2316-00042") { circuits {
        circuitId name tabs isVirtual relayState priority isControllable isSheddable isNeverBackup
        powerW consumedEnergyWh producedEnergyWh observedAt energyObservedAt } } }""")

    kitchen, *_, solar = answer["panel"]["circuits"]
    assert kitchen == {
        "circuitId": "c1", "name": "Kitchen Outlets", "tabs": [1], "isVirtual": False, "relayState": "CLOSED",
        "priority": "MUST_HAVE", "isControllable": True, "isSheddable": True, "isNeverBackup": False,
        "powerW": 150.0, "consumedEnergyWh": 1000.5, "producedEnergyWh": 2.0,
        "observedAt": "2026-06-21T12:00:00Z", "energyObservedAt": "2026-06-21T11:50:00Z",
    }  # fmt: skip
    assert (solar["powerW"], solar["isVirtual"], solar["isControllable"]) == (-1800.0, True, False)


async def test_before_the_first_poll_only_the_address_is_known(ask, world):
    world.panels.views = {
        "p": view("p", snapshot=None, observed_at=None, availability=ports.Availability.OFFLINE, reason="refused")
    }

    answer = await ask("""{ panel(serial: "p") { availability unavailableReason observedAt ageSeconds doorState
        gridPowerW mainMeter { consumedEnergyWh } storage { socPercent } branches { tab } circuits { name }
        circuit(id: "c1") { name } } }""")

    known = {name: value for name, value in answer["panel"].items() if value is not None}
    assert answer["errors"] == []
    assert known == {"availability": "OFFLINE", "unavailableReason": "refused"}


async def test_r16_a_lost_panel_keeps_its_last_values_with_their_age(ask, world):
    lost = view(availability=ports.Availability.OFFLINE, reason="panel did not answer for 60 s")
    world.panels.views[SERIAL] = lost

    answer = await ask("""{ panels { nodes { availability unavailableReason ageSeconds gridPowerW } } }""")

    assert answer["panels"]["nodes"] == [
        {"availability": "OFFLINE", "unavailableReason": lost.reason, "ageSeconds": 2.0, "gridPowerW": -1570.0}
    ]


async def test_an_unknown_panel_is_null(ask):
    assert await ask('{ panel(serial: "nobody") { name } }') == {"panel": None, "errors": []}


async def test_a_panel_without_a_battery_has_no_charge(ask, world):
    bare = snapshot()
    world.panels.views[SERIAL] = view(
        snapshot=models.Snapshot(bare.status, bare.panel, bare.circuits, models.Storage(soc=None))
    )

    answer = await ask("{ panels { nodes { storage { socPercent } } } }")

    assert answer["panels"]["nodes"] == [{"storage": {"socPercent": None}}]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("{}", ["c1", "c2", "c3", "unmapped_tab_30"]),
        ('{ name: "OUTLET" }', ["c1"]),
        ("{ relayState: OPEN }", ["c3"]),
        ("{ isControllable: false }", ["c2", "unmapped_tab_30"]),
        ("{ isVirtual: true }", ["unmapped_tab_30"]),
        ("{ priority: MUST_HAVE, isControllable: true }", ["c1"]),
        ("{ priority: null }", ["c1", "c2", "c3", "unmapped_tab_30"]),
        ('{ name: "no such" }', []),
    ],
)
async def test_a_filter_chooses_the_circuits_that_fit_all_of_it(ask, wanted, found):
    answer = await ask("{ panels { nodes { circuits(filter: WANTED) { circuitId } } } }".replace("WANTED", wanted))

    assert [each["circuitId"] for each in answer["panels"]["nodes"][0]["circuits"]] == found


async def test_two_filters_in_one_query_do_not_mix(ask):
    answer = await ask("""{ panels { nodes {
        open: circuits(filter: { relayState: OPEN }) { circuitId }
        closed: circuits(filter: { relayState: CLOSED }) { circuitId } } } }""")

    (panel,) = answer["panels"]["nodes"]
    assert [each["circuitId"] for each in panel["open"]] == ["c3"]
    assert [each["circuitId"] for each in panel["closed"]] == ["c1", "c2", "unmapped_tab_30"]


async def test_one_circuit_is_found_by_the_panels_id_and_by_the_global_one(ask):
    query = """query($id: ID!) {
        panel(serial: "nj-2316-00042") { circuit(id: $id) { id name panel { serial } } } }"""

    by_own = (await ask(query, id="c2"))["panel"]["circuit"]
    by_global = (await ask(query, id=by_own["id"]))["panel"]["circuit"]

    assert by_own == by_global == {"id": by_own["id"], "name": "Refrigerator", "panel": {"serial": SERIAL}}


async def test_another_panels_circuit_is_not_mistaken_for_a_namesake(ask, world):
    world.panels.views["other"] = view("other", snapshot=snapshot(circuit("c1", "Theirs", (1,), 1.0)))
    theirs = (await ask('{ panel(serial: "other") { circuit(id: "c1") { id } } }'))["panel"]["circuit"]["id"]

    answer = await ask('query($id: ID!) { panel(serial: "nj-2316-00042") { circuit(id: $id) { name } } }', id=theirs)

    assert answer == {"panel": {"circuit": None}, "errors": []}


async def test_names_travel_as_they_are(ask, world):
    odd = '<script>"Küche" 🔌\u2028'
    world.panels.views[SERIAL] = view(snapshot=snapshot(circuit("c1", odd, (1,), 0.0, relay_state=RelayState.UNKNOWN)))

    answer = await ask("{ panels { nodes { circuits { name relayState } } } }")

    assert answer["panels"]["nodes"][0]["circuits"] == [{"name": odd, "relayState": "UNKNOWN"}]
