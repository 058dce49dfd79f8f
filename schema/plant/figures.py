"""The plant's key figures in the graph."""

from __future__ import annotations

import strawberry

from clients.plant import models
from clients.plant.models import Line, Stage
from schema.plant.effectiveness import MachineOee, MachineUtilisation, oee_of, utilisation_of
from schema.plant.scrap import Scrap, scrap_of


@strawberry.type(description="How long batches took from their first mixer to their leaving complete.")
class PlantLeadTime:
    """Of the newest completed batches, ten thousand of them at most."""

    mean_s: float = strawberry.field(description="The mean, in simulated s.")
    median_s: float = strawberry.field(description="The median, in simulated s.")
    p95_s: float = strawberry.field(description="Nineteen of twenty took no longer than this, in simulated s.")

    @classmethod
    def of(cls, lead: models.LeadTime) -> PlantLeadTime:
        """The noun, as the API shows it."""
        return cls(mean_s=lead.mean_s, median_s=lead.median_s, p95_s=lead.p95_s)


@strawberry.type(description="How many batches came to which end.")
class PlantBatchCount:
    """Words as the engine counts them."""

    state: str = strawberry.field(description="What became of them: a stable word, as `completed`.")
    count: int = strawberry.field(description="How many batches, from 0.")


@strawberry.type(description="What one machine did with its time, and what came of it.")
class PlantStageKpis:
    """See `machine` for how it stands."""

    line: Line = strawberry.field(description="Where the machine stands.")
    stage: Stage = strawberry.field(description="What the machine does.")
    batch_count: int = strawberry.field(description="How many batches it finished.")
    utilisation: MachineUtilisation = strawberry.field(description="What it did with its time.")
    oee: MachineOee = strawberry.field(description="Its overall equipment effectiveness.")
    first_pass_yield: float = strawberry.field(description="Solids that left over those that came, 0 to 1.")
    energy_kwh: float = strawberry.field(description="Energy in kWh that the machine drew.")
    scrap: list[Scrap] = strawberry.field(description="Solids in kg that were lost, by cause.")


@strawberry.type(description="The plant's key figures, since its run began or over a window of simulated time.")
class PlantKpis:
    """All of them over `simulatedS`."""

    since_s: float = strawberry.field(
        description="From when on it counts, in simulated s since the plant's beginning, inclusive: the run's "
        "beginning, or for a window the latest time up to the window's that is known exactly."
    )
    simulated_s: float = strawberry.field(description="Over how long it counts, in simulated s: from `sinceS` to now.")
    batches: list[PlantBatchCount] = strawberry.field(description="How many batches came to which end.")
    cell_count: int = strawberry.field(description="How many good cells left the ageing.")
    cells_kwh: float = strawberry.field(description="Energy in kWh that these cells hold at nominal voltage.")
    batches_per_h: float = strawberry.field(description="Batches completed an hour of simulated time.")
    cells_per_h: float = strawberry.field(description="Good cells an hour of simulated time.")
    kwh_per_d: float = strawberry.field(description="Energy of good cells in kWh a day of simulated time.")
    wip: float = strawberry.field(
        description="Work in progress: the mean number of batches between first mixer and end."
    )
    lead_time: PlantLeadTime | None = strawberry.field(description="How long batches took; null before the first.")
    bottleneck_line: Line | None = strawberry.field(description="Where the busiest machine stands; null without one.")
    bottleneck_stage: Stage | None = strawberry.field(description="What the busiest machine does; null without one.")
    oee: float = strawberry.field(description="Overall equipment effectiveness of the bottleneck, 0 to 1.")
    rolled_yield: float = strawberry.field(description="Product of all machines' first-pass yields, 0 to 1.")
    energy_kwh: float = strawberry.field(description="All energy in kWh: machines, dry room and building.")
    dry_room_kwh: float = strawberry.field(description="Energy in kWh of the dry room.")
    building_kwh: float = strawberry.field(description="Energy in kWh of the building.")
    kwh_per_kwh: float | None = strawberry.field(
        description="All energy in kWh for each kWh of good cells; null without cells."
    )
    scrap_kg: float = strawberry.field(description="All solids scrapped, in kg.")
    scrap: list[Scrap] = strawberry.field(description="Solids scrapped in kg, by cause, over all machines.")
    stages: list[PlantStageKpis] = strawberry.field(description="Yield, energy and scrap of each machine, in order.")

    @classmethod
    def of(cls, figures: models.PlantFigures) -> PlantKpis:
        """The noun, as the API shows it."""
        lead, key = figures.lead_time, figures.bottleneck
        return cls(
            since_s=figures.since_s,
            simulated_s=figures.simulated_s,
            batches=[PlantBatchCount(state=word, count=count) for word, count in figures.batches.items()],
            cell_count=figures.cells,
            cells_kwh=figures.cells_kwh,
            batches_per_h=figures.batches_per_h,
            cells_per_h=figures.cells_per_h,
            kwh_per_d=figures.kwh_per_d,
            wip=figures.wip,
            lead_time=None if lead is None else PlantLeadTime.of(lead),
            bottleneck_line=None if key is None else key.line,
            bottleneck_stage=None if key is None else key.stage,
            oee=figures.oee,
            rolled_yield=figures.rolled_yield,
            energy_kwh=figures.energy_kwh,
            dry_room_kwh=figures.dry_room_kwh,
            building_kwh=figures.building_kwh,
            kwh_per_kwh=figures.kwh_per_kwh,
            scrap_kg=figures.scrap_kg,
            scrap=scrap_of(_by_cause(figures)),
            stages=[_stage(each) for each in figures.machines],
        )


def _by_cause(figures: models.PlantFigures) -> dict[str, float]:
    found: dict[str, float] = {}
    for machine in figures.machines:
        for cause, kg in machine.scrap_kg.items():
            found[cause] = found.get(cause, 0.0) + kg
    return found


def _stage(figures: models.MachineFigures) -> PlantStageKpis:
    return PlantStageKpis(
        line=figures.machine.line,
        stage=figures.machine.stage,
        batch_count=figures.batches,
        utilisation=utilisation_of(figures),
        oee=oee_of(figures),
        first_pass_yield=figures.quality,
        energy_kwh=figures.energy_kwh,
        scrap=scrap_of(figures.scrap_kg),
    )
