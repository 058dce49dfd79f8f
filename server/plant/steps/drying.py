"""Drying: hot air takes the NMP out of the film, at a constant rate until its pores open, then ever slower.

Two periods after Jaiser 2016 and Kumberg 2019; binder migration after Font 2018. An override of `wet_thickness` or
`solid_content` changes how much solvent the dryer meets, never the solids.
"""

from __future__ import annotations

import math
from random import Random

from clients.plant.parameters import DryingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.rheology import GAS_J_MOL_K
from server.plant.steps.remembered import remembered

NMP_KG_M3 = 1028.0
NMP_BOILING_K, NMP_EVAPORATION_J_MOL, ATMOSPHERE_PA = 477.0, 53_500.0, 101_325.0
FILM_K = 363.15
"""Of the film in the constant-rate period, air at about 400 K."""
TRANSFER_S_M = 8.2e-7
"""Mass transfer per vapour pressure, kg/(m2 s Pa): with FILM_K it gives 1.2 g/(m2 s), of the usual 1 to 2."""
AIR_NMP_PA = 0.0
"""Partial pressure in the air, which the recovery keeps dry."""
DRYER_M = 18.0
DRY_POROSITY = 0.50
"""Where the film stops shrinking, because its particles touch (0.45 to 0.60)."""
RESIDUAL_LIMIT = 0.01
"""Solvent over solids above which a web is still wet (0.1 to 1 %)."""
GENTLE_KG_M2_S, GENTLE_LOADING_KG_M2 = 1e-3, 0.35
"""Rate above which binder rides up to the surface, at that loading; a thicker film bears less."""
WET_DEFECTS_M2 = 5.0
"""Per m2, where a wet web sticks to its rolls (ours)."""
LATENT_J_KG = 540_000.0
AIR_W_M2 = 6_950.0
"""Air heating, fans and NMP recovery per m2 of dryer, set so that both dryers take about 17.5 kWh per kWh of cell (our
split of the literature's 41.5; the latent heat is some 2 % of that)."""


def vapour_pressure_pa(temperature_k: float) -> float:
    """Of NMP, by Clausius and Clapeyron from its boiling point; 300 to 480 K."""
    step = 1 / temperature_k - 1 / NMP_BOILING_K
    return ATMOSPHERE_PA * math.exp(-NMP_EVAPORATION_J_MOL / GAS_J_MOL_K * step)


def constant_rate_kg_m2_s(film_k: float = FILM_K) -> float:
    """Evaporation from a wet surface: k (p_sat(T) - p_air)."""
    return TRANSFER_S_M * (vapour_pressure_pa(film_k) - AIR_NMP_PA)


RATE_KG_M2_S = constant_rate_kg_m2_s()


def drying_time_s(solvent_kg_m2: float, rate_kg_m2_s: float) -> float:
    """What it takes to evaporate that much at a constant rate."""
    return solvent_kg_m2 / rate_kg_m2_s


def residual_kg_m2(solvent_kg_m2: float, critical_kg_m2: float, rate_kg_m2_s: float, seconds: float) -> float:
    """The solvent that is left: a straight line down to `critical_kg_m2`, from there an exponential tail.

    Behind the critical point the rate falls with what is left: dX/dt = -r X / X_c.
    """
    straight_s = max(0.0, drying_time_s(solvent_kg_m2 - critical_kg_m2, rate_kg_m2_s))
    if seconds <= straight_s:
        return solvent_kg_m2 - rate_kg_m2_s * seconds
    start = min(solvent_kg_m2, critical_kg_m2)
    return start * math.exp(-rate_kg_m2_s * (seconds - straight_s) / critical_kg_m2)


def dry_film(solid_kg_m2: float, density_kg_m3: float, wet_m: float) -> tuple[float, float]:
    """Thickness in m and porosity of the dried film: m / (rho (1 - eps)). It never gets thicker than it was wet."""
    dense_m = solid_kg_m2 / density_kg_m3
    porosity = min(DRY_POROSITY, 1 - dense_m / wet_m)
    return dense_m / (1 - porosity), porosity


def gentle_rate_kg_m2_s(loading_kg_m2: float) -> float:
    """The rate that leaves the binder where it is; it falls with the loading."""
    return GENTLE_KG_M2_S * GENTLE_LOADING_KG_M2 / loading_kg_m2


def solvent_met_kg_m2(material: Material, parameters: DryingParameters) -> float:
    """What is to be evaporated: of the coated film, or of the film that the overrides describe."""
    wet, solids = parameters.wet_thickness, parameters.solid_content
    if wet is None and solids is None:
        return material.solvent_kg_m2
    film = material.thickness_m if wet is None else wet
    return film * material.slurry_density_kg_m3 * (1 - (material.solid_share if solids is None else solids))


def marks(material: Material, parameters: DryingParameters) -> tuple[str, ...]:
    """A flag for each override that is in force."""
    found: tuple[str, ...] = ()
    if parameters.wet_thickness is not None:
        found = ("wet_thickness_overridden",)
    if parameters.solid_content is not None:
        found = (*found, "solid_content_overridden")
    if parameters.web_speed is not None and parameters.web_speed != material.web_speed_m_s:
        found = (*found, "web_speed_differs_from_coating")
    return found


@remembered
def dry(material: Material, parameters: DryingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (called alike)
    """The web, dry. Flags: `still_wet`, `binder_migration`, and one for each override."""
    speed = material.web_speed_m_s if parameters.web_speed is None else parameters.web_speed
    thickness, porosity = dry_film(material.solid_kg_m2, material.solid_density_kg_m3, material.thickness_m)
    solvent, critical = solvent_met_kg_m2(material, parameters), NMP_KG_M3 * porosity * thickness
    residual = residual_kg_m2(solvent, critical, RATE_KG_M2_S, DRYER_M / speed)
    wet = residual > RESIDUAL_LIMIT * material.solid_kg_m2
    gentle = gentle_rate_kg_m2_s(material.solid_kg_m2)
    flags = (*(("still_wet",) if wet else ()), *(("binder_migration",) if gentle < RATE_KG_M2_S else ()))
    duration_s = (material.length_m + DRYER_M) / speed
    air_w = AIR_W_M2 * DRYER_M * material.width_m
    return Outcome(
        material=material.but(
            solvent_kg_m2=residual,
            thickness_m=thickness,
            thickness_sd_m=thickness * material.loading_cv,
            porosity=porosity,
            defects_m2=material.defects_m2 + (WET_DEFECTS_M2 if wet else 0.0),
        ),
        duration_s=duration_s,
        energy_j=air_w * duration_s + LATENT_J_KG * (solvent - residual) * material.area_m2,
        flags=(*flags, *marks(material, parameters)),
        readings={
            "dry_thickness_m": thickness,
            "porosity": porosity,
            "residual_solvent_share": residual / material.solid_kg_m2,
            "evaporation_kg_m2_s": RATE_KG_M2_S,
            "constant_rate_s": max(0.0, drying_time_s(solvent - critical, RATE_KG_M2_S)),
            "residence_s": DRYER_M / speed,
            "adhesion_share": min(1.0, gentle / RATE_KG_M2_S),
            "web_speed_m_s": speed,
        },
    )
