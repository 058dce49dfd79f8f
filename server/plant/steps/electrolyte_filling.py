"""Filling: the cells are emptied, given their dose of electrolyte, and rest until it has crept into the pores.

Wetting after Lucas and Washburn (the front runs with the square root of time), slowed to what is seen in stacks; gas
that the vacuum left is pressed together when the chamber is vented (Boyle) and keeps its share of the pores dry. Wu et
al. 2004: hours with vacuum, days without. Lee and Jeon 2014: denser coatings wet more slowly.
"""

from __future__ import annotations

import math
from itertools import compress
from random import Random

from clients.plant.parameters import ElectrolyteFillingParameters
from server.plant.cell import Cells
from server.plant.material import Material
from server.plant.outcome import Outcome

ATMOSPHERE_KPA = 101.325
PORE_RADIUS_M = 0.5e-6
SURFACE_TENSION_N_M = 0.035
CONTACT_ANGLE_RAD = math.radians(30)
VISCOSITY_PA_S = 3e-3
"""1 mol/l LiPF6 in EC/EMC at 25 degrees C: 3 to 4 mPa s, 30 to 40 mN/m."""
STACK_SHARE = 0.16
"""Of the ideal capillary's speed, in a pressed stack at `USUAL_POROSITY`: 0.25 of 1.59 mm/s^0.5 (seen: 0.05 to 0.5)."""
USUAL_POROSITY = 0.30
EXCESS = 1.1
"""Dose over pore volume (1.05 to 1.3)."""
GAS_DRAWN_IN = 0.1
"""Share of the dose's over-pressure that gets into the pores as gas ahead of the liquid (ours)."""
BOILING_KPA = 4.0
"""Vapour pressure of linear carbonates at 25 degrees C: EMC 3.6, DMC 7 kPa pure, less in the mixture."""
WETTED_ENOUGH = 0.90
NOZZLES = 24
PULSES, PULSE_S = 3, 20.0
PUMP_DOWN_S = 10.0
"""Time in which the pump takes the chamber to 1/e of its pressure."""
CHAMBER_W = 5000.0
REST_W_PER_CELL = 0.11
"""Tempered storage while the cells soak."""


def washburn_m_per_sqrt_s(radius_m: float, tension_n_m: float, angle_rad: float, viscosity_pa_s: float) -> float:
    """K of L = K sqrt(t) in a straight capillary: sqrt(r gamma cos(theta) / (2 mu))."""
    return math.sqrt(radius_m * tension_n_m * math.cos(angle_rad) / (2 * viscosity_pa_s))


IDEAL_M_PER_SQRT_S = washburn_m_per_sqrt_s(PORE_RADIUS_M, SURFACE_TENSION_N_M, CONTACT_ANGLE_RAD, VISCOSITY_PA_S)


def front_m(speed_m_per_sqrt_s: float, seconds: float) -> float:
    """How far the liquid has crept."""
    return speed_m_per_sqrt_s * math.sqrt(seconds)


def dose_ml(pore_ml: float, excess: float) -> float:
    """What a cell is given."""
    return pore_ml * excess


def gas_share(emptied_kpa: float, dosing_kpa: float) -> float:
    """Share of the pores that gas keeps after venting, 0 to 1: what the pump left, and what the dose drew in."""
    left = emptied_kpa + GAS_DRAWN_IN * max(0.0, dosing_kpa - emptied_kpa)
    return min(1.0, left / ATMOSPHERE_KPA)


def wetted(cells: Cells, parameters: ElectrolyteFillingParameters) -> float:
    """Share of the pores with electrolyte in them: it creeps in from both ends of the roll, and stops at the gas."""
    speed = IDEAL_M_PER_SQRT_S * STACK_SHARE * math.sqrt(cells.tightest_porosity / USUAL_POROSITY)
    reach = 2 * front_m(speed, parameters.soaking_time) / cells.height_m if cells.height_m > 0 else 0.0
    return min(1.0, reach) * (1 - gas_share(parameters.vacuum_level, parameters.vacuum_filling))


def fill(material: Material, parameters: ElectrolyteFillingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (called alike)
    """The same cells with their electrolyte, whose mass is the reading `electrolyte_kg`: the cells gain just that.

    Flags: `no_cells`, `under_wetted` (below 90 % of the pores), `electrolyte_boils` (dosed below its vapour pressure).
    """
    cells = material.cells._replace(
        electrolyte_ml=dose_ml(material.cells.pore_ml, EXCESS),
        wetted=wetted(material.cells, parameters),
    )
    dosing_s = _dosing_s(material.count, parameters.vacuum_level)
    return Outcome(
        material=material.but(cells=cells),
        duration_s=dosing_s + parameters.soaking_time,
        energy_j=CHAMBER_W * dosing_s + REST_W_PER_CELL * material.count * parameters.soaking_time,
        flags=_flags(cells, parameters) if material.count else ("no_cells",),
        readings={
            "dose_ml": cells.electrolyte_ml,
            "electrolyte_kg": cells.electrolyte_kg * material.count,
            "wetted_share": cells.wetted,
            "dosing_s": dosing_s,
        },
    )


def _dosing_s(count: int, emptied_kpa: float) -> float:
    carriers = -(-count // NOZZLES)
    return carriers * (PUMP_DOWN_S * max(0.0, math.log(ATMOSPHERE_KPA / emptied_kpa)) + PULSES * PULSE_S)


def _flags(cells: Cells, parameters: ElectrolyteFillingParameters) -> tuple[str, ...]:
    found = {
        "under_wetted": cells.wetted < WETTED_ENOUGH,
        "electrolyte_boils": parameters.vacuum_filling < BOILING_KPA,
    }
    return tuple(compress(found, found.values()))
