"""The nouns of the plant: lines, stages, which machines there are, and the key figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Line(StrEnum):
    """Where a machine stands. The two electrode lines run side by side; their webs are wound together on the third."""

    ANODE = "anode"
    CATHODE = "cathode"
    CELL = "cell"


class Stage(StrEnum):
    """What a machine does. The plant's wire spells CALENDERING `calendaring`; only it does."""

    MIXING = "mixing"
    COATING = "coating"
    DRYING = "drying"
    CALENDERING = "calendering"
    SLITTING = "slitting"
    INSPECTION = "inspection"
    REWINDING = "rewinding"
    ELECTROLYTE_FILLING = "electrolyte_filling"
    FORMATION_CYCLING = "formation_cycling"
    AGING = "aging"


ELECTRODE_STAGES = (
    Stage.MIXING,
    Stage.COATING,
    Stage.DRYING,
    Stage.CALENDERING,
    Stage.SLITTING,
    Stage.INSPECTION,
)
CELL_STAGES = (Stage.REWINDING, Stage.ELECTROLYTE_FILLING, Stage.FORMATION_CYCLING, Stage.AGING)


@dataclass(frozen=True, slots=True, order=True)
class MachineKey:
    """Which machine."""

    line: Line
    stage: Stage


MACHINES = tuple(
    MachineKey(line, stage)
    for line, stages in ((Line.ANODE, ELECTRODE_STAGES), (Line.CATHODE, ELECTRODE_STAGES), (Line.CELL, CELL_STAGES))
    for stage in stages
)
"""All sixteen, in the order of the material's way."""


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """One machine, over the time of the PlantFigures that it stands in.

    The shares `working`, `blocked`, `starved`, `down` and `setup` are of its time (of a pool: of its places' time) and
    sum to 1. OEE is availability (time less repairs and set-ups, of all time) x performance (working, of the time
    available) x quality. `quality` is its first-pass yield: solids that left it, of those that came; 1 before any came.
    """

    machine: MachineKey
    batches: int
    working: float
    blocked: float
    starved: float
    down: float
    setup: float
    availability: float
    performance: float
    quality: float
    scrap_kg: Mapping[str, float]
    energy_kwh: float

    @property
    def oee(self) -> float:
        """Overall equipment effectiveness, 0 to 1."""
        return self.availability * self.performance * self.quality

    @property
    def busy(self) -> float:
        """The share in which it neither waits for batches nor for room: the highest is the bottleneck's."""
        return self.working + self.down + self.setup


@dataclass(frozen=True, slots=True)
class LeadTime:
    """From a batch's first mixer to its leaving complete, in seconds; of the newest completed batches."""

    mean_s: float
    median_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class PlantFigures:
    """The whole plant over `simulated_s` seconds, from `since_s` on, which counts from the plant's beginning.

    `cells` are good ones behind the ageing, `cells_kwh` what they hold at their nominal voltage. `wip` is the mean
    number of batches between their first mixer and their end. `rolled_yield` is the product of all machines'
    first-pass yields. `oee` is the bottleneck's. `kwh_per_kwh` is all energy over the good cells'; None without cells.
    """

    simulated_s: float
    batches: Mapping[str, int]
    cells: int
    cells_kwh: float
    batches_per_h: float
    cells_per_h: float
    kwh_per_d: float
    wip: float
    lead_time: LeadTime | None
    bottleneck: MachineKey | None
    oee: float
    rolled_yield: float
    dry_room_kwh: float
    building_kwh: float
    kwh_per_kwh: float | None
    machines: tuple[MachineFigures, ...]
    since_s: float = 0.0

    @property
    def energy_kwh(self) -> float:
        """Machines, dry room and building."""
        return sum(machine.energy_kwh for machine in self.machines) + self.dry_room_kwh + self.building_kwh

    @property
    def scrap_kg(self) -> float:
        """Solids scrapped anywhere."""
        return sum(sum(machine.scrap_kg.values()) for machine in self.machines)
