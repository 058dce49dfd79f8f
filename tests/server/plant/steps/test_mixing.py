"""Density, viscosity and stirring of the slurry, against published sample values."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from clients.plant.parameters import MixingParameters
from server.plant import rheology
from server.plant.material import Material
from server.plant.steps.mixing import BATCH_L, flow, homogeneity, mix, power_w
from tests.server.plant.electrodes import ELECTRODES, setting

SEVENTY = MixingParameters(AM=0.7 * 0.96, CA=0.7 * 0.02, PVDF=0.7 * 0.02, solvent=0.3)


def test_seventy_per_cent_of_nmc_96_2_2_in_nmp() -> None:
    made = mix(Material(Line.CATHODE), SEVENTY, Random(1))
    assert made.readings["density_kg_m3"] == pytest.approx(2229, abs=1)
    assert made.readings["solid_volume_share"] == pytest.approx(0.349, abs=5e-4)
    assert made.material.slurry_kg == pytest.approx(2229 * BATCH_L / 1000, abs=0.01)
    assert made.material.solid_share == pytest.approx(0.7)
    assert made.material.active_share == pytest.approx(0.96)


def test_dissolved_binder_is_no_particle() -> None:
    made = mix(Material(Line.CATHODE), SEVENTY, Random(1))
    assert made.readings["particle_volume_share"] == pytest.approx(0.3319, abs=5e-4)


def test_krieger_and_dougherty() -> None:
    assert rheology.relative_viscosity(0.30, 0.64, 2.5) == pytest.approx(2.751, abs=1e-3)
    assert rheology.relative_viscosity(0.0, 0.64, 2.5) == 1
    assert rheology.relative_viscosity(0.64, 0.64, 2.5) == float("inf")


def test_herschel_and_bulkley() -> None:
    assert rheology.stress_pa(5, 3, 0.6, 100) == pytest.approx(52.55, abs=0.005)


def test_the_flow_curve_goes_through_the_viscosity_it_was_made_from() -> None:
    assert rheology.apparent_pa_s(0.8, 5.0, 0.6, 100.0) == pytest.approx(0.8)
    consistency = (0.8 * 100 - 5.0) / 100**0.6
    assert rheology.apparent_pa_s(0.8, 5.0, 0.6, 7.0) * 7 == pytest.approx(rheology.stress_pa(5, consistency, 0.6, 7))


def test_three_time_constants_mix_to_95_per_cent() -> None:
    assert homogeneity(3.0, 1.0) == pytest.approx(0.950, abs=5e-4)
    assert homogeneity(0.0) == 0


def test_arrhenius() -> None:
    assert rheology.arrhenius(12_000, 298.15) == 1
    assert rheology.arrhenius(50_000, 298.15 + 20, 298.15) == pytest.approx(0.2817, abs=1e-3)


@pytest.mark.parametrize("line", ELECTRODES)
def test_a_default_slurry_flows_like_one(line: Line) -> None:
    made = mix(Material(line), setting(line, Stage.MIXING), Random(1))
    assert 1 < made.readings["yield_stress_pa"] < 20
    assert 0.4 < made.readings["flow_index"] < 0.8
    at_one = rheology.apparent_pa_s(
        made.readings["viscosity_pa_s"], made.readings["yield_stress_pa"], made.readings["flow_index"], 1.0
    )
    assert 1 < at_one < 10


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_particles_flow_worse(one: float, other: float) -> None:
    thin, thick = sorted((one, other))
    assert flow(thin, 0.02, 2.5)[0] <= flow(thick, 0.02, 2.5)[0]


def test_a_warmer_slurry_is_thinner() -> None:
    cold, warm = (
        mix(Material(Line.ANODE, temperature_k=kelvin), setting(Line.ANODE, Stage.MIXING), Random(1))
        for kelvin in (298.15, 318.15)
    )
    assert warm.readings["viscosity_pa_s"] < cold.readings["viscosity_pa_s"]


def test_a_jammed_paste_is_told_and_does_not_ask_for_more_than_the_drive_has() -> None:
    paste = MixingParameters(AM=0.97, CA=0.01, PVDF=0.01, solvent=0.01)
    made = mix(Material(Line.ANODE), paste, Random(1))
    assert made.flags == ("not_coatable",)
    assert made.material.viscosity_pa_s == rheology.JAMMED_PA_S
    assert power_w(rheology.JAMMED_PA_S, BATCH_L) == 1000 * BATCH_L


def test_a_stiff_slurry_is_not_coatable_before_it_jams() -> None:
    stiff = MixingParameters(AM=0.5, CA=0.02, PVDF=0.18, solvent=0.3)
    made = mix(Material(Line.ANODE), stiff, Random(1))
    assert made.flags == ("not_coatable",)
    assert made.material.viscosity_pa_s < rheology.JAMMED_PA_S
