"""The nouns of the plant: lines, stages, and which machines there are."""

from __future__ import annotations

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
