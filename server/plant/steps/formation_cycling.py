"""Formation: the first charge, constant current and then constant voltage, in which the anode grows its skin (SEI).

Closed form. The terminal is at OCV(SOC) + I R; the current holds until that meets the limit, then it decays as
exp(-t / tau), with the OCV taken as straight from there to the limit. The SEI takes a share of the anode's capacity
(graphite: 5 to 15 % of the lithium), most of it early in the charge. The machine's parameters run one charge; losses of
later cycles, smaller by a factor each, do not arise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import compress
from random import Random
from typing import NamedTuple

from clients.plant.parameters import FormationCyclingParameters
from server.plant.cell import NOMINAL_V, Cells
from server.plant.material import Material
from server.plant.ocv import soc_at, voltage_v
from server.plant.outcome import Outcome

LEAST_WETTED = 1e-9
"""Share of the pores: of a cell with less nothing is formed; its resistance may be beyond what a float holds."""
OHM_M2 = 3e-3
"""Resistance times facing area: 30 ohm cm2, the order of the direct-current resistance of energy cells."""
SEI_SHARE = 0.08
"""Of the anode's facing capacity; gives first-cycle efficiencies of 0.85 to 0.92 for N/P of 1 to 1.6."""
SEI_SPAN = 0.15
"""State of charge in which 1 - 1/e of the SEI has grown."""
WATER_KG_MOL, FARADAY_A_H_MOL = 0.018015, 26.801
"""Each molecule of water takes one lithium."""
HIGHEST_LIMIT_V = 4.25
"""Above, NMC 622 gives off oxygen and the electrolyte oxidises."""
LOWEST_FORMED_V = 3.5
"""A cell that rests below has not been formed: its skin is thin and its copper not safe."""
LEAST_OF_DESIGN = 0.80
CHARGER_EFFICIENCY = 0.80
CHANNEL_W_PER_A_H = 0.35
"""Climate chamber and idle electronics, per design ampere-hour."""


class Charge(NamedTuple):
    """One charge: where it ended, and how long the two phases took."""

    soc: float
    constant_current_s: float
    constant_voltage_s: float


Charging = Callable[[float, float, float, float, float, float], Charge]
"""What `charge` is: the way from the start to the end of a charge."""


def charge(
    start_soc: float, capacity_a_h: float, current_a: float, limit_v: float, resistance_ohm: float, duration_s: float
) -> Charge:
    """CC-CV from `start_soc` for the whole duration; all arguments positive but the first, which may be 0.

    Where the resistance alone lifts the terminal to the limit, there is no constant-current phase.
    """
    turn = max(start_soc, soc_at(limit_v - current_a * resistance_ohm))
    constant_current_s = 3600 * (turn - start_soc) * capacity_a_h / current_a
    if constant_current_s >= duration_s:
        return Charge(start_soc + current_a * duration_s / 3600 / capacity_a_h, duration_s, 0.0)
    held_s = duration_s - constant_current_s
    left = max(0.0, soc_at(limit_v) - turn)
    first_a = min(current_a, (limit_v - voltage_v(turn)) / resistance_ohm)
    if left == 0 or first_a <= 0:
        return Charge(turn, constant_current_s, held_s)
    tau_s = 3600 * capacity_a_h * left / first_a
    return Charge(turn - left * math.expm1(-held_s / tau_s), constant_current_s, held_s)


def first_cycle_efficiency(np_ratio: float, charged_share: float) -> float:
    """What can be drawn of what was charged, 0 to 1, after a charge by `charged_share` of the cathode (above 0)."""
    grown = -math.expm1(-charged_share / SEI_SPAN)
    return max(0.0, 1 - SEI_SHARE * max(1.0, np_ratio) * grown / charged_share)


def usable_a_h(charged_a_h: float, efficiency: float) -> float:
    """Q - Q_loss, with Q_loss = (1 - FCE) Q."""
    return charged_a_h * efficiency


def water_a_h(solid_kg: float, water_ppm: float) -> float:
    """Charge that the water in the coatings takes."""
    return solid_kg * water_ppm * 1e-6 / WATER_KG_MOL * FARADAY_A_H_MOL


