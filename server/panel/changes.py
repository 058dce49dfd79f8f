"""What may be changed on a panel: how it is sent, and how the panel shows that it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clients.panel.models import Circuit, Priority, RelayState, Snapshot
from server.panel.world import PanelClient

MAIN_RELAY = "main relay"


@dataclass(frozen=True, slots=True)
class Change:
    """One physical change. `what` names it in messages, `target` is what only one change at a time may touch."""

    what: str
    target: str
    wanted: str
    send: Callable[[PanelClient], Awaitable[object]]
    shown: Callable[[Snapshot], str | None]

    def holds(self, snapshot: Snapshot | None) -> bool:
        """Whether the panel shows the change."""
        return snapshot is not None and self.shown(snapshot) == self.wanted


def circuit_relay(circuit: Circuit, state: RelayState) -> Change:
    """Open or close a circuit."""
    return Change(
        what=f"setting the relay of {_named(circuit)} to {state.value}",
        target=circuit.id,
        wanted=state.value,
        send=lambda client: client.set_circuit_relay(circuit.id, state),
        shown=lambda snapshot: _of(snapshot, circuit.id, lambda found: found.relay_state.value),
    )


def circuit_priority(circuit: Circuit, priority: Priority) -> Change:
    """Change what happens to a circuit off grid."""
    return Change(
        what=f"setting the priority of {_named(circuit)} to {priority.value}",
        target=circuit.id,
        wanted=priority.value,
        send=lambda client: client.set_circuit_priority(circuit.id, priority),
        shown=lambda snapshot: _of(snapshot, circuit.id, lambda found: found.priority.value),
    )


def circuit_name(circuit: Circuit, name: str) -> Change:
    """Rename a circuit."""
    return Change(
        what=f"renaming {_named(circuit)} to {name!r}",
        target=circuit.id,
        wanted=name,
        send=lambda client: client.rename_circuit(circuit.id, name),
        shown=lambda snapshot: _of(snapshot, circuit.id, lambda found: found.name),
    )


def main_relay(state: RelayState) -> Change:
    """Take the panel off the grid, or back."""
    return Change(
        what=f"setting the main relay to {state.value}",
        target=MAIN_RELAY,
        wanted=state.value,
        send=lambda client: client.set_main_relay(state),
        shown=lambda snapshot: snapshot.panel.main_relay_state.value,
    )


def _named(circuit: Circuit) -> str:
    return f"circuit {circuit.name!r} ({circuit.id})" if circuit.name else f"circuit {circuit.id}"


def _of(snapshot: Snapshot, circuit_id: str, read: Callable[[Circuit], str | None]) -> str | None:
    return next((read(circuit) for circuit in snapshot.circuits if circuit.id == circuit_id), None)
