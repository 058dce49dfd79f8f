"""Commanding the plant. Each answers with the changed thing, or with a refusal that says why nothing changed."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

import strawberry

from clients.plant.models import Line, MachineKey, Stage
from schema import ports
from schema.context import Info
from schema.fields import mutation
from schema.node import own_id
from schema.plant.answers import ALWAYS, refused, shown
from schema.plant.batches import Batch, BatchId
from schema.plant.enums import Applies, PresetPace
from schema.plant.machines import Machine
from schema.plant.parameters import MachineParametersInput, MixingInput, changes_of, chosen
from schema.plant.plant import Plant
from schema.plant.queries import OfStage, OnLine
from schema.plant.refusals import (
    BatchAlreadyFinished,
    BatchIdTaken,
    BatchNotFound,
    InvalidParameters,
    MachineNotFound,
    QueueFull,
)
from schema.ports.plant import Changes
from schema.ports.plant_views import FASTEST

Own = dict[MachineKey, Changes]


@strawberry.input(description="What one machine shall be set to for one batch only.")
class BatchParametersInput:
    """The field of `parameters` that is given says the stage."""

    line: Line = strawberry.field(description="Where the machine stands.")
    parameters: MachineParametersInput = strawberry.field(description="Its stage, and what it shall be set to.")


@strawberry.input(one_of=True, description="How simulated time shall follow the wall clock: give exactly one field.")
class PlantSpeedInput:
    """What happens in the plant is the same at every speed."""

    pace: PresetPace | None = strawberry.field(default=strawberry.UNSET, description="A pace that needs no number.")
    factor: float | None = strawberry.field(
        default=strawberry.UNSET, description=f"Simulated s a second, above 0 up to {FASTEST:g}; 0 pauses."
    )


@strawberry.type(description="Parameters that were taken over.")
class MachineParametersUpdated:
    """On stable storage."""

    machine: Machine = strawberry.field(description="The machine with its new parameters.")
    applies: Applies = strawberry.field(description="From when they count.")
    message: str = strawberry.field(description="The same in a sentence.")

    @classmethod
    def of(cls, changed: ports.ParametersChanged) -> MachineParametersUpdated:
        """The port's, as the API shows it."""
        return cls(machine=Machine.of(changed.machine), applies=changed.applies, message=changed.message)


StartSimulationResult: TypeAlias = Annotated[
    Batch | InvalidParameters | QueueFull | ALWAYS,
    strawberry.union("StartSimulationResult", description="The batch, queued, or why it was not."),
]
AddBatchResult: TypeAlias = Annotated[
    Batch | InvalidParameters | MachineNotFound | BatchIdTaken | QueueFull | ALWAYS,
    strawberry.union("AddBatchResult", description="The batch, queued, or why it was not."),
]
CancelBatchResult: TypeAlias = Annotated[
    Batch | BatchNotFound | BatchAlreadyFinished | ALWAYS,
    strawberry.union("CancelBatchResult", description="The batch, cancelled, or why it was not."),
]
UpdateMachineParametersResult: TypeAlias = Annotated[
    MachineParametersUpdated | InvalidParameters | MachineNotFound | ALWAYS,
    strawberry.union("UpdateMachineParametersResult", description="The machine, changed, or why it was not."),
]
PausePlantResult: TypeAlias = Annotated[
    Plant | ALWAYS, strawberry.union("PausePlantResult", description="The plant, paused, or why it was not.")
]
ResumePlantResult: TypeAlias = Annotated[
    Plant | ALWAYS, strawberry.union("ResumePlantResult", description="The plant, going on, or why it does not.")
]
SetPlantSpeedResult: TypeAlias = Annotated[
    Plant | InvalidParameters | ALWAYS,
    strawberry.union("SetPlantSpeedResult", description="The plant at its new speed, or why it has the old one."),
]
ResetPlantResult: TypeAlias = Annotated[
    Plant | ALWAYS, strawberry.union("ResetPlantResult", description="The plant, empty, or why it was not reset.")
]

NewBatchId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Its `batchId`: 1 to 100 characters that can be shown; one is made without it."),
]
Recipe = Annotated[
    str | None,
    strawberry.argument(
        description="The cell that it is to become, by the name of its specification, which is made when there is none."
    ),
]
OwnParameters = Annotated[
    list[BatchParametersInput] | None,
    strawberry.argument(description="What machines shall be set to for this batch only; each machine at most once."),
]
AnodeMix = Annotated[MixingInput | None, strawberry.argument(description="The anode's mix, for this batch only.")]
CathodeMix = Annotated[MixingInput | None, strawberry.argument(description="The cathode's mix, for this batch only.")]


