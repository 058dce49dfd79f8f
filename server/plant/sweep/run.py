"""One run: a variant's plant, one seed, and the key figures that a sweep compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self

from clients.plant.models import MACHINES
from server.plant.commands import AddBatch
from server.plant.configuration import PlantConfiguration
from server.plant.kpi import Kpis
from server.plant.kpi_figures import PlantFigures
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import STEPS

DAY_S = 86_400.0

FIGURES: Mapping[str, Callable[[PlantFigures], float | None]] = {
    "makespan_d": lambda plant: plant.simulated_s / DAY_S,
    "completed_batches": lambda plant: float(plant.batches.get("completed", 0)),
    "good_cells": lambda plant: float(plant.cells),
    "batches_per_h": lambda plant: plant.batches_per_h,
    "cells_per_h": lambda plant: plant.cells_per_h,
    "kwh_per_d": lambda plant: plant.kwh_per_d,
    "wip_batches": lambda plant: plant.wip,
    "lead_time_mean_d": lambda plant: None if plant.lead_time is None else plant.lead_time.mean_s / DAY_S,
    "lead_time_p95_d": lambda plant: None if plant.lead_time is None else plant.lead_time.p95_s / DAY_S,
    "bottleneck_oee": lambda plant: plant.oee,
    "rolled_yield": lambda plant: plant.rolled_yield,
    "scrap_kg": lambda plant: plant.scrap_kg,
    "energy_kwh": lambda plant: plant.energy_kwh,
    "energy_kwh_per_kwh": lambda plant: plant.kwh_per_kwh,
}
"""Those of a whole plant, units in the names; the last one and the lead times are None where no cell was made."""

NAMES = frozenset(f"{key.line}/{key.stage}" for key in MACHINES)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to: the figures by name, and the bottleneck as `line/stage`, None where nothing ever worked."""

    figures: Mapping[str, float | None]
    bottleneck: str | None

    @classmethod
    def read(cls, given: Any) -> Self:  # noqa: ANN401 (JSON from a file)
        """Out of `plain`'s form. ValueError where it is another."""
        if not isinstance(given, dict) or set(given) != {"figures", "bottleneck"}:
            raise ValueError("no result")
        figures, bottleneck = given["figures"], given["bottleneck"]
        if not isinstance(figures, dict) or list(figures) != list(FIGURES) or bottleneck not in NAMES | {None}:
            raise ValueError("other figures")
        if not all(value is None or (type(value) is float and isfinite(value)) for value in figures.values()):
            raise ValueError("no finite figures")
        return cls(figures, bottleneck)

    def plain(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {"figures": dict(self.figures), "bottleneck": self.bottleneck}


def run_once(configuration: PlantConfiguration, batches: int, seed: int) -> Result:
    """All batches are queued at 0, and the plant runs until each has ended."""
    kpis = Kpis({key: settings.units for key, settings in configuration.machines.items()})
    simulation = PlantSimulation(configuration, seed, STEPS, [kpis.take])
    for number in range(batches):
        simulation.apply(AddBatch(0.0, f"batch_{number}"))
    simulation.run()
    plant = kpis.figures(simulation.now_s)
    slowest = plant.bottleneck
    bottleneck = None if slowest is None else f"{slowest.line}/{slowest.stage}"
    return Result({name: figure(plant) for name, figure in FIGURES.items()}, bottleneck)
