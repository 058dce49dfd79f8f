"""The default batch passes every stage, keeps its capacity, and its cells hold their voltage."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from clients.plant.models import CELL_STAGES, ELECTRODE_STAGES, Line, MachineKey, Stage
from clients.plant.parameters import defaults
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

ELECTRODE_STEPS: tuple[Callable[..., Outcome], ...] = (mix, coat, dry, calender, slit, inspect)
CELL_STEPS: tuple[Callable[..., Outcome], ...] = (wind, fill, form, age)

Visits = list[tuple[Stage, Outcome]]


def electrode(line: Line, dice: Random) -> Visits:
    visits: Visits = []
    material = Material(line)
    for stage, step in zip(ELECTRODE_STAGES, ELECTRODE_STEPS, strict=True):
        visits.append((stage, step(material, defaults(MachineKey(line, stage)), dice)))
        material = visits[-1][1].material
    return visits


def batch(seed: int) -> Visits:
    dice = Random(seed)
    anode, cathode = electrode(Line.ANODE, dice), electrode(Line.CATHODE, dice)
    visits = anode + cathode
    given: tuple[Any, ...] = (anode[-1][1].material, cathode[-1][1].material)
    for stage, step in zip(CELL_STAGES, CELL_STEPS, strict=True):
        visits.append((stage, step(*given, defaults(MachineKey(Line.CELL, stage)), dice)))
        given = (visits[-1][1].material,)
    return visits


@pytest.mark.parametrize("seed", range(20))
def test_the_default_batch_passes_and_keeps_its_capacity(seed: int) -> None:
    visits = batch(seed)
    good = visits[-1][1].material

    assert [outcome.flags for _, outcome in visits] == [()] * 16
    assert good.count > 300
    assert 0.80 <= good.cells.capacity_a_h / good.cells.design_capacity_a_h <= 1.05
    assert 0 < good.cells.self_discharge_mv_per_d < 0.5
