"""What the plant answers when it says no. Each is named like a sentence and says what to do next."""

from __future__ import annotations

import strawberry

from clients.plant.models import MachineKey
from schema import fields as graph
from schema.plant.enums import Line, Stage


@strawberry.interface(description="Why the plant did not do what it was told. Nothing was changed.")
class PlantRefusal:
    """The shared part of every refusal."""

    message: str = strawberry.field(description="Where, what, and what to do next, in one sentence.")


@strawberry.type(description="One parameter that was refused.")
class InvalidParameter:
    """`machine` is the one whose block it stood in; None for the batch's id.

    `field` is the wire's own path, as `material_ratios`, until `schema.plant.answers` respells it for the graph.
    """

    machine: strawberry.Private[MachineKey | None]
    field: str = strawberry.field(
        description="Its name as the input spells it, as `coatingSpeedMPerS`; empty for all parameters of the machine."
    )
    value: str | None = strawberry.field(description="What was sent, as JSON; null where nothing was.")
    message: str = strawberry.field(description="Names the field, the value, the allowed range and the unit.")

    @graph.field("Where the machine stands; null for an argument that is of no machine.")
    def line(self) -> Line | None:
        """Part of `machine`."""
        return None if self.machine is None else self.machine.line

    @graph.field("What the machine does; null for an argument that is of no machine.")
    def stage(self) -> Stage | None:
        """Part of `machine`."""
        return None if self.machine is None else self.machine.stage


@strawberry.type(description="Parameters are missing, unknown, of the wrong kind, or out of their range.")
class InvalidParameters(PlantRefusal):
    """None of them was taken over."""

    fields: list[InvalidParameter] = strawberry.field(description="One entry for each field that was refused.")


@strawberry.type(description="There is no such machine on that line.")
class MachineNotFound(PlantRefusal):
    """`plant { lines }` lists all sixteen."""


@strawberry.type(description="There is no batch with this id.")
class BatchNotFound(PlantRefusal):
    """It was never there, or ended so long ago that it is no longer kept."""

    batch_id: str = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="There is a batch with this id already, in the plant or among those that ended.")
class BatchIdTaken(PlantRefusal):
    """Give another, or none."""

    batch_id: str = strawberry.field(description="The id that is taken.")


@strawberry.type(description="The batch has ended; there is nothing left to cancel.")
class BatchAlreadyFinished(PlantRefusal):
    """In whatever way it ended."""

    batch_id: str = strawberry.field(description="The batch.")


@strawberry.type(description="The plant cannot take commands for the moment; try again.")
class PlantBusy(PlantRefusal):
    """It is being restored after a start, or its run must be reset first: the message says which."""


@strawberry.type(description="As many batches wait as the plant allows.")
class QueueFull(PlantRefusal):
    """Let some of them start, or cancel them."""

    limit: int = strawberry.field(description="How many may wait.")


@strawberry.type(name="PlantStorageFull", description="The server's disk is full; nothing of the change was kept.")
class StorageFull(PlantRefusal):
    """Try again when there is room."""