def form(material: Material, parameters: FormationCyclingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (called alike)
    """The same cells, charged in closed form. Flags and readings are those of `form_with`."""
    return form_with(charge, material, parameters)


def form_with(charging: Charging, material: Material, parameters: FormationCyclingParameters) -> Outcome:
    """The same cells, charged. The channel is theirs for the whole `formation_duration_s`.

    Flags: `no_cells`, `formation_incomplete` (still at constant current at the end), `over_voltage` (the limit above
    4.25 V, or met at once by the current's own drop), `low_voltage` (rests below 3.5 V), `low_capacity` (below 80 % of
    the design).
    """
    before = material.cells
    reached_a_h = before.design_capacity_a_h * before.wetted
    if not material.count or reached_a_h <= 0 or before.wetted < LEAST_WETTED:
        return _unformed(material, parameters)
    start = soc_at(parameters.initial_voltage)
    resistance_ohm = OHM_M2 / (before.facing_area_m2 * before.wetted)
    run = charging(
        start,
        reached_a_h,
        parameters.charge_current_A,
        parameters.charge_voltage_limit_V,
        resistance_ohm,
        parameters.formation_duration_s,
    )
    after = _formed(before, reached_a_h, start, run.soc)
    charged_a_h = (run.soc - start) * reached_a_h
    return Outcome(
        material=material.but(cells=after),
        duration_s=parameters.formation_duration_s,
        energy_j=material.count * _cell_j(before, charged_a_h, parameters.formation_duration_s),
        flags=_flags(after, run, parameters),
        readings={
            "constant_current_s": run.constant_current_s,
            "constant_voltage_s": run.constant_voltage_s,
            "charged_a_h": charged_a_h,
            "capacity_a_h": after.capacity_a_h,
            "share_of_design": after.capacity_a_h / after.design_capacity_a_h,
            "sei_loss_a_h": after.sei_loss_a_h,
            "rest_voltage_v": after.voltage_v,
            "current_a": parameters.charge_current_A,
            "limit_v": parameters.charge_voltage_limit_V,
            "start_soc": start,
            "reached_a_h": reached_a_h,
            "resistance_ohm": resistance_ohm,
        },
    )


def _formed(cells: Cells, reached_a_h: float, start: float, soc: float) -> Cells:
    charged_a_h = (soc - start) * reached_a_h
    efficiency = first_cycle_efficiency(cells.np_ratio, soc - start) if soc > start else 1.0
    drawn = start * reached_a_h + usable_a_h(charged_a_h, efficiency) - water_a_h(cells.solid_kg, cells.water_ppm)
    capacity = max(0.0, drawn)
    return cells._replace(
        capacity_a_h=capacity,
        sei_loss_a_h=soc * reached_a_h - capacity,
        soc=soc,
        voltage_v=voltage_v(soc),
    )


def _cell_j(cells: Cells, charged_a_h: float, duration_s: float) -> float:
    charged_j = charged_a_h * 3600 * NOMINAL_V / CHARGER_EFFICIENCY
    return charged_j + CHANNEL_W_PER_A_H * cells.design_capacity_a_h * duration_s


def _unformed(material: Material, parameters: FormationCyclingParameters) -> Outcome:
    idle_j = material.count * _cell_j(material.cells, 0.0, parameters.formation_duration_s)
    flags = ("low_voltage", "low_capacity") if material.count else ("no_cells",)
    return Outcome(material, parameters.formation_duration_s, idle_j, flags=flags)


def _flags(cells: Cells, run: Charge, parameters: FormationCyclingParameters) -> tuple[str, ...]:
    found = {
        "formation_incomplete": run.constant_voltage_s == 0,
        "over_voltage": parameters.charge_voltage_limit_V > HIGHEST_LIMIT_V or run.constant_current_s == 0,
        "low_voltage": cells.voltage_v < LOWEST_FORMED_V,
        "low_capacity": cells.capacity_a_h < LEAST_OF_DESIGN * cells.design_capacity_a_h,
    }
    return tuple(compress(found, found.values()))
