from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line
from clients.plant.parameters import RewindingParameters
from server.plant.material import Material
from server.plant.steps.rewinding import (
    CORE_M,
    ROLL_M,
    areal_capacity_a_h_m2,
    facing_width_m,
    roll_diameter_m,
    roll_length_m,
    short_share,
    tension_n,
    wind,
)
from tests.server.plant.cells import ANODE, CATHODE, figures, wound
from tests.server.plant.strategies import parameters_of, webs


def flags(settings: Mapping[str, float], anode: Material = ANODE) -> tuple[str, ...]:
    return wind(anode, CATHODE, RewindingParameters(**settings), Random(1)).flags


def test_a_thousand_metres_of_150_micrometres_on_a_core_of_20_centimetres() -> None:
    diameter = roll_diameter_m(0.2, 1000, 150e-6)

    assert diameter == pytest.approx(0.4806, abs=5e-5)
    assert tension_n(100, 0.3, 0.2, diameter) == pytest.approx(82.5, abs=0.05)


@given(st.floats(1e-3, 0.1), st.floats(0, 1e4), st.floats(1e-6, 1e-2))
def test_length_and_diameter_are_each_other_backwards(core: float, length: float, stack: float) -> None:
    diameter = roll_diameter_m(core, length, stack)

    assert diameter >= core
    back = roll_length_m(core, diameter, stack)
    assert back * stack == pytest.approx(length * stack, rel=1e-9, abs=1e-12 * core)


def test_the_default_roll_holds_five_ampere_hours_and_is_not_flagged() -> None:
    outcome = wound()

    assert outcome.flags == ()
    assert outcome.material.cells.design_capacity_a_h == pytest.approx(5.0, rel=0.01)
    assert outcome.readings["roll_diameter_m"] == pytest.approx(ROLL_M)
    assert 6000 < outcome.material.count < 7000


def test_capacity_follows_the_active_mass() -> None:
    assert areal_capacity_a_h_m2(ANODE) == pytest.approx(0.1757 * 0.839 * 350)
    assert areal_capacity_a_h_m2(CATHODE) == pytest.approx(0.248 * 0.789 * 180)
    cells = wound().material.cells
    assert cells.np_ratio == pytest.approx(areal_capacity_a_h_m2(ANODE) / areal_capacity_a_h_m2(CATHODE))
    assert cells.design_capacity_a_h == pytest.approx(areal_capacity_a_h_m2(CATHODE) * cells.facing_area_m2)


def test_the_smaller_electrode_limits_the_cell() -> None:
    thin = replace(ANODE, solid_kg_m2=0.08)
    outcome = wind(thin, CATHODE, RewindingParameters(), Random(1))

    assert "anode_too_small" in outcome.flags
    cells = outcome.material.cells
    assert cells.design_capacity_a_h == pytest.approx(areal_capacity_a_h_m2(thin) * cells.facing_area_m2)


def test_webs_face_each_other_where_they_overlap() -> None:
    assert facing_width_m(0.12, 0.12) == pytest.approx(0.1199)
    assert facing_width_m(0.13, 0.12) == 0.12
    assert facing_width_m(0, 0) == 0


def test_a_shorter_web_leaves_the_other_unpaired() -> None:
    outcome = wind(ANODE, replace(CATHODE, length_m=1000), RewindingParameters(), Random(1))

    assert outcome.material.count == 4 * int(1000 / outcome.readings["roll_length_m"])
    assert outcome.scrap_kg["unpaired"] == pytest.approx(ANODE.solid_kg / 2, rel=0.02)


@pytest.mark.parametrize(
    ("word", "settings"),
    [
        ("telescoping", {"initial_tension": 5.0}),
        ("telescoping", {"initial_tension": 15.0, "tapering_steps": 1.0}),
        ("starring", {"initial_tension": 100.0}),
        ("starring", {"tapering_steps": 0.0}),
        ("moist_room", {"environment_humidity": 30.0}),
    ],
)
def test_settings_outside_their_window_are_flagged(word: str, settings: dict[str, float]) -> None:
    assert flags(settings) == (word,)


def test_a_cathode_wider_than_its_anode_is_flagged() -> None:
    assert flags({}, replace(ANODE, width_m=0.118)) == ("cathode_uncovered",)
    assert flags({}, replace(ANODE, width_m=0.1195)) == ()


@pytest.mark.parametrize("lacking", ["length_m", "solid_kg_m2", "width_m", "active_share"])
def test_webs_that_give_no_cells_are_all_scrap(lacking: str) -> None:
    bare = CATHODE.but(**{lacking: 0.0})
    outcome = wind(ANODE, bare, RewindingParameters(), Random(1))

    assert outcome.material.count == 0
    assert outcome.flags == ("no_cells",)
    assert sum(outcome.scrap_kg.values()) == pytest.approx(ANODE.solid_kg + bare.solid_kg)


def test_a_higher_burr_and_a_moister_room_make_worse_cells() -> None:
    burred = wind(replace(ANODE, burr_m=12e-6), CATHODE, RewindingParameters(), Random(1)).material.cells
    moist = wind(ANODE, CATHODE, RewindingParameters(environment_humidity=5.0), Random(1)).material.cells

    assert burred.short_share > wound().material.cells.short_share == short_share(4e-6)
    assert moist.water_ppm > wound().material.cells.water_ppm


@given(webs(Line.ANODE), webs(Line.CATHODE), parameters_of(RewindingParameters))
def test_any_webs_give_finite_figures_and_keep_their_solids(
    anode: Material, cathode: Material, parameters: RewindingParameters
) -> None:
    outcome = wind(anode, cathode, parameters, Random(1))

    assert all(math.isfinite(one) and one >= 0 for one in figures(outcome))
    assert outcome.duration_s > 0
    before = anode.solid_kg + cathode.solid_kg
    assert outcome.material.solid_kg + sum(outcome.scrap_kg.values()) == pytest.approx(before, rel=1e-9)
    assert 0 <= outcome.material.cells.short_share <= 1
    assert parameters.initial_tension * CORE_M / ROLL_M <= outcome.readings["rim_tension_n"] * (1 + 1e-12)
    assert outcome.readings["rim_tension_n"] <= parameters.initial_tension


@given(st.floats(1e-4, 5), st.floats(1e-4, 5))
def test_a_faster_winder_is_done_sooner(one: float, other: float) -> None:
    slow, fast = sorted((one, other))
    times = [wind(ANODE, CATHODE, RewindingParameters(rewinding_speed=v), Random(1)).duration_s for v in (slow, fast)]
    assert times[0] >= times[1]
