"""Inspection: the lanes are judged in pieces, and what is found bad is cut out.

Surface defects are Poisson; a bad piece is found with a probability, and now and then a good one is taken for bad.
Each piece's luck is the binomial's, so that a batch costs five throws of the dice however long it is.
"""

from __future__ import annotations

from random import Random

from clients.plant.parameters import ElectrodeInspectionParameters
from server.plant.chance import beyond, how_many, more_than, outside
from server.plant.material import Material
from server.plant.outcome import Outcome

PIECE_M = 10.0
"""Length of lane that is judged and cut out as one."""
DETECTION = 0.98
"""p_d: share of what is bad that the cameras and gauges see."""
FALSE_REJECT = 0.002
"""p_f: share of good pieces that are taken for bad."""
BURR_CV = 0.2
"""Scatter of the burr along an edge, as a share."""
INSPECTION_M_S = 0.2
INSPECTION_W = 1690.0
"""Set so that both inspections take about 0.1 kWh per kWh of cell (our split)."""
MICROMETRE_M = 1e-6


def rejections(material: Material, parameters: ElectrodeInspectionParameters) -> tuple[tuple[str, float], ...]:
    """How likely a piece is rejected, by cause, in the order in which it is judged.

    A surface defect is seen by itself, so that those seen are Poisson too, of DETECTION times the density.
    """
    burr_limit = parameters.B_max * MICROMETRE_M
    seen = material.defects_m2 * material.width_m * PIECE_M * DETECTION
    wide = outside(parameters.epsilon_width_max, material.width_error_m, material.width_sd_m)
    thick = outside(parameters.epsilon_thickness_max, material.thickness_error_m, material.thickness_sd_m)
    return (
        ("surface", more_than(parameters.D_surface_max, seen)),
        ("width", DETECTION * wide),
        ("thickness", DETECTION * thick),
        ("burr", DETECTION * beyond(burr_limit, material.burr_m, BURR_CV * material.burr_m)),
        ("false_reject", FALSE_REJECT),
    )


def escapes(pieces: float, bad_share: float, detection: float = DETECTION) -> float:
    """How many bad pieces pass, on average: n p (1 - p_d)."""
    return pieces * bad_share * (1 - detection)


def let_pass_m2(material: Material, limit: int, rejected: float) -> float:
    """Surface defects per m2 of what passes: those not seen, and those seen but within the limit.

    `rejected` is the share of pieces that have more than that: `surface` of `rejections`.
    """
    area = material.width_m * PIECE_M
    seen = material.defects_m2 * area * DETECTION
    kept = 1 - rejected
    within = seen * (1 - more_than(limit - 1, seen)) / kept if kept > 0 else 0.0
    return material.defects_m2 * (1 - DETECTION) + within / area


def inspect(material: Material, parameters: ElectrodeInspectionParameters, dice: Random) -> Outcome:
    """The lanes without their bad pieces; the lanes stay alike, so that the length shrinks by what is cut out.

    Scrap by cause: `surface`, `width`, `thickness`, `burr`, `false_reject`. Flag `all_scrapped`: nothing is left.
    """
    pieces = max(1, round(material.lanes * material.length_m / PIECE_M))
    piece_kg = material.solid_kg / pieces
    left, scrap_kg, chances = pieces, {}, rejections(material, parameters)
    for cause, chance in chances:
        taken = how_many(dice.random(), left, chance)
        if taken:
            scrap_kg[cause] = taken * piece_kg
            left -= taken
    duration_s = material.length_m / INSPECTION_M_S
    bad = (1 - (1 - chances[1][1]) * (1 - chances[2][1]) * (1 - chances[3][1])) / DETECTION
    return Outcome(
        material=material.but(
            length_m=material.length_m * left / pieces,
            defects_m2=let_pass_m2(material, parameters.D_surface_max, chances[0][1]),
        ),
        duration_s=duration_s,
        energy_j=INSPECTION_W * duration_s,
        scrap_kg=scrap_kg,
        flags=() if left else ("all_scrapped",),
        readings={
            "pieces": float(pieces),
            "passed": float(left),
            "yield_share": left / pieces,
            "escapes": escapes(left, bad),
            "width_error_m": material.width_error_m,
            "thickness_error_m": material.thickness_error_m,
            "burr_m": material.burr_m,
        },
    )
