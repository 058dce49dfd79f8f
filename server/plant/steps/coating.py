"""Coating: a slot die lays the slurry on the foil as a wet film. What was pumped is what lies there.

The window is that of a slot die (Ruschak 1976; Carvalho & Kheshgi 2000; Schmitt 2015 for battery slurries): below a
least thickness the bead breaks, above the gap it drips.
"""

from __future__ import annotations

from random import Random

from clients.plant.parameters import CoatingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.rheology import COATABLE_PA_S, apparent_pa_s
from server.plant.steps.remembered import remembered

SURFACE_TENSION_N_M = 0.040
"""Of NMP."""
LOADING_CV = 0.01
"""Scatter of the areal mass along and across the web, its heavy edges aside, as a share."""
START_UP_SHARE = 0.01
"""Of the slurry, until the film is steady: not wound up (ours)."""
DEFECTS_M2 = 0.03
"""Pinholes, streaks and lumps of a sound film, per m2 (0.01 to 0.1)."""
FLAG_DEFECTS_M2 = {"not_coatable": 1000.0, "below_low_flow_limit": 50.0, "dripping": 10.0}
"""What each fault of the film adds (ours: enough that the inspection finds some in every piece)."""
COATER_W = 2080.0
"""Pump, drives and control, set so that both coaters take about 0.5 kWh per kWh of cell (our split)."""


def wet_thickness_m(flow_m3_s: float, speed_m_s: float, width_m: float) -> float:
    """The film that a given flow makes: Q / (v w), in m."""
    return flow_m3_s / (speed_m_s * width_m)


def capillary_number(viscosity_pa_s: float, speed_m_s: float, surface_tension_n_m: float) -> float:
    """Viscous over capillary force in the bead: mu v / sigma."""
    return viscosity_pa_s * speed_m_s / surface_tension_n_m


def low_flow_limit_m(gap_m: float, capillary: float) -> float:
    """The thinnest film that a bead of that gap can make: H / (1 + 2 (0.65 / Ca)^(2/3)), in m; below H for every Ca."""
    return float(gap_m / (1 + 2 * (0.65 / capillary) ** (2 / 3)))


def faults(viscosity_pa_s: float, film_m: float, least_m: float, gap_m: float) -> tuple[str, ...]:
    """The flags of the film: too stiff a slurry, a film too thin for the bead, or thicker than the gap."""
    stiff = ("not_coatable",) if viscosity_pa_s > COATABLE_PA_S else ()
    if film_m < least_m:
        return (*stiff, "below_low_flow_limit")
    return (*stiff, "dripping") if film_m > gap_m else stiff


@remembered
def coat(material: Material, parameters: CoatingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (called alike)
    """The whole slurry as a wet film. Flags: `not_coatable`, `below_low_flow_limit`, `dripping`."""
    speed, gap, width = parameters.coating_speed, parameters.gap_height, parameters.coating_width
    film = wet_thickness_m(parameters.flow_rate, speed, width)
    viscosity = apparent_pa_s(material.viscosity_pa_s, material.yield_stress_pa, material.flow_index, speed / gap)
    capillary = capillary_number(viscosity, speed, SURFACE_TENSION_N_M)
    least = low_flow_limit_m(gap, capillary)
    flags = faults(material.viscosity_pa_s, film, least, gap)
    areal = film * material.slurry_density_kg_m3
    length = material.slurry_kg / (areal * width)
    duration_s = length / speed
    web = material.but(
        slurry_kg=0.0,
        solid_kg_m2=areal * material.solid_share,
        solvent_kg_m2=areal * (1 - material.solid_share),
        thickness_m=film,
        thickness_sd_m=film * LOADING_CV,
        loading_cv=LOADING_CV,
        width_m=width,
        length_m=length * (1 - START_UP_SHARE),
        web_speed_m_s=speed,
        defects_m2=DEFECTS_M2 + (sum(FLAG_DEFECTS_M2[flag] for flag in flags) if flags else 0.0),
    )
    return Outcome(
        material=web,
        duration_s=duration_s,
        energy_j=COATER_W * duration_s,
        scrap_kg={"start_up": material.solid_kg * START_UP_SHARE},
        flags=flags,
        readings={
            "wet_thickness_m": film,
            "low_flow_limit_m": least,
            "capillary_number": capillary,
            "viscosity_pa_s": viscosity,
            "shear_rate_s": speed / gap,
            "loading_kg_m2": web.solid_kg_m2,
            "length_m": web.length_m,
        },
    )
