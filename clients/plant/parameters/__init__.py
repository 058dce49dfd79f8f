"""What the sixteen machines are set to: ten classes, one definition for REST, the graph and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters.cells import (
    AgingParameters,
    ElectrolyteFillingParameters,
    FormationCyclingParameters,
    RewindingParameters,
)
from clients.plant.parameters.electrodes import (
    CalenderingParameters,
    CoatingParameters,
    DryingParameters,
    ElectrodeInspectionParameters,
    MixingParameters,
    SlittingParameters,
)
from clients.plant.parameters.problems import Problem, problems
from clients.plant.parameters.quantity import Parameters, Quantity

__all__ = [
    "PARAMETERS",
    "AgingParameters",
    "CalenderingParameters",
    "CoatingParameters",
    "DryingParameters",
    "ElectrodeInspectionParameters",
    "ElectrolyteFillingParameters",
    "FormationCyclingParameters",
    "MixingParameters",
    "Parameters",
    "Problem",
    "Quantity",
    "RewindingParameters",
    "SlittingParameters",
    "defaults",
    "problems",
]

PARAMETERS: Mapping[Stage, type[Parameters]] = MappingProxyType(
    {
        Stage.MIXING: MixingParameters,
        Stage.COATING: CoatingParameters,
        Stage.DRYING: DryingParameters,
        Stage.CALENDERING: CalenderingParameters,
        Stage.SLITTING: SlittingParameters,
        Stage.INSPECTION: ElectrodeInspectionParameters,
        Stage.REWINDING: RewindingParameters,
        Stage.ELECTROLYTE_FILLING: ElectrolyteFillingParameters,
        Stage.FORMATION_CYCLING: FormationCyclingParameters,
        Stage.AGING: AgingParameters,
    }
)

_BY_LINE: Mapping[MachineKey, Parameters] = {
    MachineKey(Line.ANODE, Stage.MIXING): MixingParameters(AM=0.495, CA=0.045, PVDF=0.05, solvent=0.41),
    MachineKey(Line.CATHODE, Stage.MIXING): MixingParameters(AM=0.513, CA=0.039, PVDF=0.098, solvent=0.35),
    MachineKey(Line.ANODE, Stage.CALENDERING): CalenderingParameters(roll_gap=1.15e-4),
    MachineKey(Line.CATHODE, Stage.CALENDERING): CalenderingParameters(roll_gap=9.5e-5),
}

_DEFAULTS: Mapping[MachineKey, Parameters] = {
    key: _BY_LINE[key] if key in _BY_LINE else PARAMETERS[key.stage]() for key in MACHINES
}


def defaults(key: MachineKey) -> Parameters:
    """What the machine is set to before anybody changes it; raises KeyError for a machine that there is not."""
    return _DEFAULTS[key]
