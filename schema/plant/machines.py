"""A machine in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema import ports
from schema.batch import batch
from schema.bounds import MAX_LEVEL_ROWS
from schema.context import Info
from schema.errors import BadInputError
from schema.joins.wires import circuits_of
from schema.node import Node, write_id
from schema.plant.effectiveness import MachineOee, MachineUtilisation, oee_of, utilisation_of
from schema.plant.enums import MachineState
from schema.plant.parameters import MachineParameters, parameters_of
from schema.plant.readings import readings_of
from schema.plant.scrap import Scrap, scrap_of

if TYPE_CHECKING:
    from schema.panel.circuits import Circuit
    from schema.plant.batches import Batch


async def _current_batches(parents: strawberry.Parent[list[Machine]], info: Info) -> list[Batch | None]:
    """The batch of each machine that came first."""
    from schema.plant.batches import find_batches  # noqa: PLC0415 (batches know machines too)

    if len(parents) * len(MACHINES) > MAX_LEVEL_ROWS:
        raise BadInputError("currentBatch", f"of {len(parents):,} machines is too much in one answer; ask for fewer")
    found = await find_batches(info, list({each.current_batch_id for each in parents if each.current_batch_id}))
    by_id = {str(each.batch_id): each for each in found if each is not None}
    return [None if each.current_batch_id is None else by_id.get(each.current_batch_id) for each in parents]


@strawberry.type(description="One of the plant's sixteen machines, as it stands now.")
class Machine(Node):
    """Its figures are since the plant's run began."""

    current_batch_id: strawberry.Private[str | None]
    line: Line = strawberry.field(description="Where it stands.")
    stage: Stage = strawberry.field(description="What it does.")
    state: MachineState = strawberry.field(description="What it does right now.")
    parameters: MachineParameters = strawberry.field(description="What it is set to; units are in the names.")
    batch_ids: list[strawberry.ID] = strawberry.field(
        description="The `batchId`s of all batches inside, first come first; a pool holds many."
    )
    progress: float | None = strawberry.field(
        description="How far the current batch is in this machine, 0 to 1; null while it is empty."
    )
    batch_count: int = strawberry.field(description="How many batches it has finished since the run began.")
    utilisation: MachineUtilisation = strawberry.field(description="What it did with its time since the run began.")
    oee: MachineOee = strawberry.field(description="Its overall equipment effectiveness since the run began.")
    power_w: float = strawberry.field(
        description="Electrical power in W that it draws now: positive = consumption, 0 unless it works."
    )
    stopped_because: str | None = strawberry.field(
        description="Why it stands still until it is started again, as that its circuit is open; null when it is not "
        "stopped, whatever else it waits for."
    )
    energy_kwh: float = strawberry.field(
        description="Energy in kWh that it drew since the run began, counted when a step ends."
    )
    scrap: list[Scrap] = strawberry.field(description="Solids in kg that it lost since the run began, by cause.")
    current_batch: Annotated[Batch, strawberry.lazy("schema.plant.batches")] | None = batch(
        _current_batches, description="The batch inside that came first; null while it is empty."
    )

    circuit: Annotated[Circuit, strawberry.lazy("schema.panel.circuits")] | None = batch(
        circuits_of,
        description="The panel's circuit that feeds it; null where it hangs on none, or the panel does not say now.",
    )

    readings: ports.Series | None = batch(
        readings_of,
        description="What it showed for each batch that it finished and that is kept, as columns; `time` is when the "
        "step was done, in simulated s since the plant's beginning. Null, with an error, for names it does not show.",
    )

    @classmethod
    def of(cls, view: ports.MachineView) -> Machine:
        """The noun, as the API shows it."""
        key, figures = view.key, view.figures
        return cls(
            id=write_id("Machine", key.line, key.stage),
            line=key.line,
            stage=key.stage,
            state=view.state,
            parameters=parameters_of(key.stage, view.parameters),
            current_batch_id=view.current_batch_id,
            batch_ids=[strawberry.ID(each) for each in view.batch_ids],
            progress=view.progress,
            batch_count=figures.batches,
            utilisation=utilisation_of(figures),
            oee=oee_of(figures),
            power_w=view.power_w,
            stopped_because=view.stopped_because,
            energy_kwh=figures.energy_kwh,
            scrap=scrap_of(figures.scrap_kg),
        )


async def all_machines(info: Info) -> Mapping[MachineKey, Machine]:
    """All sixteen, as they stand at one moment."""
    return {each.key: Machine.of(each) for each in (await info.context.plant.view()).machines}


async def find_machines(info: Info, names: Sequence[tuple[str, ...]]) -> list[Machine | None]:
    """The machines of these lines and stages; None in the place of each that there is not."""
    found = {(key.line.value, key.stage.value): each for key, each in (await all_machines(info)).items()}
    return [found.get((line, stage)) for line, stage in names]
