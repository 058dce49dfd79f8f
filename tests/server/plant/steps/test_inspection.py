"""What the inspection sees, misses and scraps."""

from __future__ import annotations

import math
from random import Random
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import ElectrodeInspectionParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.inspection import DETECTION, FALSE_REJECT, escapes, inspect, let_pass_m2, rejections
from tests.server.plant.electrodes import before

WEB = before(Line.CATHODE, Stage.INSPECTION)
GOOD = WEB.but(width_error_m=0.0, width_sd_m=1e-6, thickness_error_m=0.0, burr_m=1e-7, defects_m2=0.0)


def inspected(web: Material = WEB, seed: int = 1, **changes: Any) -> Outcome:
    return inspect(web, ElectrodeInspectionParameters(**changes), Random(seed))


def chances(web: Material, **changes: Any) -> dict[str, float]:
    return dict(rejections(web, ElectrodeInspectionParameters(**changes)))


def test_two_sigma_of_width_pass_in_95_45_per_cent() -> None:
    web = WEB.but(width_error_m=0.0, width_sd_m=1e-4)
    assert 1 - chances(web, epsilon_width_max=2e-4)["width"] / DETECTION == pytest.approx(0.9545, abs=5e-5)


def test_escapes_are_the_bad_ones_that_were_not_seen() -> None:
    assert escapes(1000, 0.05) == pytest.approx(1000 * 0.05 * (1 - DETECTION))


def test_a_perfect_web_loses_only_what_is_taken_for_bad() -> None:
    found = chances(GOOD)
    assert found.pop("false_reject") == FALSE_REJECT
    assert all(chance < 1e-9 for chance in found.values())


@pytest.mark.parametrize(
    ("cause", "fault"),
    [
        ("width", {"width_error_m": 0.01}),
        ("thickness", {"thickness_error_m": 1e-4}),
        ("burr", {"burr_m": 1e-3}),
        ("surface", {"defects_m2": 1e3}),
    ],
)
def test_each_criterion_really_scraps(cause: str, fault: dict[str, float]) -> None:
    made = inspected(GOOD.but(**fault))
    assert made.scrap_kg[cause] > 0.9 * GOOD.solid_kg
    assert made.material.length_m < 0.1 * GOOD.length_m


def test_every_tenth_of_a_long_web_by_chance() -> None:
    web = GOOD.but(length_m=1e5, defects_m2=0.05)
    share = chances(web)["surface"]
    yields = [inspected(web, seed).readings["yield_share"] for seed in range(30)]
    assert 1 - mean(yields) == pytest.approx(share + (1 - share) * FALSE_REJECT, rel=0.02)
    assert len(set(yields)) > 20


def test_surface_defects_seen_are_poisson() -> None:
    web = WEB.but(defects_m2=0.05, width_m=0.12)
    assert chances(web)["surface"] == pytest.approx(1 - math.exp(-0.05 * 1.2 * 0.98))
    assert chances(web, D_surface_max=1)["surface"] == pytest.approx(0.0588**2 / 2, rel=0.05)


def test_defects_that_are_let_pass_stay_on_the_web() -> None:
    web = WEB.but(defects_m2=1.0)
    none, few, all_ = (let_pass_m2(web, limit, chances(web, D_surface_max=limit)["surface"]) for limit in (0, 2, 1000))
    assert none == pytest.approx(1 - DETECTION)
    assert all_ == pytest.approx(1.0)
    assert none < few < 1


def test_a_web_that_is_all_bad_is_all_scrap() -> None:
    made = inspected(GOOD.but(defects_m2=1e5))
    assert made.flags == ("all_scrapped",)
    assert made.material.solid_kg == 0
    assert made.scrap_kg == {"surface": pytest.approx(GOOD.solid_kg)}


@given(st.floats(0, 1e4), st.integers(0, 2**32), st.floats(0.01, 1e6))
def test_what_came_in_goes_out_or_is_scrap(defects: float, seed: int, length: float) -> None:
    web = WEB.but(defects_m2=defects, length_m=length)
    made = inspected(web, seed)
    assert made.material.solid_kg + sum(made.scrap_kg.values()) == pytest.approx(web.solid_kg, rel=1e-9)


@given(st.floats(0, 10), st.floats(0, 10), st.integers(0, 2**32))
def test_more_defects_never_leave_more_web(one: float, other: float, seed: int) -> None:
    few, many = (
        inspected(WEB.but(defects_m2=defects), seed).scrap_kg.get("surface", 0) for defects in sorted((one, other))
    )
    assert many >= few


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_laxer_limit_never_rejects_more(one: int, other: int) -> None:
    strict, lax = (chances(WEB.but(defects_m2=5.0), D_surface_max=limit)["surface"] for limit in sorted((one, other)))
    assert lax <= strict
