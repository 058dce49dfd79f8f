"""What a mutation of the wiring answers when the world says no."""

from __future__ import annotations

import strawberry

from schema.plant.enums import Line, Stage


@strawberry.interface(description="Why the wiring was not changed.")
class JoinRefusal:
    """The shared part of every refusal."""

    message: str = strawberry.field(description="Where, what, and what to do next, in one sentence.")


@strawberry.type(description="There is no such machine on that line.")
class WiringMachineNotFound(JoinRefusal):
    """`plant { lines }` lists all sixteen."""


@strawberry.type(
    description="busbar knows no such circuit: its panel was never there, or removed, or has none so named."
)
class WiringCircuitNotFound(JoinRefusal):
    """As of the panel's last poll."""


@strawberry.type(description="The circuit feeds another machine already.")
class CircuitWired(JoinRefusal):
    """Unwire that one first."""

    line: Line = strawberry.field(description="Where that machine stands.")
    stage: Stage = strawberry.field(description="What that machine does.")


@strawberry.type(description="The machine hangs on another circuit already.")
class MachineWired(JoinRefusal):
    """Unwire it first."""

    serial: str = strawberry.field(description="The panel of that circuit.")
    circuit_id: str = strawberry.field(description="That circuit, as the panel spells its ids.")


@strawberry.type(description="The machine hangs on no circuit.")
class MachineNotWired(JoinRefusal):
    """There is nothing to take off."""


@strawberry.type(description="The server's disk is full; nothing of the change was kept.")
class JoinStorageFull(JoinRefusal):
    """Try again when there is room."""
