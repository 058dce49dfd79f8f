"""Slitting: knives part the web into lanes. What fits no lane, and the web's edges, are trim."""

from __future__ import annotations

import math
from random import Random

from clients.plant.parameters import SlittingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome

SETTING_M = 4e-5
"""How exactly the knives are set for a batch, at most off either way."""
WANDER_M = 6e-5
"""Scatter of the width along a taut web; with SLACK at usual tension 0.07 mm, of the usual 0.05 to 0.15."""
SLACK_N_M = 20.0
"""Tension per width at which the wander doubles (ours)."""
NEW_BURR_M, WEAR_M_PER_M = 3e-6, 1e-9
"""Burr of a new blade, and what a metre of cut adds: 5 um after 2 km, 15 um after 12 km (ours, in the usual range)."""
BURR_LIMIT_M = 12.5e-6
"""Half a separator."""
YIELD_N_M = 1000.0
"""Tension per width near which the foil stretches for good: 100 MPa in 10 um."""
SLITTER_W = 1690.0
"""Set so that both slitters take about 0.2 kWh per kWh of cell (our split)."""
FITS = 1e-9
"""What a width may lack of a whole number of lanes: the rounding of a division."""


def lanes_in(coated_m: float, target_m: float) -> int:
    """How many lanes fit; 0 where not one does."""
    return math.floor(coated_m / target_m + FITS)


def width_scatter_m(tension_n_m: float) -> float:
    """One standard deviation along the web: a slack web wanders more."""
    return WANDER_M * (1 + SLACK_N_M / tension_n_m)


def burr_m(cut_m: float, sharpness: float) -> float:
    """Height after that length of cut: (b0 + c L) / sharpness, of a blade that was changed before it."""
    return (NEW_BURR_M + WEAR_M_PER_M * cut_m) / sharpness


def faults(lanes: int, burr: float, tension_n_m: float) -> tuple[str, ...]:
    """The flags of the cut."""
    narrow = () if lanes else ("narrower_than_target",)
    cut = (*narrow, "burr_high") if burr > BURR_LIMIT_M else narrow
    return (*cut, "overstretched") if tension_n_m > YIELD_N_M else cut


def slit(material: Material, parameters: SlittingParameters, dice: Random) -> Outcome:
    """The web in lanes. A web narrower than the target stays one lane, flagged; all of its width is then an error.

    Flags: `narrower_than_target`, `burr_high`, `overstretched`. Scrap: `trim`.
    """
    fitting, tension = (
        lanes_in(material.width_m, parameters.target_width),
        parameters.slitting_tension / material.width_m,
    )
    lanes = max(1, fitting)
    width = min(parameters.target_width + dice.uniform(-SETTING_M, SETTING_M), material.width_m / lanes)
    burr = burr_m(material.length_m / 2, parameters.blade_sharpness)
    trim_m = max(0.0, material.width_m - lanes * width)
    trim_kg = material.solid_kg_m2 * trim_m * material.length_m
    duration_s = material.length_m / parameters.slitting_speed
    scatter = width_scatter_m(tension)
    return Outcome(
        material=material.but(
            width_m=width,
            lanes=lanes,
            width_sd_m=scatter,
            width_error_m=width - parameters.target_width,
            burr_m=burr,
        ),
        duration_s=duration_s,
        energy_j=SLITTER_W * duration_s,
        scrap_kg={"trim": trim_kg} if trim_kg > 0 else {},
        flags=faults(fitting, burr, tension),
        readings={
            "width_m": width,
            "lanes": float(lanes),
            "width_sd_m": scatter,
            "burr_m": burr,
            "trim_m": trim_m,
            "tension_n_m": tension,
        },
    )
