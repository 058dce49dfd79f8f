from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.panel.models import DoorState, Priority, RelayState, Snapshot
from schema.ports import Availability
from server.panel.transitions import Seen, Told, told_of, transitions
from tests.server.panel.world import SERIAL, a_circuit, a_snapshot

ONLINE = Availability.ONLINE


def told(snapshot: Snapshot, availability: Availability = ONLINE, before: Told | None = None) -> Told:
    return told_of(before or {}, Seen.of(availability, snapshot))


def events(
    before: Told, snapshot: Snapshot, availability: Availability = ONLINE, reason: str | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Kind and data of what is told when `snapshot` follows the state `before`."""
    found = transitions(SERIAL, before, told(snapshot, availability, before), reason)
    assert {(event.topic, event.subject) for event in found} <= {("panel", SERIAL)}
    return [(event.kind, dict(event.data)) for event in found]


@pytest.mark.parametrize(
    ("change", "kind", "data"),
    [
        ({"relay_state": RelayState.OPEN}, "CircuitRelayOpened", {"before": "CLOSED"}),
        (
            {"priority": Priority.NON_ESSENTIAL},
            "CircuitPriorityChanged",
            {"before": "MUST_HAVE", "priority": "NON_ESSENTIAL"},
        ),
        ({"name": "Pantry"}, "CircuitRenamed", {"before": "Kitchen", "name": "Pantry"}),
    ],
)
def test_a_change_of_a_circuit_is_told(change, kind, data) -> None:
    before = told(a_snapshot(a_circuit()))

    assert events(before, a_snapshot(a_circuit(**change))) == [
        (kind, {"circuitId": "kitchen", "name": "Kitchen", **data})
    ]


@pytest.mark.parametrize(
    ("snapshot", "kind"),
    [
        (a_snapshot(door=DoorState.OPEN), "DoorOpened"),
        (a_snapshot(main_relay_state=RelayState.OPEN), "MainRelayOpened"),
        (a_snapshot(dsm_grid_state="DSM_GRID_DOWN"), "GridStateChanged"),
        (a_snapshot(a_circuit(), a_circuit("garage")), "CircuitAppeared"),
    ],
)
def test_a_change_of_the_panel_is_told(snapshot, kind) -> None:
    assert [found for found, _ in events(told(a_snapshot()), snapshot)] == [kind]


def test_a_circuit_that_is_gone_is_told_with_its_last_name() -> None:
    before = told(a_snapshot(a_circuit(), a_circuit("garage")))

    assert events(before, a_snapshot(a_circuit())) == [("CircuitVanished", {"circuitId": "garage", "name": "Garage"})]


@pytest.mark.parametrize(
    ("availability", "kind"),
    [
        (Availability.STALE, "PanelBecameStale"),
        (Availability.OFFLINE, "PanelWentOffline"),
        (Availability.UNAUTHORIZED, "PanelRefusedToken"),
    ],
)
def test_r16_a_change_of_availability_is_told_with_its_reason(availability, kind) -> None:
    before = told(a_snapshot())

    assert events(before, a_snapshot(), availability, "gone") == [(kind, {"before": "ONLINE", "reason": "gone"})]


def test_power_and_energy_are_no_events() -> None:
    busy = a_circuit(power_w=9_000.0, consumed_energy_wh=1e6)

    assert events(told(a_snapshot()), a_snapshot(busy, grid_power_w=-3_000.0)) == []


def test_what_is_seen_for_the_first_time_is_not_told() -> None:
    assert events({}, a_snapshot()) == []


def test_a_panel_that_cannot_tell_for_a_while_changes_nothing() -> None:
    before = told(a_snapshot())
    starting = a_snapshot(
        a_circuit(relay_state=RelayState.UNKNOWN, priority=Priority.UNKNOWN),
        door=DoorState.UNKNOWN,
        main_relay_state=RelayState.UNKNOWN,
        dsm_grid_state="",
    )

    assert told(starting, before=before) == before


def test_a_door_that_was_never_used_is_told_when_it_opens() -> None:
    before = told(a_snapshot(door=DoorState.UNKNOWN))

    assert events(before, a_snapshot(door=DoorState.OPEN)) == [("DoorOpened", {"before": "UNKNOWN"})]


def test_virtual_circuits_have_no_transitions() -> None:
    virtual = replace(a_circuit("unmapped_tab_3"), is_virtual=True)

    assert events(told(a_snapshot()), a_snapshot(a_circuit(), virtual)) == []