@strawberry.type
class PlantMutations:
    """The part of Mutation that is about the plant."""

    @mutation("Queue a batch with a mix for each electrode; elsewhere it is made as the machines are set.")
    async def start_simulation(
        self, info: Info, anode: AnodeMix = None, cathode: CathodeMix = None
    ) -> StartSimulationResult:
        """The same as `add_batch` with mixes only."""
        mixes = {Line.ANODE: anode, Line.CATHODE: cathode}
        own = {MachineKey(line, Stage.MIXING): changes_of(mix) for line, mix in mixes.items() if mix is not None}
        answer: StartSimulationResult = shown(await info.context.plant.add_batch(None, own), Batch.of)
        return answer

    @mutation("Queue a batch.")
    async def add_batch(
        self, info: Info, batch_id: NewBatchId = None, parameters: OwnParameters = None, recipe: Recipe = None
    ) -> AddBatchResult:
        """Machines keep their own parameters."""
        own = _own(parameters or [])
        answer: AddBatchResult = (
            own
            if isinstance(own, InvalidParameters)
            else shown(await info.context.plant.add_batch(batch_id, own, recipe), Batch.of)
        )
        return answer

    @mutation("Cancel a batch that waits or runs; what was made of it is scrap.")
    async def cancel_batch(
        self,
        info: Info,
        id: BatchId,  # noqa: A002 (the argument's name in the graph)
    ) -> CancelBatchResult:
        """It stays in `batches`."""
        answer: CancelBatchResult = shown(await info.context.plant.cancel_batch(own_id("Batch", id)), Batch.of)
        return answer

    @mutation("Change what a machine is set to. All of it is checked first; what is left out stays as it is.")
    async def update_machine_parameters(
        self,
        info: Info,
        line: OnLine,
        stage: OfStage,
        parameters: Annotated[
            MachineParametersInput,
            strawberry.argument(description="What shall change; the field has to be the stage's."),
        ],
    ) -> UpdateMachineParametersResult:
        """Batches that were added with parameters of their own keep those."""
        given, changes = chosen(parameters)
        if given is not stage:
            message = f"parameters are those of {given.name}: give those of {stage.name}"
            mistaken: UpdateMachineParametersResult = refused("parameters", json.dumps(given.name), message)
            return mistaken
        found = await info.context.plant.update_parameters(MachineKey(line, stage), changes)
        answer: UpdateMachineParametersResult = shown(found, MachineParametersUpdated.of)
        return answer

    @mutation("Stop simulated time until the plant is resumed. Pausing twice changes nothing.")
    async def pause_plant(self, info: Info) -> PausePlantResult:
        """Batches stay where they are."""
        answer: PausePlantResult = shown(await info.context.plant.pause(), Plant.of)
        return answer

    @mutation("Let simulated time go on, at the speed from before.")
    async def resume_plant(self, info: Info) -> ResumePlantResult:
        """Resuming twice changes nothing."""
        answer: ResumePlantResult = shown(await info.context.plant.resume(), Plant.of)
        return answer

    @mutation("Change how fast simulated time passes. Any speed but 0 also resumes the plant.")
    async def set_plant_speed(
        self, info: Info, speed: Annotated[PlantSpeedInput, strawberry.argument(description="The new speed.")]
    ) -> SetPlantSpeedResult:
        """What happens in the plant is the same at every speed."""
        try:
            wanted = ports.Speed.of(speed.pace.value if speed.pace else speed.factor)
        except ValueError as error:
            wrong: SetPlantSpeedResult = refused("factor", str(speed.factor), str(error))
            return wrong
        answer: SetPlantSpeedResult = shown(await info.context.plant.set_speed(wanted), Plant.of)
        return answer

    @mutation("Cancel all batches, set all machines back, and begin the figures anew. Simulated time goes on.")
    async def reset_plant(self, info: Info) -> ResetPlantResult:
        """Ended batches and the log stay."""
        answer: ResetPlantResult = shown(await info.context.plant.reset(), Plant.of)
        return answer


def _own(given: list[BatchParametersInput]) -> Any:  # noqa: ANN401 (Own, or InvalidParameters)
    own: Own = {}
    for place, each in enumerate(given):
        stage, changes = chosen(each.parameters)
        key = MachineKey(each.line, stage)
        if key in own:
            message = f"parameters[{place}] is for {key.line.name} {stage.name} again: give each machine once"
            return refused(f"parameters[{place}]", None, message)
        own[key] = changes
    return own
