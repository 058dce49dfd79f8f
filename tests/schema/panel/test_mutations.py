"""Changing panels: the changed thing, or a refusal that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from clients.panel.models import Priority, RelayState
from schema.node import write_id
from schema.panel import refusals
from tests.schema.nouns import KITCHEN, SERIAL, circuit, snapshot, view

MESSAGE = "panel nj-2316-00042 said no; ask it again"

CHANGES = {
    "addPanel": 'addPanel(host: "10.0.0.5")',
    "removePanel": 'removePanel(serial: "s")',
    "setCircuitRelay": 'setCircuitRelay(serial: "s", circuitId: "c1", state: OPEN)',
    "setCircuitPriority": 'setCircuitPriority(serial: "s", circuitId: "c1", priority: NON_ESSENTIAL)',
    "renameCircuit": 'renameCircuit(serial: "s", circuitId: "c1", name: "Oven")',
    "setMainRelay": 'setMainRelay(serial: "s", state: CLOSED)',
}
SENDING = {"PanelNotFound", "PanelUnreachable", "PanelUnauthorized", "TooManyChanges", "ChangeRefused", "ChangeUnknown"}
ON_CIRCUIT = SENDING | {"CircuitNotFound", "CircuitNotControllable"}
REFUSALS = {
    "addPanel": {
        "PanelAlreadyAdded", "PanelAddressRefused", "TooManyPanels", "PanelUnreachable", "PanelUnauthorized",
        "PanelLocked",
    },
    "removePanel": {"PanelNotFound"},
    "setCircuitRelay": ON_CIRCUIT,
    "setCircuitPriority": ON_CIRCUIT,
    "renameCircuit": ON_CIRCUIT | {"InvalidName"},
    "setMainRelay": SENDING,
}  # fmt: skip
DETAILS: dict[str, dict[str, Any]] = {
    "CircuitNotFound": {"circuit_id": "c1"},
    "CircuitNotControllable": {"circuit_id": "c1"},
    "InvalidName": {"name": "\n"},
    "PanelAddressRefused": {"field": "host"},
    "TooManyChanges": {"limit": 8},
    "TooManyPanels": {"limit": 1000},
}


@pytest.mark.parametrize(("change", "refusal"), [(c, r) for c, found in REFUSALS.items() for r in sorted(found)])
async def test_each_refusal_that_can_happen_is_an_answer(ask, world, change, refusal):
    world.panels.answer = getattr(refusals, refusal)(message=MESSAGE, serial=SERIAL, **DETAILS.get(refusal, {}))

    answer = await ask(
        "mutation { answer: CHANGE { __typename ... on PanelRefusal { message serial } } }".replace(
            "CHANGE", CHANGES[change]
        )
    )

    assert answer["answer"] == {"__typename": refusal, "message": MESSAGE, "serial": SERIAL}
    assert answer["errors"] == []


def test_every_refusal_there_is_can_be_answered_by_some_change():
    there_are = {each.__name__ for each in refusals.PanelRefusal.__subclasses__()}

    assert set().union(*REFUSALS.values()) == there_are


async def test_switching_a_circuit_answers_with_the_circuit_as_read_back(ask, world):
    opened = circuit("c1", "Kitchen", (1,), 0.0, relay_state=RelayState.OPEN)
    world.panels.answer = view(snapshot=snapshot(opened))

    answer = await ask("""mutation { setCircuitRelay(serial: "nj-2316-00042", circuitId: "c1", state: OPEN) {
        __typename ... on Circuit { circuitId relayState powerW panel { serial } } } }""")

    assert world.panels.calls == [("set_circuit_relay", SERIAL, "c1", RelayState.OPEN)]
    assert answer["setCircuitRelay"] == {
        "__typename": "Circuit", "circuitId": "c1", "relayState": "OPEN", "powerW": 0.0, "panel": {"serial": SERIAL}
    }  # fmt: skip


async def test_a_circuit_may_be_named_by_its_global_id(ask, world):
    world.panels.answer = view()
    query = """mutation($id: ID!) {
        setCircuitPriority(serial: "nj-2316-00042", circuitId: $id, priority: NICE_TO_HAVE) { __typename } }"""

    answer = await ask(query, id=write_id("Circuit", SERIAL, "c1"))

    assert answer["setCircuitPriority"] == {"__typename": "Circuit"}
    assert world.panels.calls == [("set_circuit_priority", SERIAL, "c1", Priority.NICE_TO_HAVE)]


async def test_another_panels_circuit_is_never_switched_in_place_of_its_namesake(ask, world):
    foreign = write_id("Circuit", "another-panel", "c1")

    await ask("""mutation($id: ID!) { setCircuitRelay(serial: "nj-2316-00042", circuitId: $id, state: OPEN) {
        __typename } }""", id=foreign)  # fmt: skip

    assert world.panels.calls == [("set_circuit_relay", SERIAL, foreign, RelayState.OPEN)]


async def test_a_circuit_that_vanished_while_it_was_changed_leaves_the_outcome_unknown(ask, world):
    world.panels.answer = view(snapshot=snapshot(KITCHEN))

    answer = await ask("""mutation { renameCircuit(serial: "nj-2316-00042", circuitId: "c9", name: "Oven") {
        __typename ... on ChangeUnknown { message } } }""")

    assert answer["renameCircuit"]["__typename"] == "ChangeUnknown"
    assert "no longer lists circuit 'c9'" in answer["renameCircuit"]["message"]


async def test_adding_removing_and_the_main_relay_answer_with_the_panel(ask, world):
    world.panels.answer = view()

    answer = await ask("""mutation {
        addPanel(host: "10.0.0.5", port: 8180, accessToken: "t0ken", name: "Home") { __typename ... on Panel { name } }
        setMainRelay(serial: "nj-2316-00042", state: OPEN) { __typename ... on Panel { mainRelayState } }
        removePanel(serial: "nj-2316-00042") { __typename ... on Panel { serial } } }""")

    assert [answer[each]["__typename"] for each in ("addPanel", "setMainRelay", "removePanel")] == ["Panel"] * 3
    assert world.panels.calls == [
        ("add", "10.0.0.5", 8180, "t0ken", "Home"),
        ("set_main_relay", SERIAL, RelayState.OPEN),
        ("remove", SERIAL),
    ]


async def test_a_panel_is_added_on_port_80_without_a_token_unless_told_otherwise(ask, world):
    await ask('mutation { addPanel(host: "panel.local") { __typename } }')

    assert world.panels.calls == [("add", "panel.local", 80, None, None)]


@pytest.mark.parametrize(
    "change",
    [
        'setCircuitRelay(serial: "s", circuitId: "c1", state: UNKNOWN)',
        'setCircuitPriority(serial: "s", circuitId: "c1", priority: UNKNOWN)',
        'setMainRelay(serial: "s", state: UNKNOWN)',
        'setMainRelay(serial: "s", state: "OPEN")',
        'setCircuitRelay(serial: "s", circuitId: true, state: OPEN)',
    ],
)
async def test_what_cannot_be_asked_for_never_reaches_a_panel(ask, world, change):
    answer = await ask("mutation { CHANGE { __typename } }".replace("CHANGE", change))

    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert world.panels.calls == []
