"""A batch in the graph, with what each machine made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from clients.plant.models import Line, MachineKey, Stage
from schema import ports
from schema.batch import batch
from schema.context import Info
from schema.joins.cells import cells_of
from schema.joins.energy import metered_of, metered_of_steps, missing_of, shared_of
from schema.node import Node, each_of, write_id
from schema.pages import Connection, Edge, PageInfo
from schema.plant.enums import BatchState, StepState
from schema.plant.machines import Machine, all_machines
from schema.plant.parameters import MachineParameters, parameters_of
from schema.plant.scrap import Scrap, scrap_of

if TYPE_CHECKING:
    from schema.cells.instances import CellInstance


@strawberry.type(description="One figure that a machine showed for a batch.")
class StepReading:
    """The names are stable words of the stages, listed in `docs/plant.md`."""

    name: str = strawberry.field(description="What it is, with its unit at the end: `viscosity_pa_s`.")
    value: float | None = strawberry.field(description="The figure, in the unit of its name; null where it is none.")


@strawberry.type(description="What a machine made of a batch.")
class StepResult:
    """Nothing in it was clamped: what is outside its window is flagged."""

    finished_s: float = strawberry.field(description="When it was done, in simulated s since the plant's beginning.")
    duration_s: float = strawberry.field(description="How long the machine worked at it, in simulated s.")
    energy_kwh: float | None = strawberry.field(description="Energy in kWh that the machine drew for it.")
    yield_share: float = strawberry.field(
        description="Solids that went out over those that came, 0 to 1; 1 where none came."
    )
    cell_count: int = strawberry.field(description="How many cells left the machine; 0 before the winding.")
    scrap: list[Scrap] = strawberry.field(description="Solids in kg that were lost here, by cause.")
    flags: list[str] = strawberry.field(description="What was outside its window, as stable words: `not_coatable`.")
    readings: list[StepReading] = strawberry.field(description="The figures that the machine showed.")

    @classmethod
    def of(cls, result: ports.StepResult) -> StepResult:
        """The noun, as the API shows it."""
        return cls(
            finished_s=result.finished_s,
            duration_s=result.duration_s,
            energy_kwh=result.energy_kwh,
            yield_share=result.yield_share,
            cell_count=result.cells,
            scrap=scrap_of(result.scrap_kg),
            flags=list(result.flags),
            readings=[StepReading(name=name, value=value) for name, value in result.readings.items()],
        )


async def _machines(parents: strawberry.Parent[list[BatchStep]], info: Info) -> list[Machine]:
    """The machine of each step."""
    found = await all_machines(info)
    return [found[MachineKey(each.line, each.stage)] for each in parents]


@strawberry.type(description="A batch's visit to one machine.")
class BatchStep:
    """There are sixteen for each batch, in the order of the material's way."""

    line: Line = strawberry.field(description="Where the machine stands.")
    stage: Stage = strawberry.field(description="What the machine does.")
    state: StepState = strawberry.field(description="What becomes of the batch there.")
    progress: float = strawberry.field(description="How far the batch is in this machine, 0 to 1.")
    result: StepResult | None = strawberry.field(description="What the machine made of it; null until it is done.")
    machine: Machine = batch(_machines, description="The machine, as it stands now.")
    metered_energy_kwh: float | None = batch(
        metered_of_steps,
        description="Energy in kWh that the machine's circuit counted for the batch, beside `result.energyKwh` by the "
        "model; null where that is not known.",
    )
    batch_id: strawberry.Private[str]

    @classmethod
    def of(cls, step: ports.StepView, batch_id: str) -> BatchStep:
        """The noun, as the API shows it."""
        return cls(
            batch_id=batch_id,
            line=step.machine.line,
            stage=step.machine.stage,
            state=step.state,
            progress=step.progress,
            result=None if step.result is None else StepResult.of(step.result),
        )


@strawberry.type(description="What one machine is set to for one batch only.")
class BatchParameters:
    """For the machines that are not named, the machine's own parameters hold."""

    line: Line = strawberry.field(description="Where the machine stands.")
    stage: Stage = strawberry.field(description="What the machine does.")
    parameters: MachineParameters = strawberry.field(description="What it is set to; units are in the names.")


