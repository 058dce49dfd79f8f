"""Winding: the two webs and two separators become jelly rolls of one diameter, as many as the shorter web gives.

Length of a roll, taper and tension after converting practice (Lee et al. 2009, J. Mech. Sci. Technol. 23, 3036, for
what taper does to telescoping and starring); capacity from the areal mass of active material.
"""

from __future__ import annotations

import math
from itertools import compress
from random import Random
from typing import NamedTuple

from clients.plant.models import Line
from clients.plant.parameters import RewindingParameters
from server.plant.cell import Cells
from server.plant.material import Material
from server.plant.outcome import Outcome

GRAPHITE_A_H_KG = 350.0
"""Usable of the 372 A h/kg of LiC6."""
NMC_A_H_KG = 180.0
"""NMC 622, first charge to 4.2 V against graphite (175 to 190 A h/kg in makers' sheets)."""
CORE_M = 0.005
"""Mandrel of the winder."""
ROLL_M = 0.0205
"""A full jelly roll; its can is 21 mm wide. With the default webs it holds about 5 A h."""
COPPER_M, ALUMINIUM_M, SEPARATOR_M = 8e-6, 12e-6, 12e-6
"""Foil and separator gauges of today's energy cells."""
COPPER_KG_M3, ALUMINIUM_KG_M3, POLYETHYLENE_KG_M3 = 8960.0, 2700.0, 950.0
SEPARATOR_POROSITY = 0.4
SEPARATORS_KG_M2 = 2 * SEPARATOR_M * (1 - SEPARATOR_POROSITY) * POLYETHYLENE_KG_M3
"""Of both."""
COPPER_KG_M2, ALUMINIUM_KG_M2 = COPPER_M * COPPER_KG_M3, ALUMINIUM_M * ALUMINIUM_KG_M3
CAN_KG_M2 = 2.0
"""0.25 mm of steel."""
ANODE_LEAD_M = 0.01
"""The anode is longer than the cathode by this much, so that no cathode faces bare copper."""
EDGE_ERROR_M = 1e-4
"""How far the edge guide lets the two webs run beside each other."""
UNCOVERED_M = 1e-3
"""A cathode wider than its anode by more has an edge on which lithium plates."""
LOOSE_N_M, TIGHT_N_M = 60.0, 300.0
"""Tension per width: below, the rim slides (telescoping); above, the core buckles (starring); usual: 100 to 300."""
LEAST_TAPER = 0.05
"""Below, the rim is wound as tight as the core and presses it into a star, on a roll thicker than twice its core."""
MOIST_PERCENT = 2.0
"""Relative humidity above which a room is no dry room (2 % at 21 degrees C is a dew point of about -30)."""
DRY_PPM, PPM_PER_PERCENT = 10.0, 20.0
"""Water in the coatings, of their mass: what vacuum drying leaves, and what each per cent of humidity adds (ours; it
gives the 500 to 1000 ppm of electrodes left in ordinary air)."""
SHORT_SHARE = 0.002
"""Cells with a micro-short from particles alone (ours; a steady line loses 0.1 to 1 % in the store)."""
CHANGEOVER_S, THREADING_S = 3.5, 180.0
"""Cut, tape and eject one roll; thread one batch."""
WINDER_W = 5000.0
WOUND = Material(line=Line.CELL)
"""What cells begin as: nothing of the webs but what `cells` says."""


class Roll(NamedTuple):
    """One jelly roll: cathode length, facing width and area, and what its pieces of web weigh in solids."""

    length_m: float
    facing_width_m: float
    anode_kg: float
    cathode_kg: float

    @property
    def facing_area_m2(self) -> float:
        """Where the coatings face each other."""
        return self.length_m * self.facing_width_m


def roll_diameter_m(core_m: float, length_m: float, stack_m: float) -> float:
    """D = sqrt(D0^2 + 4 L d / pi): the area of the roll's end is that of the wound layers'."""
    return math.sqrt(core_m * core_m + 4 * length_m * stack_m / math.pi)


def roll_length_m(core_m: float, diameter_m: float, stack_m: float) -> float:
    """How much of a stack fills a roll; `roll_diameter_m` backwards."""
    return math.pi * (diameter_m * diameter_m - core_m * core_m) / (4 * stack_m)


def tension_n(initial_n: float, taper: float, core_m: float, diameter_m: float) -> float:
    """Hyperbolic taper T = T0 (1 - a (1 - D0 / D)), in newton at this diameter; `taper` from 0 to 1."""
    return initial_n * (1 - taper * (1 - core_m / diameter_m))


def facing_width_m(anode_m: float, cathode_m: float) -> float:
    """Width of the overlap of two webs whose middles are `EDGE_ERROR_M` apart, at least 0."""
    return max(0.0, min(anode_m, cathode_m, (anode_m + cathode_m) / 2 - EDGE_ERROR_M))


def short_share(burr_m: float) -> float:
    """Share of cells with a micro-short, 0 to 1: doubled by a burr of half the separator, growing with its square."""
    return min(1.0, SHORT_SHARE * (1 + (2 * burr_m / SEPARATOR_M) ** 2))


def areal_capacity_a_h_m2(web: Material) -> float:
    """Capacity of one coating: its active mass times the specific capacity of graphite or NMC."""
    specific = GRAPHITE_A_H_KG if web.line is Line.ANODE else NMC_A_H_KG
    return web.solid_kg_m2 * web.active_share * specific


