"""Gap, line load, porosity and mass between the rolls."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from server.plant.outcome import Outcome
from server.plant.steps.calendering import (
    ROLL_RADIUS_M,
    Nip,
    calender,
    line_load_n_m,
    porosity_under,
    resistance_n_m,
    work_j_m2,
)
from tests.server.plant.electrodes import before, setting

WEB = before(Line.ANODE, Stage.CALENDERING)


def calendered(**changes: Any) -> Outcome:
    return calender(WEB, setting(Line.ANODE, Stage.CALENDERING, **changes), Random(1))


@pytest.mark.parametrize(("load_n_mm", "porosity"), [(0, 0.500), (100, 0.421), (300, 0.323), (600, 0.258)])
def test_porosity_falls_with_the_line_load(load_n_mm: float, porosity: float) -> None:
    assert porosity_under(load_n_mm * 1e3, 0.50, 0.22, 300e3) == pytest.approx(porosity, abs=5e-4)


def test_line_load_is_pressure_times_contact() -> None:
    assert line_load_n_m(1e8, 4e-5) == pytest.approx(1e8 * math.sqrt(0.35 * 4e-5))


def test_the_work_is_mean_pressure_times_way() -> None:
    load = line_load_n_m(1e8, 4e-5)
    assert work_j_m2(load, 4e-5) == pytest.approx(1e8 * 4e-5)
    assert ROLL_RADIUS_M == 0.35


def test_the_gap_sets_the_thickness_but_for_the_springback() -> None:
    made = calendered()
    assert made.flags == ()
    assert 1.02 < made.material.thickness_m / 1.15e-4 < 1.05
    assert made.readings["line_load_n_m"] < made.readings["capacity_n_m"]


def test_the_solids_stay() -> None:
    made = calendered()
    before_m, after_m = ((1 - one.porosity) * one.thickness_m for one in (WEB, made.material))
    assert after_m == pytest.approx(before_m)


def test_rolls_too_weak_for_the_gap_are_told_and_leave_the_web_thick() -> None:
    made = calendered(roll_pressure=2e7)
    assert made.flags[0] == "force_limited"
    assert made.material.thickness_m > 1.2e-4
    assert made.readings["line_load_n_m"] == pytest.approx(made.readings["capacity_n_m"], rel=1e-6)
    assert made.material.thickness_error_m == made.material.thickness_m - 1.15e-4


def test_a_gap_wider_than_the_web_does_nothing() -> None:
    made = calendered(roll_gap=1e-3)
    assert "gap_wider_than_web" in made.flags
    assert made.material.thickness_m == WEB.thickness_m
    assert made.material.porosity == pytest.approx(WEB.porosity)
    assert made.material.thickness_error_m == 0


def test_a_gap_narrower_than_the_solids_is_never_met() -> None:
    made = calendered(roll_gap=1e-6, roll_pressure=1e9)
    assert "force_limited" in made.flags
    assert made.material.porosity > 0.2


@given(st.floats(1e3, 1e9), st.floats(1e3, 1e9), st.floats(1e-6, 2e-4))
def test_more_pressure_never_leaves_more_pores(one: float, other: float, gap: float) -> None:
    weak, strong = (calendered(roll_pressure=pressure, roll_gap=gap) for pressure in sorted((one, other)))
    assert strong.material.porosity <= weak.material.porosity + 1e-9


@given(st.floats(1e-6, 3e-4), st.floats(1e-6, 3e-4))
def test_a_narrower_gap_never_leaves_a_thicker_web(one: float, other: float) -> None:
    narrow, wide = (calendered(roll_gap=gap) for gap in sorted((one, other)))
    assert narrow.material.thickness_m <= wide.material.thickness_m * (1 + 1e-9)


def test_hot_rolls_press_further() -> None:
    cold, hot = (calendered(roll_pressure=5e7, temperature=kelvin) for kelvin in (300.0, 420.0))
    assert hot.material.porosity < cold.material.porosity
    assert resistance_n_m(Line.ANODE, 353.15) == 300e3


@given(st.floats(1e-5, 1e-3), st.floats(0.25, 0.9), st.floats(1e3, 1e9))
def test_the_thinnest_web_is_where_load_and_geometry_meet(thickness: float, initial: float, pressure: float) -> None:
    nip = Nip(thickness, initial, 0.2, 300e3, pressure)
    thinnest = nip.thinnest_m()
    assert nip.reaches(thinnest)
    assert not nip.reaches(thinnest - 1e-6 * thickness)


def test_what_cannot_give_way_stays() -> None:
    made = calendered(initial_porosity=0.1)
    assert made.flags[0] == "force_limited"
    assert made.material.thickness_m == WEB.thickness_m


def test_overrides_are_marked() -> None:
    assert "dry_thickness_overridden" in calendered(dry_thickness=1.5e-4).flags
    assert "initial_porosity_overridden" in calendered(initial_porosity=0.45).flags


def test_a_stated_thickness_below_that_of_the_solids_is_not_believed() -> None:
    made = calendered(dry_thickness=2e-5)
    assert "dry_thickness_below_solids" in made.flags
    assert made.material.thickness_m == calendered().material.thickness_m


def test_a_stated_porosity_that_would_press_solids_into_each_other_is_told() -> None:
    made = calendered(initial_porosity=0.95, roll_gap=2e-5)
    assert "solids_limited" in made.flags
    assert made.material.porosity == pytest.approx(0.2)
