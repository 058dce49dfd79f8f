from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.parameters import ElectrolyteFillingParameters
from server.plant.cell import ELECTROLYTE_KG_ML, Cells
from server.plant.steps.electrolyte_filling import (
    IDEAL_M_PER_SQRT_S,
    dose_ml,
    fill,
    front_m,
    gas_share,
    wetted,
)
from server.plant.steps.rewinding import WOUND
from tests.server.plant.cells import figures, filled, wound
from tests.server.plant.strategies import cells_with, parameters_of

CELLS = wound().material.cells


def reached(**settings: float) -> float:
    return wetted(CELLS, ElectrolyteFillingParameters(**settings))


def test_the_front_after_a_minute_and_after_four() -> None:
    assert front_m(IDEAL_M_PER_SQRT_S, 60) * 1000 == pytest.approx(12.31, abs=0.005)
    assert front_m(IDEAL_M_PER_SQRT_S, 240) == pytest.approx(2 * front_m(IDEAL_M_PER_SQRT_S, 60))


def test_the_dose_is_the_pores_and_an_excess() -> None:
    pores_ml = 0.1 * (0.30 * 100e-6 + 0.25 * 80e-6) * 1e6

    assert dose_ml(pores_ml, 1.3) == pytest.approx(6.5)


def test_the_default_cell_is_wetted() -> None:
    outcome = filled()

    assert outcome.flags == ()
    assert 0.95 < outcome.material.cells.wetted < 1
    assert outcome.duration_s == pytest.approx(86_400 + outcome.readings["dosing_s"])


def test_the_cells_gain_the_electrolyte_and_nothing_else() -> None:
    before, after = wound().material, filled().material

    gained = after.count * after.cells.mass_kg - before.count * before.cells.mass_kg
    assert gained == pytest.approx(filled().readings["electrolyte_kg"])
    assert after.cells.electrolyte_kg == pytest.approx(CELLS.pore_ml * 1.1 * ELECTROLYTE_KG_ML)
    assert after.solid_kg == before.solid_kg
    assert filled().scrap_kg == {}


def test_gas_that_the_pump_left_stays() -> None:
    assert gas_share(101.325, 101.325) == 1
    assert gas_share(110, 1) == 1
    assert gas_share(10, 5) == pytest.approx(10 / 101.325)
    assert gas_share(2, 22) == pytest.approx(4 / 101.325)


@pytest.mark.parametrize(
    ("word", "settings"),
    [
        ("under_wetted", {"soaking_time": 3600.0}),
        ("under_wetted", {"vacuum_level": 20.0}),
        ("electrolyte_boils", {"vacuum_filling": 1.0}),
    ],
)
def test_settings_outside_their_window_are_flagged(word: str, settings: dict[str, float]) -> None:
    outcome = fill(wound().material, ElectrolyteFillingParameters(**settings), Random(1))

    assert outcome.flags == (word,)


@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_a_longer_soak_wets_no_less(one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert reached(soaking_time=short) <= reached(soaking_time=long)


@given(st.floats(1e-3, 110), st.floats(1e-3, 110), st.floats(1e-3, 110))
def test_a_better_vacuum_wets_no_less(one: float, other: float, dosing: float) -> None:
    deep, poor = sorted((one, other))
    assert reached(vacuum_level=deep, vacuum_filling=dosing) >= reached(vacuum_level=poor, vacuum_filling=dosing)
    assert reached(vacuum_level=dosing, vacuum_filling=deep) >= reached(vacuum_level=dosing, vacuum_filling=poor)


def test_a_soak_four_times_as_long_reaches_twice_as_far() -> None:
    assert reached(soaking_time=4000.0) == pytest.approx(2 * reached(soaking_time=1000.0))


def test_denser_coatings_wet_more_slowly() -> None:
    settings = ElectrolyteFillingParameters(soaking_time=3600.0)

    assert wetted(CELLS._replace(tightest_porosity=0.15), settings) < wetted(CELLS, settings)


@given(
    cells_with(height_m=st.floats(0, 2), pore_ml=st.floats(0, 1e6), tightest_porosity=st.floats(0, 1)),
    st.integers(0, 10**7),
    parameters_of(ElectrolyteFillingParameters),
)
def test_any_cells_are_filled_with_finite_figures(
    cells: Cells, count: int, parameters: ElectrolyteFillingParameters
) -> None:
    outcome = fill(WOUND.but(count=count, cells=cells), parameters, Random(1))

    assert all(math.isfinite(one) and one >= 0 for one in figures(outcome))
    assert outcome.duration_s >= parameters.soaking_time
    assert outcome.material.cells.wetted <= 1
    assert ("no_cells" in outcome.flags) is (count == 0)
