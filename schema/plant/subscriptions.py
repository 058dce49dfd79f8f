"""The plant, live: replay from a cursor, then on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Annotated

import strawberry

from schema import ports
from schema.batch import batch
from schema.context import Info
from schema.delivery import EVERY, Delivery, Place
from schema.errors import BatchMissingError
from schema.feeds import closed_after
from schema.fields import subscription
from schema.node import own_id
from schema.plant.batches import Batch, find_batches
from schema.plant.log import Choice, ChosenLine, ChosenStage, PlantLogEntry
from schema.plant.machines import Machine
from schema.plant.plant import OfBatch

After = Annotated[
    ports.Position | None,
    strawberry.argument(
        description="Replay all transitions behind this cursor first: each once, in order, none left out. "
        "Only what happens from now on without it."
    ),
]


async def _batches(parents: strawberry.Parent[list[SimulationProgress]], info: Info) -> list[Batch | None]:
    """The batch of each message."""
    return await find_batches(info, [each.batch_id for each in parents])


@strawberry.type(description="How far a batch is.")
class SimulationProgress:
    """One for each transition, and samples between them."""

    batch_id: strawberry.ID = strawberry.field(description="The batch's own id.")
    progress: float = strawberry.field(description="How far it is, 0 to 1; it never falls.")
    simulated_s: float = strawberry.field(description="When that was, in simulated s since the plant's beginning.")
    entry: PlantLogEntry | None = strawberry.field(
        description="The transition that brought it here; null for a sample between two of them."
    )
    cursor: ports.Position = strawberry.field(description="The place behind it: pass it as `after` to go on from here.")
    batch: Batch | None = batch(_batches, description="The batch as it stands by now; null when it is no longer kept.")

    @classmethod
    def of(cls, told: ports.BatchProgress) -> SimulationProgress:
        """The port's, as the API shows it."""
        return cls(
            batch_id=strawberry.ID(told.batch_id),
            progress=told.progress,
            simulated_s=told.simulated_s,
            entry=None if told.entry is None else PlantLogEntry.of(told.entry),
            cursor=told.position,
        )


@strawberry.type(description="A transition at a machine.")
class MachineUpdate:
    """The machine may have gone on since."""

    machine: Machine = strawberry.field(description="The machine as it stands by now.")
    entry: PlantLogEntry = strawberry.field(description="The transition.")
    cursor: ports.Position = strawberry.field(description="The place behind it: pass it as `after` to go on from here.")


def _is_sample(told: SimulationProgress) -> bool:
    return told.entry is None


def _place(told: MachineUpdate) -> Place:
    return "plant", told.entry.sequence


@strawberry.type
class PlantSubscriptions:
    """The part of Subscription that is about the plant."""

    @subscription(
        "How far a batch is, or all of them: every transition once and in order, and at most ten samples a second "
        "between them, of which a slow reader misses all but the newest. With a batch it ends when the batch does. "
        "After a loss of the connection, go on with the last `cursor`.",
        Delivery(is_shared=True, is_passing=_is_sample),
    )
    async def simulation_progress(
        self, info: Info, batch_id: OfBatch = None, after: After = None
    ) -> AsyncGenerator[SimulationProgress, None]:
        """Raises BatchMissingError, and the log's own errors for a cursor that is foreign or too old."""
        await _checked(info, after)
        own = None if batch_id is None else own_id("Batch", batch_id)
        if own is not None and await info.context.plant.batch(own) is None:
            raise BatchMissingError(own)
        return _progress(info, own, after)

    @subscription(
        "Every transition at the machines that were chosen, once and in order, with the machine as it stands by now. "
        "After a loss of the connection, go on with the last `cursor`.",
        replace(EVERY, place=_place),
    )
    async def machine_updates(
        self, info: Info, line: ChosenLine = None, stage: ChosenStage = None, after: After = None
    ) -> AsyncGenerator[MachineUpdate, None]:
        """Raises MachineMissingError, and the log's own errors for a cursor that is foreign or too old."""
        choice = Choice(line, stage).checked()
        await _checked(info, after)
        return _updates(info, choice, after)


async def _checked(info: Info, after: ports.Position | None) -> None:
    """Refuses a bad cursor before the feed begins."""
    if after is not None:
        await info.context.plant.log(after, 1)


async def _progress(
    info: Info, batch_id: str | None, after: ports.Position | None
) -> AsyncGenerator[SimulationProgress, None]:
    async with closed_after(info.context.plant.progress(batch_id, after)) as feed:
        async for told in feed:
            yield SimulationProgress.of(told)


async def _updates(info: Info, choice: Choice, after: ports.Position | None) -> AsyncGenerator[MachineUpdate, None]:
    async with closed_after(info.context.plant.machine_updates(choice.key, after)) as feed:
        async for view, entry in feed:
            if choice.fits(entry.machine):
                yield MachineUpdate(machine=Machine.of(view), entry=PlantLogEntry.of(entry), cursor=entry.position)
