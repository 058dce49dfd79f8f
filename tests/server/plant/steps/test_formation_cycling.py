from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clients.plant.parameters import FormationCyclingParameters
from server.plant.cell import Cells
from server.plant.ocv import voltage_v
from server.plant.outcome import Outcome
from server.plant.steps.formation_cycling import charge, first_cycle_efficiency, form, usable_a_h, water_a_h
from server.plant.steps.rewinding import WOUND
from tests.server.plant.cells import figures, filled, formed
from tests.server.plant.strategies import formation_parameters

DAY_S = 86_400.0


def with_settings(**settings: Any) -> Outcome:
    return form(filled().material, FormationCyclingParameters(**settings), Random(1))


def stepped(start: float, capacity: float, current: float, limit: float, ohm: float, duration: float) -> float:
    """The state of charge at the end, in small steps: the same cell without the closed form."""
    soc, step = start, duration / 20_000
    for _ in range(20_000):
        soc += min(current, max(0.0, (limit - voltage_v(soc)) / ohm)) * step / 3600 / capacity
    return soc


def test_five_ampere_hours_at_88_per_cent() -> None:
    assert usable_a_h(5.00, 0.88) == pytest.approx(4.40)


def test_the_first_charge_takes_what_is_measured_on_graphite() -> None:
    assert first_cycle_efficiency(1.0, 1.0) == pytest.approx(0.92, abs=0.001)
    assert first_cycle_efficiency(1.5, 1.0) == pytest.approx(0.88, abs=0.001)


def test_most_of_the_skin_grows_early() -> None:
    early, whole = (share * (1 - first_cycle_efficiency(1.2, share)) for share in (0.3, 1.0))

    assert 0.8 * whole < early < whole


def test_each_molecule_of_water_takes_one_lithium() -> None:
    assert water_a_h(1.0, 18_015) == pytest.approx(26.801)


def test_moist_cells_keep_less() -> None:
    def kept(ppm: float) -> float:
        cells = filled().material.cells._replace(water_ppm=ppm)
        outcome = form(WOUND.but(count=1, cells=cells), FormationCyclingParameters(), Random(1))
        return outcome.material.cells.capacity_a_h

    assert kept(20.0) - kept(1020.0) == pytest.approx(water_a_h(filled().material.cells.solid_kg, 1000.0))


def test_the_default_cell_keeps_80_to_105_per_cent_of_its_design() -> None:
    outcome = formed()
    cells = outcome.material.cells

    assert outcome.flags == ()
    assert 0.80 <= cells.capacity_a_h / cells.design_capacity_a_h <= 1.05
    assert outcome.duration_s >= DAY_S
    assert cells.voltage_v == pytest.approx(4.2, abs=0.01)
    assert 9 * 3600 < outcome.readings["constant_current_s"] < 11 * 3600
    assert 0.85 < cells.capacity_a_h / outcome.readings["charged_a_h"] < 0.92
    assert cells.sei_loss_a_h + cells.capacity_a_h == pytest.approx(outcome.readings["charged_a_h"])


@pytest.mark.parametrize(
    ("current", "limit", "ohm", "hours"),
    [(0.5, 4.2, 0.02, 12), (0.5, 4.2, 0.02, 4), (5.0, 4.2, 0.02, 1), (2.0, 4.0, 0.05, 3)],
)
def test_the_closed_form_agrees_with_small_steps(current: float, limit: float, ohm: float, hours: float) -> None:
    ended = charge(0.0, 5.0, current, limit, ohm, hours * 3600)

    assert ended.soc == pytest.approx(stepped(0.0, 5.0, current, limit, ohm, hours * 3600), abs=0.005)


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (("formation_incomplete", "low_voltage", "low_capacity"), {"formation_duration_s": 3600.0}),
        (("over_voltage",), {"charge_voltage_limit_V": 4.4}),
        (("over_voltage",), {"charge_current_A": 100.0}),
        (("low_voltage", "low_capacity"), {"charge_voltage_limit_V": 3.3}),
        (("low_capacity",), {"charge_voltage_limit_V": 3.9}),
    ],
)
def test_settings_outside_their_window_are_flagged(words: tuple[str, ...], settings: dict[str, float]) -> None:
    assert with_settings(**settings).flags == words


def test_a_limit_just_above_an_empty_cell_charges_nothing() -> None:
    outcome = with_settings(charge_voltage_limit_V=3.0, initial_voltage=2.0)

    assert outcome.material.cells.capacity_a_h == 0
    assert "low_voltage" in outcome.flags


def test_cells_without_electrolyte_are_not_formed() -> None:
    dry = WOUND.but(count=3, cells=filled().material.cells._replace(wetted=0.0))

    outcome = form(dry, FormationCyclingParameters(), Random(1))

    assert outcome.flags == ("low_voltage", "low_capacity")
    assert outcome.material == dry


@given(st.floats(1e-4, 100), st.floats(1e-4, 100))
def test_a_higher_current_shortens_the_first_phase(one: float, other: float) -> None:
    low, high = sorted((one, other))
    lasted = [with_settings(charge_current_A=amps).readings["constant_current_s"] for amps in (low, high)]

    assert lasted[0] >= lasted[1]


@given(st.floats(60, 2e5), st.floats(60, 2e5), st.floats(0.01, 100))
def test_a_longer_formation_charges_no_less(one: float, other: float, amps: float) -> None:
    short, long = sorted((one, other))
    ended = [charge(0.0, 5.0, amps, 4.2, 0.02, seconds).soc for seconds in (short, long)]

    assert ended[0] <= ended[1] + 1e-12


@given(st.floats(0.1, 20), st.floats(0.1, 20))
def test_a_larger_anode_takes_more(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert 1 >= first_cycle_efficiency(small, 1.0) >= first_cycle_efficiency(large, 1.0) >= 0


@given(
    st.floats(0, 100),
    st.floats(0, 1),
    st.floats(0, 50),
    st.floats(1e-5, 50),
    st.floats(0, 2010),
    formation_parameters(),
)
@example(1.0, 2e-311, 0.0, 0.5, 0.0, FormationCyclingParameters())
def test_any_cells_are_formed_with_finite_figures_within_bounds(
    design: float, wetted: float, np_ratio: float, area: float, ppm: float, parameters: FormationCyclingParameters
) -> None:
    cells = Cells(
        design_capacity_a_h=design, wetted=wetted, np_ratio=np_ratio, facing_area_m2=area, water_ppm=ppm, solid_kg=0.06
    )
    outcome = form(WOUND.but(count=2, cells=cells), parameters, Random(1))
    after = outcome.material.cells

    assert all(math.isfinite(one) and one >= 0 for one in figures(outcome))
    assert outcome.duration_s == parameters.formation_duration_s
    assert after.soc <= 1.15 + 1e-9
    assert after.capacity_a_h <= 1.15 * design * wetted * (1 + 1e-9)
    assert after.voltage_v <= max(parameters.charge_voltage_limit_V, 3.0) + 1e-9
    assert outcome.material.solid_kg == pytest.approx(2 * 0.06)
