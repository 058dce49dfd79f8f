"""A circuit in the graph, and how a panel's circuits are chosen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from clients.panel import models
from schema import ports
from schema.batch import batch
from schema.context import Info
from schema.joins.wires import machines_of
from schema.node import Node, own_key, write_id
from schema.panel.enums import Priority, RelayState
from schema.panel.history import circuit_history

if TYPE_CHECKING:
    from schema.panel.types import Panel
    from schema.plant.machines import Machine


@strawberry.type(description="A named load or source on one or two breaker spaces of a panel.")
class Circuit(Node):
    """Of one poll: its panel is the panel as of that poll."""

    circuit_id: strawberry.ID = strawberry.field(
        description="The panel's own id of it; what `circuitId` arguments take."
    )
    name: str | None = strawberry.field(description="What the household calls it; null when it has no name.")
    tabs: list[int] = strawberry.field(description="Its breaker spaces, numbered from 1; a 240 V circuit has two.")
    is_virtual: bool = strawberry.field(
        description="Whether it only stands for a breaker space that belongs to no circuit of the panel's."
    )
    relay_state: RelayState = strawberry.field(description="Its relay's position.")
    priority: Priority = strawberry.field(description="What the panel does with it off grid.")
    is_controllable: bool = strawberry.field(description="Whether `setCircuitRelay` may switch it.")
    is_sheddable: bool = strawberry.field(description="Whether the panel may shed it off grid.")
    is_never_backup: bool = strawberry.field(description="Whether it is never powered from the battery.")
    power_w: float = strawberry.field(description="Power in W: positive = consumption, negative = production.")
    consumed_energy_wh: float = strawberry.field(description="Energy consumed in Wh since the panel was made.")
    produced_energy_wh: float = strawberry.field(description="Energy produced in Wh since the panel was made.")
    observed_at: datetime = strawberry.field(description="When the panel took the power, by the panel's clock.")
    energy_observed_at: datetime = strawberry.field(
        description="When the panel counted the energies, by its own clock; minutes behind the power on real panels."
    )
    panel: Annotated[Panel, strawberry.lazy("schema.panel.types")] = strawberry.field(
        description="The panel it hangs on, as of the same poll."
    )
    history: ports.Series = batch(circuit_history, description="Its values over time, in one column.")

    machine: Annotated[Machine, strawberry.lazy("schema.plant.machines")] | None = batch(
        machines_of, description="The plant's machine that it feeds; null where it feeds none."
    )

    @classmethod
    def of(cls, circuit: models.Circuit, panel: Panel) -> Circuit:
        """The noun, as the API shows it."""
        return cls(
            id=write_id("Circuit", panel.serial, circuit.id),
            panel=panel,
            circuit_id=strawberry.ID(circuit.id),
            name=circuit.name,
            tabs=list(circuit.tabs),
            is_virtual=circuit.is_virtual,
            relay_state=circuit.relay_state,
            priority=circuit.priority,
            is_controllable=circuit.is_user_controllable and not circuit.is_virtual,
            is_sheddable=circuit.is_sheddable,
            is_never_backup=circuit.is_never_backup,
            power_w=circuit.power_w,
            consumed_energy_wh=circuit.consumed_energy_wh,
            produced_energy_wh=circuit.produced_energy_wh,
            observed_at=circuit.power_at,
            energy_observed_at=circuit.energy_at,
        )


@strawberry.input(description="Which circuits: those that fit all that is given.")
class CircuitFilter:
    """Null and absent both mean: any."""

    name: str | None = strawberry.field(default=None, description="In the name, in any case.")
    relay_state: RelayState | None = strawberry.field(default=None, description="The relay's position.")
    priority: Priority | None = strawberry.field(default=None, description="The priority.")
    is_controllable: bool | None = strawberry.field(default=None, description="Whether it may be switched.")
    is_virtual: bool | None = strawberry.field(default=None, description="Whether it only stands for a breaker space.")

    def fits(self, circuit: Circuit) -> bool:
        """Whether the circuit is one of those."""
        exact = (
            (self.relay_state, circuit.relay_state),
            (self.priority, circuit.priority),
            (self.is_controllable, circuit.is_controllable),
            (self.is_virtual, circuit.is_virtual),
        )
        named = self.name is None or self.name.casefold() in (circuit.name or "").casefold()
        return named and all(wanted is None or wanted == found for wanted, found in exact)


Filter = Annotated[CircuitFilter | None, strawberry.argument(description="Which circuits; all without it.")]


async def circuits_of(
    parents: strawberry.Parent[list[Panel]],
    info: Info,  # noqa: ARG001 (the shape of a batch resolver)
    filter: Filter = None,  # noqa: A002 (the argument's name in the graph)
) -> list[list[Circuit] | None]:
    """The circuits of each panel's last poll; None before its first."""
    return [_chosen(panel, filter) for panel in parents]


def _chosen(panel: Panel, wanted: CircuitFilter | None) -> list[Circuit] | None:
    if panel.view.snapshot is None:
        return None
    found = [Circuit.of(circuit, panel) for circuit in panel.view.snapshot.circuits]
    return found if wanted is None else [circuit for circuit in found if wanted.fits(circuit)]


def find_circuit(panel: Panel, given: str) -> Circuit | None:
    """The panel's circuit with this `circuitId`, or with this global id."""
    wanted = own_key("Circuit", panel.serial, given)
    circuits = panel.view.snapshot.circuits if panel.view.snapshot else ()
    return next((Circuit.of(circuit, panel) for circuit in circuits if circuit.id == wanted), None)
