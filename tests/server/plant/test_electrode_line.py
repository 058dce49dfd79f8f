"""Both electrode lines from the mixer to the inspection: mass, bounds, finiteness, the README's bodies, the energy."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import Parameters
from server.plant.material import Material
from server.plant.steps.mixing import mix
from tests.server.plant.electrodes import (
    ELECTRODES,
    README_RATIOS,
    STEPS,
    all_finite,
    along,
    any_settings,
    chain,
    setting,
)

LINES = pytest.mark.parametrize("line", ELECTRODES)


@LINES
def test_the_defaults_pass_every_stage_without_a_flag(line: Line) -> None:
    for stage, outcome in along(line).items():
        assert outcome.flags == (), stage


@LINES
def test_the_default_web_is_what_a_cell_of_today_wants(line: Line) -> None:
    web = along(line)[Stage.INSPECTION].material
    low, high = {Line.ANODE: (0.25, 0.35), Line.CATHODE: (0.20, 0.30)}[line]
    assert low <= web.porosity <= high
    assert 40 < web.area_m2 < 60
    assert web.solvent_kg_m2 < 0.01 * web.solid_kg_m2


@given(st.sampled_from(ELECTRODES), any_settings(), st.integers(0, 2**32))
@settings(max_examples=150)
def test_whatever_is_set_all_is_finite_and_solids_are_conserved(
    line: Line, chosen: dict[Stage, Parameters], seed: int
) -> None:
    given_kg = 0.0
    for stage, outcome in chain(line, chosen, Stage.INSPECTION, seed).items():
        after = outcome.material
        assert all_finite(outcome), stage
        assert outcome.duration_s > 0
        assert outcome.energy_j > 0
        assert all(kg > 0 for kg in outcome.scrap_kg.values())
        if stage is not Stage.MIXING:
            assert after.solid_kg + sum(outcome.scrap_kg.values()) == pytest.approx(given_kg, rel=1e-9)
        given_kg = after.solid_kg
        assert 0 <= after.porosity < 1
        assert after.solvent_kg_m2 >= 0
        assert after.thickness_m > 0 or stage is Stage.MIXING


@given(st.sampled_from(ELECTRODES), any_settings())
@settings(max_examples=60)
def test_thickness_porosity_and_mass_agree_behind_the_dryer(line: Line, chosen: dict[Stage, Parameters]) -> None:
    for stage, outcome in chain(line, chosen, Stage.INSPECTION, 1).items():
        web = outcome.material
        if stage not in (Stage.MIXING, Stage.COATING):
            dense_m = web.solid_kg_m2 / web.solid_density_kg_m3
            assert (1 - web.porosity) * web.thickness_m == pytest.approx(dense_m, rel=1e-9)


@LINES
@pytest.mark.parametrize("ratios", README_RATIOS)
def test_the_readmes_slurries_come_out_finite_not_coatable_and_as_scrap(line: Line, ratios: dict[str, float]) -> None:
    made = along(line, {Stage.MIXING: {"material_ratios": ratios}})
    assert all(all_finite(outcome) for outcome in made.values())
    assert made[Stage.MIXING].flags == ("not_coatable",)
    assert "not_coatable" in made[Stage.COATING].flags
    assert made[Stage.INSPECTION].flags == ("all_scrapped",)
    assert made[Stage.INSPECTION].material.solid_kg == 0
    assert set(made[Stage.INSPECTION].scrap_kg) == {"surface"}


def test_the_readmes_second_example_is_also_too_thin_for_the_bead() -> None:
    coating = {"coating_speed": 0.1, "gap_height": 0.0002, "flow_rate": 0.000005, "coating_width": 0.5}
    made = along(Line.ANODE, {Stage.MIXING: README_RATIOS[0], Stage.COATING: coating})
    assert made[Stage.COATING].readings["wet_thickness_m"] == pytest.approx(100e-6)
    assert made[Stage.COATING].flags == ("not_coatable", "below_low_flow_limit")


def test_the_same_seed_gives_the_same_outcome_and_another_another() -> None:
    assert along(Line.ANODE, seed=3) == along(Line.ANODE, seed=3)
    assert along(Line.ANODE, seed=3)[Stage.SLITTING] != along(Line.ANODE, seed=4)[Stage.SLITTING]


def test_no_stage_invents_a_field() -> None:
    for outcome in along(Line.CATHODE).values():
        assert set(vars(outcome.material)) == set(Material.__dataclass_fields__)


def test_energy_is_split_as_we_say() -> None:
    """Per kWh of the 5.5 kWh of cells that the default batch becomes; drying dominates."""
    split = dict.fromkeys(STEPS, 0.0)
    for line in ELECTRODES:
        for stage, outcome in along(line).items():
            split[stage] += outcome.energy_j / 3.6e6 / 5.5
    wanted = (0.9, 0.5, 17.5, 0.6, 0.2, 0.1)
    assert list(split.values()) == pytest.approx(wanted, rel=0.1)


@LINES
def test_a_larger_mix_is_a_longer_web(line: Line) -> None:
    small, large = (
        mix(Material(line), setting(line, Stage.MIXING), Random(1), litres=litres) for litres in (5.0, 10.0)
    )
    assert large.material.solid_kg == pytest.approx(2 * small.material.solid_kg)
    assert large.energy_j == pytest.approx(2 * small.energy_j)