def stack_m(anode: Material, cathode: Material) -> float:
    """Thickness of one turn: both coatings, both foils, two separators."""
    return anode.thickness_m + cathode.thickness_m + COPPER_M + ALUMINIUM_M + 2 * SEPARATOR_M


def rolls_of(web: Material, piece_m: float) -> int:
    """Whole pieces that the web's lanes give, each lane cut by itself."""
    return int(web.length_m / piece_m) * web.lanes


def wind(anode: Material, cathode: Material, parameters: RewindingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (called alike)
    """Cells of both webs; what is too short or has no partner is scrapped (`odd_ends`, `unpaired`).

    Flags: `no_cells` (webs too short or bare), `anode_too_small` (N/P below 1: lithium will plate),
    `cathode_uncovered`, `telescoping`, `starring`, `moist_room`.
    """
    roll = _roll(anode, cathode)
    pieces = rolls_of(anode, roll.length_m + ANODE_LEAD_M), rolls_of(cathode, roll.length_m)
    cells = _cells(anode, cathode, roll, parameters.environment_humidity)
    count = min(pieces) if cells.design_capacity_a_h > 0 else 0
    rim_n = tension_n(parameters.initial_tension, parameters.tapering_steps, CORE_M, ROLL_M)
    duration_s = THREADING_S + count * (CHANGEOVER_S + roll.length_m / parameters.rewinding_speed)
    return Outcome(
        material=WOUND.but(temperature_k=anode.temperature_k, count=count, cells=cells),
        duration_s=duration_s,
        energy_j=WINDER_W * duration_s,
        scrap_kg=_scrap(anode, cathode, roll, pieces, count),
        flags=_flags(anode, cathode, cells, parameters, rim_n) if count else ("no_cells",),
        readings={
            "cells": float(count),
            "roll_diameter_m": roll_diameter_m(CORE_M, roll.length_m, stack_m(anode, cathode)),
            "roll_length_m": roll.length_m,
            "rim_tension_n": rim_n,
            "np_ratio": cells.np_ratio,
            "design_capacity_a_h": cells.design_capacity_a_h,
            "water_ppm": cells.water_ppm,
        },
    )


def _roll(anode: Material, cathode: Material) -> Roll:
    length = roll_length_m(CORE_M, ROLL_M, stack_m(anode, cathode))
    return Roll(
        length_m=length,
        facing_width_m=facing_width_m(anode.width_m, cathode.width_m),
        anode_kg=anode.solid_kg_m2 * anode.width_m * (length + ANODE_LEAD_M),
        cathode_kg=cathode.solid_kg_m2 * cathode.width_m * length,
    )


def _cells(anode: Material, cathode: Material, roll: Roll, humidity_percent: float) -> Cells:
    lithium, room = areal_capacity_a_h_m2(cathode), areal_capacity_a_h_m2(anode)
    area = roll.facing_area_m2
    pores_m = anode.porosity * anode.thickness_m + cathode.porosity * cathode.thickness_m
    return Cells(
        design_capacity_a_h=min(lithium, room) * area,
        np_ratio=room / lithium if lithium > 0 else 0.0,
        facing_area_m2=area,
        height_m=max(anode.width_m, cathode.width_m),
        pore_ml=(pores_m + 2 * SEPARATOR_M * SEPARATOR_POROSITY) * area * 1e6,
        tightest_porosity=min(anode.porosity, cathode.porosity),
        water_ppm=DRY_PPM + PPM_PER_PERCENT * humidity_percent,
        short_share=short_share(max(anode.burr_m, cathode.burr_m)),
        solid_kg=roll.anode_kg + roll.cathode_kg,
        inert_kg=_inert_kg(anode, cathode, roll),
    )


def _inert_kg(anode: Material, cathode: Material, roll: Roll) -> float:
    height = max(anode.width_m, cathode.width_m)
    separators = SEPARATORS_KG_M2 * height * roll.length_m
    copper = COPPER_KG_M2 * anode.width_m * (roll.length_m + ANODE_LEAD_M)
    aluminium = ALUMINIUM_KG_M2 * cathode.width_m * roll.length_m
    return separators + copper + aluminium + CAN_KG_M2 * math.pi * ROLL_M * (height + ROLL_M / 2)


def _scrap(anode: Material, cathode: Material, roll: Roll, pieces: tuple[int, int], count: int) -> dict[str, float]:
    wound = pieces[0] * roll.anode_kg + pieces[1] * roll.cathode_kg
    paired = count * (roll.anode_kg + roll.cathode_kg)
    return {"odd_ends": max(0.0, anode.solid_kg + cathode.solid_kg - wound), "unpaired": wound - paired}


def _flags(
    anode: Material, cathode: Material, cells: Cells, parameters: RewindingParameters, rim_n: float
) -> tuple[str, ...]:
    width = min(anode.width_m, cathode.width_m)
    found = {
        "anode_too_small": cells.np_ratio < 1,
        "cathode_uncovered": cathode.width_m - anode.width_m > UNCOVERED_M,
        "telescoping": rim_n / width < LOOSE_N_M,
        "starring": parameters.initial_tension / width > TIGHT_N_M or parameters.tapering_steps < LEAST_TAPER,
        "moist_room": parameters.environment_humidity > MOIST_PERCENT,
    }
    return tuple(compress(found, found.values()))
