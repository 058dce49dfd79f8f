"""What happened in the plant, transition by transition, and how it is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema import ports
from schema.errors import MachineMissingError

ChosenLine = Annotated[Line | None, strawberry.argument(description="Only machines on this line; all without it.")]
ChosenStage = Annotated[Stage | None, strawberry.argument(description="Only machines of this stage; all without it.")]


@strawberry.type(description="One transition in the plant, as the log keeps it.")
class PlantLogEntry:
    """`events(topics: ["plant"])` carries the same transitions."""

    sequence: int = strawberry.field(description="1, 2, 3 ... in the log's topic `plant`, without gaps.")
    at: datetime = strawberry.field(description="When it was noticed, by busbar's clock.")
    simulated_s: float = strawberry.field(description="When it was, in simulated s since the plant's beginning.")
    kind: str = strawberry.field(description="What happened: a stable word, as `machine_working`.")
    line: Line | None = strawberry.field(description="Where the machine stands; null where no machine took part.")
    stage: Stage | None = strawberry.field(description="What the machine does; null where no machine took part.")
    batch_id: strawberry.ID | None = strawberry.field(description="The batch's `batchId`; null where none took part.")
    progress: float | None = strawberry.field(description="How far the batch was then, 0 to 1; null without a batch.")
    detail: JSON = strawberry.field(description="What goes with the kind; units are in the names.")
    cursor: ports.Position = strawberry.field(description="The place behind it: pass it as `after` to go on from here.")

    @classmethod
    def of(cls, entry: ports.PlantEntry) -> PlantLogEntry:
        """The noun, as the API shows it."""
        return cls(
            sequence=entry.sequence,
            at=entry.at,
            simulated_s=entry.simulated_s,
            kind=entry.kind,
            line=None if entry.machine is None else entry.machine.line,
            stage=None if entry.machine is None else entry.machine.stage,
            batch_id=None if entry.batch_id is None else strawberry.ID(entry.batch_id),
            progress=entry.progress,
            detail=JSON(dict(entry.detail)),
            cursor=entry.position,
        )


@strawberry.type(description="A part of the plant's log, oldest first.")
class PlantLog:
    """A page may be empty although more follows, where what was chosen is rare."""

    nodes: list[PlantLogEntry] = strawberry.field(description="The transitions that were chosen.")
    has_next_page: bool = strawberry.field(description="Whether the log went on behind `endCursor` when it was read.")
    end_cursor: ports.Position = strawberry.field(
        description="The place behind all that was looked at: pass it as `after` to go on, or to follow from here."
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """Which machines: those that fit all that is given."""

    line: Line | None
    stage: Stage | None

    @property
    def key(self) -> MachineKey | None:
        """The one machine, where line and stage are given."""
        return None if self.line is None or self.stage is None else MachineKey(self.line, self.stage)

    def fits(self, machine: MachineKey | None) -> bool:
        """Whether the machine is one of those; where nothing is chosen, what has no machine fits too."""
        if machine is None:
            return self.line is None and self.stage is None
        return self.line in (None, machine.line) and self.stage in (None, machine.stage)

    def checked(self) -> Choice:
        """Raises MachineMissingError when there is no such machine."""
        if not any(self.fits(each) for each in MACHINES):
            raise MachineMissingError(f"{self.line}/{self.stage}")
        return self
