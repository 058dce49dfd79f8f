"""Wiring machines to circuits. Each answers with the machine, or with a refusal that says why nothing changed."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from clients.plant.models import MachineKey
from schema import ports
from schema.context import Info
from schema.fields import mutation
from schema.joins.refusals import (
    CircuitWired,
    JoinRefusal,
    JoinStorageFull,
    MachineNotWired,
    MachineWired,
    WiringCircuitNotFound,
    WiringMachineNotFound,
)
from schema.node import own_key
from schema.panel.mutations import CircuitId
from schema.panel.queries import Serial
from schema.plant.machines import Machine, all_machines
from schema.plant.queries import OfStage, OnLine

WireMachineResult: TypeAlias = Annotated[
    Machine | WiringMachineNotFound | WiringCircuitNotFound | CircuitWired | MachineWired | JoinStorageFull,
    strawberry.union("WireMachineResult", description="The machine on its circuit, or why it was not wired."),
]
UnwireMachineResult: TypeAlias = Annotated[
    Machine | WiringMachineNotFound | MachineNotWired | JoinStorageFull,
    strawberry.union("UnwireMachineResult", description="The machine without a circuit, or why it has one still."),
]


@strawberry.type
class JoinMutations:
    """The part of Mutation that joins the worlds."""

    @mutation("Say which circuit feeds a machine: one circuit for one machine. Wiring it so again changes nothing.")
    async def wire_machine(
        self, info: Info, line: OnLine, stage: OfStage, serial: Serial, circuit_id: CircuitId
    ) -> WireMachineResult:
        """Relay and meter of the circuit are the machine's from then on."""
        key = MachineKey(line, stage)
        wired = await info.context.wiring.wire(key, serial, own_key("Circuit", serial, circuit_id))
        answer: WireMachineResult = await _shown(info, wired)
        return answer

    @mutation("Take a machine off its circuit. What was metered by it stays.")
    async def unwire_machine(self, info: Info, line: OnLine, stage: OfStage) -> UnwireMachineResult:
        """The circuit may feed another one then."""
        answer: UnwireMachineResult = await _shown(info, await info.context.wiring.unwire(MachineKey(line, stage)))
        return answer


async def _shown(info: Info, answer: ports.Wire | JoinRefusal) -> Any:  # noqa: ANN401 (a member of the union)
    return answer if isinstance(answer, JoinRefusal) else (await all_machines(info))[answer.machine]
