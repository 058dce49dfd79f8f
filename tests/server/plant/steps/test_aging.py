from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.parameters import AgingParameters
from server.plant.cell import Cells
from server.plant.steps.aging import age, arrhenius, drawn, k_value_mv_per_d, reject_share, rest, store_w
from server.plant.steps.rewinding import WOUND
from tests.server.plant.cells import aged, figures, formed
from tests.server.plant.strategies import cells_with, parameters_of

CELLS = formed().material.cells
HOT = AgingParameters(temperature=333.15)


def k_at(**settings: float) -> float:
    return rest(CELLS, AgingParameters(**settings)).self_discharge_mv_per_d


def test_seven_millivolts_in_a_fortnight() -> None:
    assert k_value_mv_per_d(4.2, 4.193, 14) == pytest.approx(0.50)
    assert k_value_mv_per_d(4.2, 4.17, 14) == pytest.approx(2.14, abs=0.005)


def test_45_degrees_are_3_55_times_as_fast_as_25() -> None:
    assert arrhenius(318.15, 50_000) == pytest.approx(3.55, abs=0.005)
    assert arrhenius(298.15, 50_000) == 1


def test_default_cells_hold_their_voltage_and_a_few_are_scrapped() -> None:
    came, outcome = formed().material, aged()

    assert outcome.flags == ()
    assert 0 < outcome.material.cells.self_discharge_mv_per_d < 0.5
    assert 0 < outcome.readings["rejected_cells"] < 0.01 * came.count
    assert outcome.material.count == came.count - outcome.readings["rejected_cells"]
    assert outcome.duration_s == 10 * 86_400


def test_what_came_in_goes_on_or_is_scrapped() -> None:
    for parameters in (AgingParameters(), HOT):
        came = formed().material
        outcome = age(came, parameters, Random(3))
        kept = outcome.material
        assert kept.solid_kg + outcome.scrap_kg["self_discharge"] == pytest.approx(came.solid_kg)
        whole = kept.count * kept.cells.mass_kg + outcome.readings["rejected_kg"]
        assert whole == pytest.approx(came.count * came.cells.mass_kg)


def test_a_hot_store_tells_of_self_discharge() -> None:
    outcome = age(formed().material, HOT, Random(3))

    assert "high_self_discharge" in outcome.flags
    assert outcome.material.count < formed().material.count / 100


def test_the_same_dice_reject_the_same_cells() -> None:
    assert aged(5) == aged(5)
    assert len({aged(seed).material.count for seed in range(20)}) > 5


@given(st.floats(233.15, 353.15), st.floats(233.15, 353.15))
def test_hotter_cells_leak_more(one: float, other: float) -> None:
    cold, hot = sorted((one, other))
    assert k_at(temperature=cold) <= k_at(temperature=hot) + 1e-9


@given(st.floats(1e-8, 1), st.floats(1e-8, 1))
def test_leakier_cells_leak_more(one: float, other: float) -> None:
    tight, leaky = sorted((one, other))
    assert k_at(k_leak=tight) <= k_at(k_leak=leaky) + 1e-9


@given(st.floats(1e-3, 365), st.floats(1e-3, 365))
def test_a_longer_rest_leaves_less(one: float, other: float) -> None:
    left = [rest(CELLS, AgingParameters(aging_time_days=days)) for days in sorted((one, other))]

    assert left[0].voltage_v >= left[1].voltage_v
    assert left[0].capacity_a_h >= left[1].capacity_a_h


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 1))
def test_more_leak_and_more_shorts_mean_more_rejects(one: float, other: float, shorts: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= reject_share(less, shorts) <= reject_share(more, shorts) + 1e-12 <= 1 + 2e-12
    assert reject_share(less, shorts / 2) <= reject_share(less, shorts) + 1e-12


@pytest.mark.parametrize(("count", "share"), [(1000, 0.004), (1000, 0.996), (40, 0.5), (100_000, 0.01)])
def test_the_draw_has_the_mean_and_the_spread_of_the_binomial(count: int, share: float) -> None:
    dice, draws = Random(11), 4000
    hits = [drawn(count, share, dice) for _ in range(draws)]
    mean = sum(hits) / draws
    variance = sum((one - mean) ** 2 for one in hits) / draws

    expected = count * share * (1 - share)
    assert mean == pytest.approx(count * share, abs=5 * math.sqrt(expected / draws))
    assert variance == pytest.approx(expected, rel=0.15)


@given(st.integers(0, 10**9), st.floats(0, 1), st.integers())
def test_a_draw_is_never_more_than_there_are(count: int, share: float, seed: int) -> None:
    assert 0 <= drawn(count, share, Random(seed)) <= count


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_certain_is_drawn_so(share: float) -> None:
    assert drawn(500, share, Random(1)) == 500 * share


def test_a_draw_at_the_far_end_of_chance_still_ends_near() -> None:
    class Last(Random):
        def random(self) -> float:
            return math.nextafter(1.0, 0.0)

    assert drawn(1000, 0.004, Last()) < 100


def test_a_store_far_from_the_halls_temperature_draws_more() -> None:
    assert store_w(CELLS, 318.15) > store_w(CELLS, 298.15) > store_w(CELLS, 293.15) > 0
    assert store_w(CELLS, 273.15) == store_w(CELLS, 313.15)


@given(
    cells_with(
        capacity_a_h=st.floats(0, 100),
        soc=st.floats(0, 1.15),
        voltage_v=st.floats(0, 4.5),
        short_share=st.floats(0, 1),
        solid_kg=st.floats(0, 1),
    ),
    st.integers(0, 10**6),
    parameters_of(AgingParameters),
)
def test_any_cells_age_with_finite_figures(cells: Cells, count: int, parameters: AgingParameters) -> None:
    outcome = age(WOUND.but(count=count, cells=cells), parameters, Random(1))
    after = outcome.material.cells

    assert all(math.isfinite(one) and one >= 0 for one in figures(outcome))
    assert after.soc <= cells.soc
    assert after.capacity_a_h <= cells.capacity_a_h
    assert after.voltage_v <= cells.voltage_v
    assert outcome.material.solid_kg + sum(outcome.scrap_kg.values()) == pytest.approx(count * cells.solid_kg)
    assert ("no_cells" in outcome.flags) is (outcome.material.count == 0)
