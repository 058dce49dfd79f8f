"""The default batch from the winder on: hand-made webs as the default electrode lines leave them."""

from __future__ import annotations

from random import Random

from clients.plant.models import Line, Stage
from clients.plant.parameters import (
    AgingParameters,
    ElectrolyteFillingParameters,
    FormationCyclingParameters,
    RewindingParameters,
)
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.aging import age
from server.plant.steps.electrolyte_filling import fill
from server.plant.steps.formation_cycling import form
from server.plant.steps.rewinding import wind

ANODE = Material(
    line=Line.ANODE,
    active_share=0.839,
    solid_kg_m2=0.1757,
    thickness_m=1.188e-4,
    porosity=0.316,
    burr_m=4e-6,
    width_m=0.12,
    length_m=2000.0,
    lanes=4,
)
CATHODE = Material(
    line=Line.CATHODE,
    active_share=0.789,
    solid_kg_m2=0.248,
    thickness_m=0.986e-4,
    porosity=0.289,
    burr_m=4e-6,
    width_m=0.12,
    length_m=1990.0,
    lanes=4,
)


def wound() -> Outcome:
    return wind(ANODE, CATHODE, RewindingParameters(), Random(7))


def filled() -> Outcome:
    return fill(wound().material, ElectrolyteFillingParameters(), Random(7))


def formed() -> Outcome:
    return form(filled().material, FormationCyclingParameters(), Random(7))


def aged(seed: int = 7) -> Outcome:
    return age(formed().material, AgingParameters(), Random(seed))


def cell_line() -> list[tuple[Stage, Outcome]]:
    return [
        (Stage.REWINDING, wound()),
        (Stage.ELECTROLYTE_FILLING, filled()),
        (Stage.FORMATION_CYCLING, formed()),
        (Stage.AGING, aged()),
    ]


def figures(outcome: Outcome) -> list[float]:
    """Every number in an outcome."""
    return [
        outcome.duration_s,
        outcome.energy_j,
        *outcome.scrap_kg.values(),
        *outcome.readings.values(),
        *outcome.material.cells,
        outcome.material.solid_kg,
    ]
