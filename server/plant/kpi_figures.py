"""From what was counted over a span of the run to the plant's key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from clients.plant.models import MACHINES, LeadTime, MachineFigures, MachineKey, PlantFigures, Stage
from server.plant.energy import BUILDING_SHARE, JOULE_PER_KWH, dry_room_j
from server.plant.totals import MachineTotals, PlantTotals

__all__ = ["LeadTime", "MachineFigures", "PlantFigures", "figures_of", "machine_figures"]

_WINDER = next(index for index, key in enumerate(MACHINES) if key.stage is Stage.REWINDING)


def figures_of(
    span: PlantTotals, when: tuple[float, float], places: Mapping[MachineKey, int], lead_s: Sequence[float]
) -> PlantFigures:
    """The figures of a span (`when`: from what time on, and how long); `lead_s` of the batches made in it."""
    since_s, long_s = when
    machines = tuple(
        machine_figures(key, of, long_s * places[key]) for key, of in zip(MACHINES, span.machines, strict=True)
    )
    bottleneck = max(machines, key=lambda machine: machine.busy)
    machine_j = sum(each.energy_j for each in span.machines)
    dry_j = dry_room_j(span.machines[_WINDER].worked_s)
    building_j = BUILDING_SHARE * (machine_j + dry_j)
    hours = long_s / 3600
    return PlantFigures(
        simulated_s=long_s,
        batches=dict(span.batches),
        cells=span.cells,
        cells_kwh=span.cells_kwh,
        batches_per_h=_per(span.batches.get("completed", 0), hours),
        cells_per_h=_per(span.cells, hours),
        kwh_per_d=_per(span.cells_kwh, hours / 24),
        wip=_per(span.wip_s, long_s),
        lead_time=_lead_time(lead_s),
        bottleneck=bottleneck.machine if bottleneck.busy > 0 else None,
        oee=bottleneck.oee,
        rolled_yield=prod(machine.quality for machine in machines),
        dry_room_kwh=dry_j / JOULE_PER_KWH,
        building_kwh=building_j / JOULE_PER_KWH,
        kwh_per_kwh=(machine_j + dry_j + building_j) / JOULE_PER_KWH / span.cells_kwh if span.cells_kwh else None,
        machines=machines,
        since_s=since_s,
    )


def machine_figures(key: MachineKey, of: MachineTotals, all_s: float) -> MachineFigures:
    """The figures of one machine over a span; `all_s` is the time of all its places."""
    setup, working, down, blocked = (_per(spent_s, all_s) for spent_s in of.spent_s)
    available = 1 - down - setup
    came_kg = of.left_kg + sum(of.scrap_kg.values())
    return MachineFigures(
        machine=key,
        batches=of.batches,
        working=working,
        blocked=blocked,
        starved=max(0.0, available - working - blocked),
        down=down,
        setup=setup,
        availability=available,
        performance=_per(working, available),
        quality=of.left_kg / came_kg if came_kg > 0 else 1.0,
        scrap_kg=of.scrap_kg,
        energy_kwh=of.energy_j / JOULE_PER_KWH,
    )


def _lead_time(lead_s: Sequence[float]) -> LeadTime | None:
    ordered = sorted(lead_s)
    if not ordered:
        return None
    last = len(ordered) - 1
    return LeadTime(sum(ordered) / len(ordered), ordered[last // 2], ordered[round(0.95 * last)])


def _per(amount: float, of: float) -> float:
    return amount / of if of > 0 else 0.0
