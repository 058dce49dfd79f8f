"""What happened between two states of a panel, as events. Power and energy are no events: they change all the time.

The state that was told last is kept with the panel's row as JSON, so that a restart tells only what changed meanwhile.
What is seen for the first time is taken down in silence. UNKNOWN, as after a panel's start, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from clients.panel.models import DoorState, Priority, RelayState, Snapshot
from schema.ports import Availability, NewEvent

TOPIC = "panel"
UNKNOWN = "UNKNOWN"

Told = Mapping[str, Any]

AVAILABILITY_KINDS = {
    Availability.ONLINE: "PanelCameOnline",
    Availability.STALE: "PanelBecameStale",
    Availability.OFFLINE: "PanelWentOffline",
    Availability.UNAUTHORIZED: "PanelRefusedToken",
}


class Seen(NamedTuple):
    """All that may be told of one view of a panel: made at every poll, and quick to compare."""

    availability: Availability | None
    panel: tuple[DoorState, RelayState, str] | None = None
    circuits: tuple[tuple[str, str | None, RelayState, Priority], ...] = ()

    @classmethod
    def of(cls, availability: Availability | None, snapshot: Snapshot | None) -> Seen:
        """What this snapshot shows; without one, or an availability, that is not known."""
        if snapshot is None:
            return cls(availability)
        panel, circuits = snapshot.panel, [circuit for circuit in snapshot.circuits if not circuit.is_virtual]
        return cls(
            availability,
            (snapshot.status.door_state, panel.main_relay_state, panel.dsm_grid_state or UNKNOWN),
            tuple([(circuit.id, circuit.name, circuit.relay_state, circuit.priority) for circuit in circuits]),
        )


def told_of(before: Told, seen: Seen) -> dict[str, Any]:
    """The state to tell now; what is not known (None, UNKNOWN) stays as it was told before."""
    now = dict(before)
    if seen.availability is not None:
        now["availability"] = seen.availability.value
    if seen.panel is not None:
        keyed = zip(("door", "mainRelay", "grid"), seen.panel, strict=True)
        now.update({key: _known(before.get(key), str(value)) for key, value in keyed})
        now["circuits"] = _circuits(before.get("circuits", {}), seen)
    return now


def transitions(serial: str, before: Told, now: Told, reason: str | None) -> list[NewEvent]:
    """The events that lead from one told state to the other, the panel's before its circuits'."""
    found = [*_panel(before, now, reason), *_all_circuits(before, now)]
    return [NewEvent(TOPIC, serial, kind, data) for kind, data in found]


def _known(before: str | None, value: str) -> str:
    return before if before is not None and value == UNKNOWN else value


def _circuits(before: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    return {
        circuit_id: {
            "name": name,
            "relay": _known(before.get(circuit_id, {}).get("relay"), relay.value),
            "priority": _known(before.get(circuit_id, {}).get("priority"), priority.value),
        }
        for circuit_id, name, relay, priority in seen.circuits
    }


def _panel(before: Told, now: Told, reason: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if _changed(before, now, "availability"):
        availability = Availability(now["availability"])
        yield AVAILABILITY_KINDS[availability], {"before": before["availability"], "reason": reason}
    if _changed(before, now, "mainRelay"):
        yield f"MainRelay{_moved(now['mainRelay'])}", {"before": before["mainRelay"]}
    if _changed(before, now, "grid"):
        yield "GridStateChanged", {"before": before["grid"], "gridState": now["grid"]}
    if _changed(before, now, "door"):
        yield f"Door{_moved(now['door'])}", {"before": before["door"]}


def _all_circuits(before: Told, now: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    if "circuits" not in before or "circuits" not in now:
        return
    old, new = before["circuits"], now["circuits"]
    for circuit_id in sorted(old.keys() | new.keys()):
        about = {"circuitId": circuit_id, "name": (new.get(circuit_id) or old[circuit_id])["name"]}
        if circuit_id not in new:
            yield "CircuitVanished", about
        elif circuit_id not in old:
            yield "CircuitAppeared", about
        else:
            yield from _circuit(about, old[circuit_id], new[circuit_id])


def _circuit(about: dict[str, Any], old: Told, new: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    if _changed(old, new, "relay"):
        yield f"CircuitRelay{_moved(new['relay'])}", {**about, "before": old["relay"]}
    if _changed(old, new, "priority"):
        yield "CircuitPriorityChanged", {**about, "before": old["priority"], "priority": new["priority"]}
    if _changed(old, new, "name"):
        yield "CircuitRenamed", {**about, "before": old["name"]}


def _changed(before: Told, now: Told, key: str) -> bool:
    """Whether both are known and differ."""
    return key in before and key in now and bool(before[key] != now[key])


def _moved(state: str) -> str:
    return {"OPEN": "Opened", "CLOSED": "Closed"}[state]
