"""The two periods of drying, the dry film, and the overrides."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import DryingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.drying import (
    RATE_KG_M2_S,
    dry,
    dry_film,
    drying_time_s,
    gentle_rate_kg_m2_s,
    residual_kg_m2,
    vapour_pressure_pa,
)
from tests.server.plant.electrodes import before

WET = before(Line.CATHODE, Stage.DRYING)


def dried(web: Material = WET, **changes: Any) -> Outcome:
    return dry(web, DryingParameters(**changes), Random(1))


def test_134_grams_per_square_metre_at_a_gram_and_a_half_a_second() -> None:
    seconds = drying_time_s(0.1338, 1.5e-3)
    assert seconds == pytest.approx(89.2)
    assert seconds * 0.1 == pytest.approx(8.92)


def test_the_constant_rate_is_that_of_convective_dryers() -> None:
    assert 1e-3 < RATE_KG_M2_S < 2e-3


def test_nmp_boils_at_204_degrees() -> None:
    assert vapour_pressure_pa(477.0) == pytest.approx(101_325)
    assert vapour_pressure_pa(363.15) < vapour_pressure_pa(373.15)


def test_a_straight_line_first() -> None:
    assert residual_kg_m2(0.13, 0.07, 1e-3, 20) == pytest.approx(0.11)


def test_then_an_exponential_tail_that_goes_on_where_the_line_ended() -> None:
    assert residual_kg_m2(0.13, 0.07, 1e-3, 60) == pytest.approx(0.07)
    assert residual_kg_m2(0.13, 0.07, 1e-3, 130) == pytest.approx(0.07 / math.e)
    assert residual_kg_m2(0.05, 0.07, 1e-3, 70) == pytest.approx(0.05 / math.e)


@given(st.floats(1e-9, 1), st.floats(1e-9, 1), st.floats(0, 1e6), st.floats(0, 1e6))
def test_it_only_gets_drier(solvent: float, critical: float, one: float, other: float) -> None:
    early, late = (residual_kg_m2(solvent, critical, 1e-3, seconds) for seconds in sorted((one, other)))
    assert 0 <= late <= early * (1 + 1e-9) <= solvent * (1 + 1e-8)


def test_the_film_shrinks_until_its_particles_touch() -> None:
    assert dry_film(0.2, 4000, 2e-4) == pytest.approx((1e-4, 0.5))


def test_a_film_of_mostly_solids_does_not_swell() -> None:
    thickness, porosity = dry_film(0.6, 4000, 2e-4)
    assert (thickness, porosity) == pytest.approx((2e-4, 0.25))


def test_too_fast_a_web_stays_wet_and_sticks() -> None:
    made = dried(web_speed=0.2)
    assert made.flags == ("still_wet", "web_speed_differs_from_coating")
    assert made.material.defects_m2 > dried().material.defects_m2


def test_the_web_speed_follows_the_coating_unless_given() -> None:
    assert dried().readings["web_speed_m_s"] == WET.web_speed_m_s
    assert dried(web_speed=WET.web_speed_m_s).flags == ()


def test_a_thick_film_loses_its_binder_to_the_surface() -> None:
    thick = WET.but(solid_kg_m2=0.5, solvent_kg_m2=0.27, thickness_m=4e-4)
    assert "binder_migration" in dried(thick).flags
    assert dried(thick).readings["adhesion_share"] < dried().readings["adhesion_share"] == 1


@given(st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_a_higher_loading_bears_a_lower_rate(one: float, other: float) -> None:
    light, heavy = sorted((one, other))
    assert gentle_rate_kg_m2_s(heavy) <= gentle_rate_kg_m2_s(light)


@pytest.mark.parametrize(("field", "value"), [("wet_thickness", 4e-4), ("solid_content", 0.4)])
def test_an_override_is_marked_and_changes_the_solvent_but_never_the_solids(field: str, value: float) -> None:
    made = dried(WET, **{field: value})
    assert f"{field}_overridden" in made.flags
    assert made.material.solid_kg == WET.solid_kg
    assert made.material.thickness_m == dried().material.thickness_m
    assert made.readings["residual_solvent_share"] > dried().readings["residual_solvent_share"]


def test_more_solvent_takes_more_energy() -> None:
    assert dried(WET.but(solvent_kg_m2=0.2)).energy_j > dried().energy_j
