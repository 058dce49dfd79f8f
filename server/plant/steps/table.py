"""Which physics each machine runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clients.plant.models import MACHINES, MachineKey, Stage
from server.plant.machine import Step
from server.plant.steps.aging import age
from server.plant.steps.calendering import calender
from server.plant.steps.coating import coat
from server.plant.steps.drying import dry
from server.plant.steps.electrolyte_filling import fill
from server.plant.steps.formation_cycling import form
from server.plant.steps.inspection import inspect
from server.plant.steps.mixing import mix
from server.plant.steps.rewinding import wind
from server.plant.steps.slitting import slit

_BY_STAGE: Mapping[Stage, Step] = {
    Stage.MIXING: mix,
    Stage.COATING: coat,
    Stage.DRYING: dry,
    Stage.CALENDERING: calender,
    Stage.SLITTING: slit,
    Stage.INSPECTION: inspect,
    Stage.REWINDING: wind,
    Stage.ELECTROLYTE_FILLING: fill,
    Stage.FORMATION_CYCLING: form,
    Stage.AGING: age,
}

STEPS: Mapping[MachineKey, Step] = MappingProxyType({key: _BY_STAGE[key.stage] for key in MACHINES})
"""All sixteen."""
