"""Which physics each machine runs."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from clients.plant.models import MACHINES, MachineKey, Stage
from server.plant.machine import Step
from server.plant.material import Material
from server.plant.outcome import Outcome
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

CHANCE = frozenset({Stage.SLITTING, Stage.INSPECTION, Stage.AGING})
"""The stages that throw dice. All others make the same of the same."""


def last_kept(step: Step) -> Step:
    """The step, which computes nothing anew for the very objects it was given the last time: batches are much alike."""
    last: tuple[object, object, Outcome] | None = None

    def again(material: Material, parameters: object, dice: Random) -> Outcome:
        nonlocal last
        before = last
        if before is not None and before[0] is material and before[1] is parameters:
            return before[2]
        outcome = step(material, parameters, dice)
        last = (material, parameters, outcome)
        return outcome

    return again


def _step(key: MachineKey) -> Step:
    step = _BY_STAGE[key.stage]
    return step if key.stage in CHANCE or key.stage is Stage.REWINDING else last_kept(step)


STEPS: Mapping[MachineKey, Step] = MappingProxyType({key: _step(key) for key in MACHINES})
"""All sixteen."""
