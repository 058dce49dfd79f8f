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


READINGS: Mapping[Stage, tuple[str, ...]] = {
    Stage.MIXING: (
        "density_kg_m3", "particle_volume_share", "solid_volume_share", "viscosity_pa_s", "yield_stress_pa",
        "flow_index", "homogeneity",
    ),
    Stage.COATING: (
        "wet_thickness_m", "low_flow_limit_m", "capillary_number", "viscosity_pa_s", "shear_rate_s", "loading_kg_m2",
        "length_m",
    ),
    Stage.DRYING: (
        "dry_thickness_m", "porosity", "residual_solvent_share", "evaporation_kg_m2_s", "constant_rate_s",
        "residence_s", "adhesion_share", "web_speed_m_s",
    ),
    Stage.CALENDERING: ("thickness_m", "porosity", "line_load_n_m", "capacity_n_m", "density_kg_m3"),
    Stage.SLITTING: ("width_m", "lanes", "width_sd_m", "burr_m", "trim_m", "tension_n_m"),
    Stage.INSPECTION: ("pieces", "passed", "escapes", "width_error_m", "thickness_error_m", "burr_m"),
    Stage.REWINDING: (
        "cells", "roll_diameter_m", "roll_length_m", "rim_tension_n", "np_ratio", "design_capacity_a_h", "water_ppm",
    ),
    Stage.ELECTROLYTE_FILLING: ("dose_ml", "electrolyte_kg", "wetted_share", "dosing_s"),
    Stage.FORMATION_CYCLING: (
        "constant_current_s", "constant_voltage_s", "charged_a_h", "capacity_a_h", "share_of_design", "sei_loss_a_h",
        "rest_voltage_v", "start_soc", "reached_a_h", "current_a", "limit_v", "resistance_ohm",
    ),
    Stage.AGING: (
        "self_discharge_mv_per_d", "rejected_cells", "rejected_kg", "good_cells", "rest_voltage_v", "capacity_a_h",
    ),
}  # fmt: skip
"""The figures that a machine of the stage shows for each batch; units are in the names."""
RESULTS = ("duration_s", "energy_kwh", "yield_share", "cell_count")
"""What there is of every step beside them."""


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
