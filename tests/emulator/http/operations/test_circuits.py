from __future__ import annotations

from typing import get_type_hints

import httpx
import pytest

from emulator import transport
from emulator.http import objects
from emulator.panel import EmulatedPanel


def some_circuit(panel: EmulatedPanel, *, controllable: bool = True) -> str:
    found = (circuit.id for circuit in panel.reading().circuits if circuit.is_user_controllable is controllable)
    return next(found)


async def test_circuits_come_by_id_with_the_documented_fields(http, panel):
    circuits = (await http.get("/circuits")).json()["circuits"]

    assert list(circuits) == [circuit.id for circuit in panel.reading().circuits]
    for circuit_id, circuit in circuits.items():
        assert circuit["id"] == circuit_id
        assert list(circuit) == list(get_type_hints(objects.Circuit))


async def test_one_circuit_is_the_same_as_in_the_list(http, panel):
    circuit_id = some_circuit(panel)

    listed = (await http.get("/circuits")).json()["circuits"][circuit_id]

    assert (await http.get(f"/circuits/{circuit_id}")).json() == listed


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("circuit_id", ["nobody", "%00", "a%2Fb", "💡", "1" * 5000])
async def test_an_unknown_circuit_is_not_found(http, method, circuit_id):
    answer = await http.request(method, f"/circuits/{circuit_id}", json={})

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("this panel has no circuit")


async def test_opening_a_relay_drops_its_power_to_zero_for_every_client(http, panel):
    circuit_id = some_circuit(panel)

    changed = await http.post(f"/circuits/{circuit_id}", json={"relayStateIn": {"relayState": "OPEN"}})

    assert (changed.json()["relayState"], changed.json()["instantPowerW"]) == ("OPEN", 0)
    assert (await http.get(f"/circuits/{circuit_id}")).json() == changed.json()
    branches = (await http.get("/panel")).json()["branches"]
    assert all(branches[tab - 1]["relayState"] == "OPEN" for tab in changed.json()["tabs"])


async def test_all_keys_may_be_combined(http, panel):
    body = {
        "relayStateIn": {"relayState": "OPEN"},
        "priorityIn": {"priority": "NON_ESSENTIAL"},
        "circuitNameIn": {"name": "Sauna für zwei 🔥"},
        "sheddableIn": {"value": True},
        "neverBackupIn": {"value": True},
    }

    changed = (await http.post(f"/circuits/{some_circuit(panel)}", json=body)).json()

    assert changed["relayState"] == "OPEN"
    assert changed["priority"] == "NON_ESSENTIAL"
    assert changed["name"] == "Sauna für zwei 🔥"
    assert (changed["isSheddable"], changed["isNeverBackup"]) == (True, True)


async def test_an_empty_body_changes_nothing(http, panel):
    circuit_id = some_circuit(panel)
    before = (await http.get(f"/circuits/{circuit_id}")).json()

    assert (await http.post(f"/circuits/{circuit_id}", json={})).json() == before


async def test_a_relay_that_is_not_controllable_refuses_and_the_rest_of_the_body_with_it(http, panel):
    circuit_id = some_circuit(panel, controllable=False)
    before = (await http.get(f"/circuits/{circuit_id}")).json()

    body = {"circuitNameIn": {"name": "Mine"}, "relayStateIn": {"relayState": "OPEN"}}
    answer = await http.post(f"/circuits/{circuit_id}", json=body)

    assert answer.status_code == 409
    assert "not user controllable" in answer.json()["detail"]
    assert (await http.get(f"/circuits/{circuit_id}")).json() == before


async def test_a_circuit_made_controllable_can_be_switched_by_the_same_body(http, panel):
    body = {"userControllableIn": {"value": True}, "relayStateIn": {"relayState": "OPEN"}}

    changed = await http.post(f"/circuits/{some_circuit(panel, controllable=False)}", json=body)

    assert changed.json()["relayState"] == "OPEN"


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"relayStateIn": {"relayState": "UNKNOWN"}}, ["body", "relayStateIn", "relayState"]),
        ({"relayStateIn": {"relayState": "AJAR"}}, ["body", "relayStateIn", "relayState"]),
        ({"relayStateIn": {}}, ["body", "relayStateIn", "relayState"]),
        ({"relayStateIn": "OPEN"}, ["body", "relayStateIn"]),
        ({"priorityIn": {"priority": "UNKNOWN"}}, ["body", "priorityIn", "priority"]),
        ({"circuitNameIn": {"name": ""}}, ["body", "circuitNameIn", "name"]),
        ({"circuitNameIn": {"name": "x" * 129}}, ["body", "circuitNameIn", "name"]),
        ({"sheddableIn": {"value": 1}}, ["body", "sheddableIn", "value"]),
        ({"neverBackupIn": {"value": "true"}}, ["body", "neverBackupIn", "value"]),
        ([], ["body"]),
    ],
)
async def test_a_wrong_body_is_refused_by_its_field_and_changes_nothing(http, panel, body, loc):
    circuit_id = some_circuit(panel)
    before = (await http.get(f"/circuits/{circuit_id}")).json()

    answer = await http.post(f"/circuits/{circuit_id}", json=body)

    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [loc]
    assert (await http.get(f"/circuits/{circuit_id}")).json() == before


async def test_old_firmware_breaks_on_a_priority_where_there_is_no_battery(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202342", monotonic=wall)
    token = panel.clients.register("tests", None, 0).token
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://x/api/v1") as client:
        answer = await client.post(
            f"/circuits/{some_circuit(panel)}",
            json={"priorityIn": {"priority": "MUST_HAVE"}},
            headers={"Authorization": f"Bearer {token}"},
        )

    assert panel.reading().soc is None
    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})
