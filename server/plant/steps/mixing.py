"""Mixing: powders, binder and NMP become a slurry. Here a batch's mass begins.

Density by the rule of mixtures on mass, 1 / rho = sum w / rho_i; viscosity by Krieger & Dougherty over the binder
solution; stirring by a first-order approach to homogeneity.
"""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random

from clients.plant.models import Line
from clients.plant.parameters import MixingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.rheology import (
    COATABLE_PA_S,
    JAMMED_PA_S,
    REFERENCE_RATE_S,
    arrhenius,
    relative_viscosity,
    relative_yield_stress,
)

BATCH_L = 12.0
"""One mix: at the default settings 60 m2 of coating, which makes about 350 cells of 5 A h."""
ACTIVE_KG_M3 = {Line.ANODE: 2240.0, Line.CATHODE: 4750.0}
"""Graphite; NMC."""
CARBON_BLACK_KG_M3, PVDF_KG_M3, NMP_KG_M3 = 1900.0, 1780.0, 1028.0
INTRINSIC = {Line.ANODE: 3.5, Line.CATHODE: 2.5}
"""[eta] of flakes (3 to 5); of spheres."""
PACKING_LIMIT = 0.64
"""phi_m of random close packing (0.60 to 0.68)."""
NMP_PA_S, NMP_ACTIVATION_J_MOL = 1.65e-3, 12_000.0
"""At 298.15 K; how it gets thinner with warmth (ours, from its viscosities at 298 and 323 K in makers' sheets)."""
BINDER_THICKENING = 25.0
"""ln(solution / NMP) per mass share of PVDF in NMP, medium molar mass (ours: 0.02 Pa s at 10 %, 0.25 at 20 %)."""
MEDIUM_YIELD_PA = 2.0
"""The network of carbon black and binder alone (ours; slurries then have 2 to 20 Pa)."""
HIGHEST_INDEX, LOWEST_INDEX = 0.8, 0.4
"""n of a thin and of a jamming slurry."""
STIRRING_S, STIRRING_TIME_CONSTANT_S, CHARGING_AND_CLEANING_S = 3600.0, 1200.0, 3600.0
"""A time constant of 10 to 30 min; a batch takes 2 to 4 h with its cleaning."""
STIRRER_RATE_S = 200.0
"""Mean shear rate in a planetary mixer, 1/s."""
MOTOR_W_L, AUXILIARY_W_L = 1000.0, 97.0
"""Per litre: the drive's rating; vacuum, cooling and dust removal, set so that both mixes take about 0.9 kWh per kWh
of cell (our split of the literature's 41.5)."""


def homogeneity(seconds: float, time_constant_s: float = STIRRING_TIME_CONSTANT_S) -> float:
    """How evenly mixed after that time, 0 to 1: 1 - exp(-t / tau)."""
    return 1 - math.exp(-seconds / time_constant_s)


def medium_pa_s(parameters: MixingParameters, temperature_k: float) -> float:
    """Viscosity of the binder solution between the particles."""
    binder = parameters.PVDF / (parameters.PVDF + parameters.solvent)
    return NMP_PA_S * math.exp(BINDER_THICKENING * binder) * arrhenius(NMP_ACTIVATION_J_MOL, temperature_k)


def flow(volume_share: float, medium: float, intrinsic: float) -> tuple[float, float, float]:
    """Viscosity at the reference rate in Pa s, yield stress in Pa, and flow index, of particles in a medium.

    What jams is taken for a rigid-plastic paste of JAMMED_PA_S: all of its stress is yield stress.
    """
    relative = relative_viscosity(volume_share, PACKING_LIMIT, intrinsic)
    viscosity = medium * relative
    if viscosity >= JAMMED_PA_S:
        return JAMMED_PA_S, JAMMED_PA_S * REFERENCE_RATE_S, LOWEST_INDEX
    index = HIGHEST_INDEX - (HIGHEST_INDEX - LOWEST_INDEX) * volume_share / PACKING_LIMIT
    yield_pa = MEDIUM_YIELD_PA * relative_yield_stress(volume_share, relative)
    return min(viscosity + yield_pa / REFERENCE_RATE_S, JAMMED_PA_S), yield_pa, index


def power_w(viscosity_pa_s: float, litres: float) -> float:
    """What the stirrer draws: dissipation eta g^2 V, or what its drive can give where the paste asks for more."""
    return min(viscosity_pa_s * STIRRER_RATE_S**2 * litres / 1000, MOTOR_W_L * litres)


def mix(
    material: Material,
    parameters: MixingParameters,
    dice: Random,  # noqa: ARG001 (every stage is called alike)
    litres: float = BATCH_L,
) -> Outcome:
    """A slurry of `litres`, out of nothing but line and temperature of the material.

    Flag `not_coatable`: stiffer than COATABLE_PA_S, or jammed.
    """
    return _slurry(material.line, material.temperature_k, parameters, litres)


@lru_cache(maxsize=256)
def _slurry(line: Line, temperature_k: float, parameters: MixingParameters, litres: float) -> Outcome:
    """Remembered, as the stages behind are, so that equal mixes are one slurry to them."""
    solids = parameters.AM + parameters.CA + parameters.PVDF
    total = solids + parameters.solvent
    particles_m3 = parameters.AM / ACTIVE_KG_M3[line] + parameters.CA / CARBON_BLACK_KG_M3
    solids_m3 = particles_m3 + parameters.PVDF / PVDF_KG_M3
    slurry_m3 = solids_m3 + parameters.solvent / NMP_KG_M3
    density, particle_share = total / slurry_m3, particles_m3 / slurry_m3
    viscosity, yield_pa, index = flow(particle_share, medium_pa_s(parameters, temperature_k), INTRINSIC[line])
    slurry = Material(
        line=line,
        temperature_k=temperature_k,
        slurry_kg=density * litres / 1000,
        solid_share=solids / total,
        active_share=parameters.AM / solids,
        solid_density_kg_m3=solids / solids_m3,
        slurry_density_kg_m3=density,
        viscosity_pa_s=viscosity,
        yield_stress_pa=yield_pa,
        flow_index=index,
    )
    duration_s = STIRRING_S + CHARGING_AND_CLEANING_S
    return Outcome(
        material=slurry,
        duration_s=duration_s,
        energy_j=AUXILIARY_W_L * litres * duration_s + power_w(viscosity, litres) * STIRRING_S,
        flags=("not_coatable",) if viscosity > COATABLE_PA_S else (),
        readings={
            "density_kg_m3": density,
            "particle_volume_share": particle_share,
            "solid_volume_share": solids_m3 / slurry_m3,
            "viscosity_pa_s": viscosity,
            "yield_stress_pa": yield_pa,
            "flow_index": index,
            "homogeneity": homogeneity(STIRRING_S),
        },
    )
