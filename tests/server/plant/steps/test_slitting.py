"""Lanes, trim, the width's scatter and the blade's wear."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import SlittingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.slitting import SETTING_M, burr_m, lanes_in, slit, width_scatter_m
from tests.server.plant.electrodes import before

WEB = before(Line.CATHODE, Stage.SLITTING)


def slitted(web: Material = WEB, seed: int = 1, **changes: float) -> Outcome:
    return slit(web, SlittingParameters(**changes), Random(seed))


@pytest.mark.parametrize(("coated", "target", "lanes"), [(0.5, 0.12, 4), (0.5, 0.1, 5), (0.3, 0.1, 3), (0.1, 0.12, 0)])
def test_how_many_lanes_fit(coated: float, target: float, lanes: int) -> None:
    assert lanes_in(coated, target) == lanes


def test_edges_are_trim() -> None:
    made = slitted()
    assert made.material.lanes == 4
    assert made.scrap_kg["trim"] == pytest.approx(WEB.solid_kg * 0.02 / 0.5, rel=0.02)


@given(st.floats(1e-3, 2), st.integers(0, 2**32))
def test_no_more_is_cut_than_there_is(target: float, seed: int) -> None:
    made = slitted(seed=seed, target_width=target)
    after = made.material
    assert after.lanes * after.width_m <= WEB.width_m * (1 + 1e-9)
    assert after.solid_kg + sum(made.scrap_kg.values()) == pytest.approx(WEB.solid_kg, rel=1e-9)


def test_the_knives_are_set_a_little_off_each_time() -> None:
    errors = [slitted(seed=seed).material.width_error_m for seed in range(50)]
    assert len(set(errors)) == 50
    assert max(map(abs, errors)) <= SETTING_M
    assert min(errors) < 0 < max(errors)


def test_a_web_narrower_than_the_target_is_one_lane_that_is_all_error() -> None:
    made = slitted(target_width=0.6)
    assert made.flags == ("narrower_than_target",)
    assert (made.material.lanes, made.material.width_m) == (1, WEB.width_m)
    assert made.material.width_error_m == pytest.approx(-0.1)
    assert made.scrap_kg == {}


def test_the_usual_scatter() -> None:
    assert width_scatter_m(100.0) == pytest.approx(7.2e-5)


@given(st.floats(0.1, 2000), st.floats(0.1, 2000))
def test_a_slack_web_wanders_more(one: float, other: float) -> None:
    slack, taut = sorted((one, other))
    assert width_scatter_m(slack) >= width_scatter_m(taut)


def test_blades_wear() -> None:
    assert burr_m(0, 1) == pytest.approx(3e-6)
    assert burr_m(2000, 1) == pytest.approx(5e-6)
    assert burr_m(12_000, 1) == pytest.approx(15e-6)
    assert burr_m(2000, 0.5) == pytest.approx(10e-6)


def test_dull_blades_and_a_stretched_web_are_told() -> None:
    assert slitted(blade_sharpness=0.2).flags == ("burr_high",)
    assert slitted(slitting_tension=600).flags == ("overstretched",)
    assert slitted().flags == ()
