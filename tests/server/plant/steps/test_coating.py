"""The wet film and its window."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import CoatingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.rheology import JAMMED_PA_S
from server.plant.steps.coating import capillary_number, coat, faults, low_flow_limit_m, wet_thickness_m
from tests.server.plant.electrodes import before, setting

SLURRY = before(Line.CATHODE, Stage.COATING)


def coated(slurry: Material = SLURRY, **changes: float) -> Outcome:
    return coat(slurry, setting(Line.CATHODE, Stage.COATING, **changes), Random(1))


def test_the_readmes_film() -> None:
    assert wet_thickness_m(5e-6, 0.1, 0.5) == pytest.approx(100e-6)


@pytest.mark.parametrize(("capillary", "limit_um"), [(2.5, 110), (0.05, 16.6)])
def test_the_low_flow_limit_of_a_gap_of_200_micrometres(capillary: float, limit_um: float) -> None:
    assert low_flow_limit_m(200e-6, capillary) * 1e6 == pytest.approx(limit_um, rel=5e-3)


def test_the_capillary_number() -> None:
    assert capillary_number(1.0, 0.1, 0.04) == pytest.approx(2.5)


def test_loading_is_film_times_density_times_solids() -> None:
    slurry = SLURRY.but(slurry_density_kg_m3=2229.0, solid_share=0.7)
    made = coated(slurry, coating_speed=0.05)
    assert made.material.solid_kg_m2 * 1000 == pytest.approx(312, abs=0.1)
    assert made.material.solvent_kg_m2 * 1000 == pytest.approx(133.7, abs=0.1)


def test_a_film_thicker_than_the_gap_drips() -> None:
    assert coated(gap_height=1.9e-4).flags == ("dripping",)
    assert coated().flags == ()


def test_a_film_too_thin_for_the_bead_is_told() -> None:
    assert coated(flow_rate=1.5e-6).flags == ("below_low_flow_limit",)


def test_what_is_not_coatable_is_told_whatever_the_gap() -> None:
    assert "not_coatable" in faults(JAMMED_PA_S, 2e-4, 1e-4, 2.5e-4)


def test_each_fault_brings_defects() -> None:
    sound = coated().material.defects_m2
    assert coated(gap_height=1.9e-4).material.defects_m2 > sound
    assert coated(flow_rate=1.5e-6).material.defects_m2 > sound


def test_a_wider_gap_needs_a_thicker_film() -> None:
    limits = [coated(gap_height=gap).readings["low_flow_limit_m"] for gap in (2e-4, 3e-4, 6e-4, 2e-3)]
    assert limits == sorted(limits)


def test_it_takes_as_long_as_the_pump() -> None:
    made = coated()
    assert made.duration_s == pytest.approx(0.012 / 5e-6)
    assert coated(flow_rate=4e-6).duration_s > made.duration_s


@given(st.floats(1e-4, 2.5), st.floats(1e-4, 2.5))
def test_a_faster_web_carries_a_thinner_film_further(one: float, other: float) -> None:
    slow, fast = (coated(coating_speed=speed).material for speed in sorted((one, other)))
    assert fast.thickness_m <= slow.thickness_m
    assert fast.length_m >= slow.length_m * (1 - 1e-12)


@given(st.floats(1e-4, 100), st.floats(1e-6, 1e9))
def test_the_limit_is_within_the_gap(gap: float, capillary: float) -> None:
    assert 0 < low_flow_limit_m(gap, capillary) < gap


def test_parameters_alone_make_the_film() -> None:
    assert CoatingParameters().flow_rate == 5e-6
    assert coated().readings["wet_thickness_m"] == pytest.approx(200e-6)
