"""The edges between a machine and the circuit that feeds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from clients.plant.models import MachineKey
from schema import ports
from schema.context import Info

if TYPE_CHECKING:
    from schema.panel.circuits import Circuit
    from schema.plant.machines import Machine


async def circuits_of(parents: strawberry.Parent[list[Machine]], info: Info) -> list[Circuit | None]:
    """The circuit that feeds each; None for one that hangs on none, and while the panel does not say."""
    wires = [info.context.wiring.of_machine(MachineKey(each.line, each.stage)) for each in parents]
    return [None if wire is None else circuit_of(info, wire) for wire in wires]


def circuit_of(info: Info, wire: ports.Wire) -> Circuit | None:
    """The circuit at the end of the wire, as of its panel's last poll."""
    from schema.panel.circuits import find_circuit  # noqa: PLC0415 (it imports this module)
    from schema.panel.types import Panel  # noqa: PLC0415 (likewise)

    view = info.context.panels.get(wire.serial)
    return None if view is None else find_circuit(Panel.of(view), wire.circuit_id)


async def machines_of(parents: strawberry.Parent[list[Circuit]], info: Info) -> list[Machine | None]:
    """The machine that each feeds."""
    from schema.plant.machines import all_machines  # noqa: PLC0415 (it imports this module)

    wires = [info.context.wiring.of_circuit(each.panel.serial, str(each.circuit_id)) for each in parents]
    found = await all_machines(info) if any(wires) else {}
    return [None if wire is None else found.get(wire.machine) for wire in wires]
