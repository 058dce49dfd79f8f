"""Remembering changes nothing but the time it takes, and is bounded."""

from __future__ import annotations

import gc
import weakref
from random import Random

from clients.plant.models import Line, Stage
from clients.plant.parameters import CoatingParameters, DryingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps import mixing
from server.plant.steps.drying import dry
from server.plant.steps.remembered import MOST, remembered
from tests.server.plant.electrodes import before, setting

DICE = Random(1)


def test_the_same_web_and_settings_give_the_same_outcome_and_others_another() -> None:
    web, settings = before(Line.ANODE, Stage.DRYING), DryingParameters()
    first = dry(web, settings, DICE)
    assert dry(web, settings, DICE) is first
    assert dry(web, DryingParameters(web_speed=0.2), DICE) != first
    assert dry(web.but(solvent_kg_m2=0.5), settings, DICE) != first


def test_what_is_remembered_is_what_is_computed() -> None:
    web, settings = before(Line.ANODE, Stage.DRYING), DryingParameters()
    assert dry(web, settings, DICE) == dry.__wrapped__(web, settings, DICE)  # type: ignore[attr-defined]


def test_equal_mixes_are_one_slurry() -> None:
    settings = setting(Line.ANODE, Stage.MIXING)
    made = [mixing.mix(Material(Line.ANODE), settings, DICE) for _ in range(2)]
    assert made[0] is made[1]
    assert mixing.mix(Material(Line.CATHODE), settings, DICE) != made[0]
    assert mixing.mix(Material(Line.ANODE, temperature_k=310.0), settings, DICE) != made[0]
    assert mixing.mix(Material(Line.ANODE), settings, DICE, litres=1.0) != made[0]


def test_short_lived_objects_are_never_taken_for_one_another_and_all_are_let_go() -> None:
    computed, seen, elsewhere = [], [], Material(Line.ANODE)

    @remembered
    def step(material: Material, parameters: CoatingParameters, dice: Random) -> Outcome:
        computed.append(material.length_m)
        return Outcome(material=elsewhere, duration_s=material.length_m, energy_j=1.0)

    settings = CoatingParameters()
    for number in range(1, 3 * MOST):
        web = Material(Line.ANODE, length_m=float(number))
        seen.append(weakref.ref(web))
        assert step(web, settings, DICE).duration_s == number
    assert len(computed) == 3 * MOST - 1
    del web
    gc.collect()
    assert sum(one() is not None for one in seen) <= MOST
