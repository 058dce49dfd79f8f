from __future__ import annotations

from decimal import Decimal

import orjson


def numbers(content: object) -> list[object]:
    if isinstance(content, dict):
        return [found for value in content.values() for found in numbers(value)]
    if isinstance(content, list):
        return [found for value in content for found in numbers(value)]
    return [content] if isinstance(content, int | float) else []


async def test_r18_wrong_types_leave_no_number_and_no_flag(http, panel):
    panel.faults.add({"kind": "wrong_types"})
    for path in ("/circuits", "/panel", "/status", "/storage/soe"):
        assert numbers((await http.get(path)).json()) == []


async def test_r18_one_field_alone_can_be_of_the_wrong_type(http, panel):
    right = (await http.get("/circuits")).json()["circuits"]
    panel.faults.add({"kind": "wrong_types", "field": "instantPowerW"})

    wrong = (await http.get("/circuits")).json()["circuits"]

    for circuit_id, circuit in right.items():
        assert wrong[circuit_id] == circuit | {"instantPowerW": str(circuit["instantPowerW"])}


async def test_lists_and_mappings_can_be_wrong_too(http, panel):
    panel.faults.add({"kind": "wrong_types", "field": "branches"})
    panel.faults.add({"kind": "wrong_types", "field": "mainMeterEnergy"})
    panel.faults.add({"kind": "wrong_types", "field": "dsmState"})

    wrong = (await http.get("/panel")).json()

    assert (wrong["branches"], wrong["mainMeterEnergy"], wrong["dsmState"]) == ({}, [], ["DSM_ON_GRID"])


async def test_r18_a_circuit_is_missing_always_the_same_one(http, panel):
    there = {circuit.id for circuit in panel.reading().circuits}
    fault = panel.faults.add({"kind": "missing_circuit"})

    missing = set()
    for _ in range(5):
        panel.clock.step(60)
        missing |= there - set((await http.get("/circuits")).json()["circuits"])
    await http.get("/panel")

    assert len(missing) == 1
    assert fault.hits == 5


async def test_a_circuit_can_be_named_that_is_missing(http, panel):
    named = panel.reading().circuits[3].id
    panel.faults.add({"kind": "missing_circuit", "circuit": named})

    assert named not in (await http.get("/circuits")).json()["circuits"]
    assert (await http.get(f"/circuits/{named}")).status_code == 200


async def test_all_relays_and_the_door_are_unknown(http, panel):
    panel.press_door()
    panel.faults.add({"kind": "unknown_states"})

    circuits, main = (await http.get("/circuits")).json()["circuits"], (await http.get("/panel")).json()

    assert {circuit["relayState"] for circuit in circuits.values()} == {"UNKNOWN"}
    assert {branch["relayState"] for branch in main["branches"]} == {main["mainRelayState"]} == {"UNKNOWN"}
    assert (await http.get("/status")).json()["system"]["doorState"] == "UNKNOWN"
    assert (await http.get("/panel/grid")).json() == {"relayState": "UNKNOWN"}


async def test_the_main_relay_alone_can_be_unknown(http, panel):
    fault = panel.faults.add({"kind": "unknown_states", "states": ["main_relay"]})

    main = (await http.get("/panel")).json()
    await http.get("/circuits")

    assert main["mainRelayState"] == "UNKNOWN"
    assert {branch["relayState"] for branch in main["branches"]} == {"CLOSED"}
    assert fault.hits == 1


async def test_an_energy_dip_lowers_every_counter_and_keeps_the_balance(http, panel):
    panel.clock.step(5000)  # until then all counters are whole watt-hours, whose shares need no rounding
    before = orjson.loads((await http.get("/panel")).content)
    panel.faults.add({"kind": "energy_dip", "share": 0.25})
    answer = (await http.get("/panel")).content

    dipped = orjson.loads(answer)
    for branch, was in zip(dipped["branches"], before["branches"], strict=True):
        assert branch["exportedActiveEnergyWh"] == round(was["exportedActiveEnergyWh"] * 750) / 1000
        assert branch["instantPowerW"] == was["instantPowerW"]
    main, through = dipped["mainMeterEnergy"], dipped["feedthroughEnergy"]
    imported = sum(Decimal(str(branch["importedActiveEnergyWh"])) for branch in dipped["branches"])
    exported = sum(Decimal(str(branch["exportedActiveEnergyWh"])) for branch in dipped["branches"])
    assert Decimal(str(through["consumedEnergyWh"])) == Decimal(str(main["consumedEnergyWh"])) - imported
    assert Decimal(str(through["producedEnergyWh"])) == exported - Decimal(str(main["producedEnergyWh"]))


async def test_an_answer_without_anything_to_spoil_is_no_hit(http, stranger, panel):
    faults = [panel.faults.add({"kind": kind}) for kind in ("missing_circuit", "energy_dip", "wrong_types")]

    await http.get("/spaces")
    await stranger.get("/panel")  # 401: only good answers are spoiled

    assert [fault.hits for fault in faults] == [0, 0, 0]