@strawberry.type(description="A batch of cells, from the two mixers to the ageing.")
class Batch(Node):
    """Simulated times are in s since the plant's beginning; times of day are the server's."""

    batch_id: strawberry.ID = strawberry.field(
        description="Its own id, as it was given; what `batchId` arguments take."
    )
    recipe: str = strawberry.field(
        description="The cell that it is to become: the name of the lab's specification of its cells."
    )
    state: BatchState = strawberry.field(description="Where it stands.")
    progress: float = strawberry.field(description="How far it is, 0 to 1; it never falls.")
    queued_at: datetime = strawberry.field(description="When it was added, by busbar's clock.")
    queued_s: float = strawberry.field(description="When it was added, in simulated s.")
    started_at: datetime | None = strawberry.field(description="When it came to a mixer, by busbar's clock.")
    started_s: float | None = strawberry.field(description="When it came to a mixer, in simulated s.")
    finished_at: datetime | None = strawberry.field(description="When it ended, by busbar's clock.")
    finished_s: float | None = strawberry.field(description="When it ended, in simulated s.")
    reason: str | None = strawberry.field(description="Why it was not completed, in a sentence.")
    parameters: list[BatchParameters] = strawberry.field(description="What machines are set to for this batch only.")
    steps: list[BatchStep] = strawberry.field(description="Its sixteen visits, in the order of the material's way.")
    energy_kwh: float = strawberry.field(description="Energy in kWh that the machines drew for it.")
    cell_count: int = strawberry.field(description="How many good cells it was completed with.")
    cells_kwh: float = strawberry.field(description="Energy in kWh that its good cells hold at nominal voltage.")

    metered_energy_kwh: float | None = batch(
        metered_of,
        description="Energy in kWh that the circuits of its machines counted for it, beside `energyKwh` by the model; "
        "null where that is not known of all of them.",
    )
    metered_energy_missing: str | None = batch(
        missing_of, description="Why `meteredEnergyKwh` is null, in a sentence; null where it is not."
    )
    shared_energy_kwh: float | None = strawberry.field(
        resolver=shared_of,
        description="Energy in kWh of dry room and building that is this batch's part, by the model; it is in neither "
        "`energyKwh` nor `meteredEnergyKwh`. Null until the batch is wound.",
    )
    view: strawberry.Private[ports.BatchView]

    cells: Connection[Annotated[CellInstance, strawberry.lazy("schema.cells.instances")]] = batch(
        cells_of, description="Its cells in the lab, good and scrapped, by number; they come soon after it is complete."
    )

    @classmethod
    def of(cls, view: ports.BatchView) -> Batch:
        """The noun, as the API shows it."""
        return cls(
            id=write_id("Batch", view.id),
            batch_id=strawberry.ID(view.id),
            recipe=view.recipe,
            state=view.state,
            progress=view.progress,
            queued_at=view.queued_at,
            queued_s=view.queued_s,
            started_at=view.started_at,
            started_s=view.started_s,
            finished_at=view.finished_at,
            finished_s=view.finished_s,
            reason=view.reason,
            parameters=_own(view),
            steps=[BatchStep.of(step, view.id) for step in view.steps],
            view=view,
            energy_kwh=view.energy_kwh,
            cell_count=view.cells,
            cells_kwh=view.cells_kwh,
        )


def _own(view: ports.BatchView) -> list[BatchParameters]:
    return [
        BatchParameters(line=key.line, stage=key.stage, parameters=parameters_of(key.stage, parameters))
        for key, parameters in view.parameters.items()
    ]


@strawberry.type(description="One page of the batches, newest first.")
class BatchConnection:
    """Relay's own words, and `nodes` for those who need no cursors."""

    edges: list[Edge[Batch]] = strawberry.field(description="The batches, each with its cursor.")
    nodes: list[Batch] = strawberry.field(description="The batches alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(description="How many batches the whole list has: those on other pages too.")


async def find_batches(info: Info, given: Sequence[str]) -> list[Batch | None]:
    """The batches with these ids, their own or global; None in the place of each that is not kept."""
    return await each_of("Batch", given, info.context.plant.batches_by_id, Batch.of)


BatchId = Annotated[strawberry.ID, strawberry.argument(description="The batch's `batchId`; its `id` works too.")]
