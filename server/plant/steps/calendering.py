"""Calendering: two rolls press the coating. Their gap sets the thickness, their line load is what they can exert.

Porosity falls with the line load as Meyer 2017 measured, eps = eps_min + (eps0 - eps_min) exp(-q / g_c); the solids
stay, (1 - eps) h = const. Machine side after Schreiner 2019.
"""

from __future__ import annotations

import math
from random import Random

from clients.plant.models import Line
from clients.plant.parameters import CalenderingParameters
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.remembered import remembered

ROLL_RADIUS_M = 0.35
LEAST_POROSITY = {Line.ANODE: 0.20, Line.CATHODE: 0.18}
"""eps_min (0.15 to 0.25)."""
RESISTANCE_N_M = {Line.ANODE: 300e3, Line.CATHODE: 250e3}
"""g_c at SOFTENING_K (150 to 600 N/mm; ours within that)."""
SOFTENING_K, SOFTENING_PER_K = 353.15, 0.003
"""A hotter binder gives way: g_c falls by 0.3 % a kelvin (ours; the direction is measured, the slope is not)."""
SPRINGBACK = 0.08
"""Share of the compression that comes back behind the rolls: 2 to 5 % of the thickness at usual settings."""
RUN_OUT_M = 1e-6
"""Scatter of the gap as the rolls turn, one standard deviation."""
TARGET_POROSITY = {Line.ANODE: (0.25, 0.35), Line.CATHODE: (0.20, 0.30)}
DRIVES_W, ROOM_K, HEAT_W_K = 2_400.0, 298.15, 45.0
"""Drives, and heat lost by the rolls per kelvin, set so that both calenders take about 0.6 kWh per kWh of cell."""
HALVINGS = 48


def porosity_under(line_load_n_m: float, initial: float, least: float, resistance_n_m: float) -> float:
    """What a line load leaves of the pores: eps_min + (eps0 - eps_min) exp(-q / g_c); Meyer 2017, up to 1 kN/mm."""
    return least + (initial - least) * math.exp(-line_load_n_m / resistance_n_m)


def line_load_n_m(pressure_pa: float, compression_m: float) -> float:
    """What the rolls exert at that pressure over their contact: p sqrt(R dh), in N per m of width."""
    return pressure_pa * math.sqrt(ROLL_RADIUS_M * compression_m)


def work_j_m2(load_n_m: float, compression_m: float) -> float:
    """What pressing takes per m2 of web: mean pressure times way, q / sqrt(R dh) dh."""
    return load_n_m * math.sqrt(compression_m / ROLL_RADIUS_M)


def resistance_n_m(line: Line, temperature_k: float) -> float:
    """g_c: what the coating sets against the rolls, less when hot."""
    return RESISTANCE_N_M[line] * math.exp(-SOFTENING_PER_K * (temperature_k - SOFTENING_K))


class Nip:
    """The contact of one web with the rolls: thickness before, its porosity there, and how both bodies give way.

    The porosity by geometry falls ever faster with the compression and the one that the line load reaches ever slower;
    so the rolls can press the web up to exactly one compression, and no further.
    """

    __slots__ = ("initial", "least", "pressure_pa", "resistance", "thickness_m")

    def __init__(self, thickness_m: float, initial: float, least: float, resistance: float, pressure_pa: float) -> None:
        self.thickness_m, self.initial, self.least = thickness_m, initial, least
        self.resistance, self.pressure_pa = resistance, pressure_pa

    def porosity_at(self, thickness_m: float) -> float:
        """By geometry: what is not solid."""
        return 1 - (1 - self.initial) * self.thickness_m / thickness_m

    def reaches(self, thickness_m: float) -> bool:
        """Whether the rolls can press the web that thin."""
        load = line_load_n_m(self.pressure_pa, self.thickness_m - thickness_m)
        return self.porosity_at(thickness_m) >= porosity_under(load, self.initial, self.least, self.resistance)

    def thinnest_m(self) -> float:
        """What is reached at full load, by bisection between no compression and the least porosity."""
        if self.initial <= self.least:
            return self.thickness_m
        reached, beyond = self.thickness_m, self.thickness_m * (1 - self.initial) / (1 - self.least)
        for _ in range(HALVINGS):
            middle = (reached + beyond) / 2
            reached, beyond = (middle, beyond) if self.reaches(middle) else (reached, middle)
        return reached

    def load_n_m(self, thickness_m: float) -> float:
        """The line load that it takes to get there: the law of porosity backwards; 0 for what gives way no more."""
        left, whole = self.porosity_at(thickness_m) - self.least, self.initial - self.least
        return self.resistance * math.log(whole / left) if 0 < left < whole else 0.0


def incoming(material: Material, parameters: CalenderingParameters) -> tuple[float, float, tuple[str, ...]]:
    """Thickness and porosity before the rolls, overrides first, and their marks.

    A given thickness below that of the solids alone cannot be: it is marked and the dried one is used.
    """
    flags: tuple[str, ...] = ()
    thickness, dense = material.thickness_m, material.solid_kg_m2 / material.solid_density_kg_m3
    if parameters.dry_thickness is not None:
        possible = parameters.dry_thickness > dense
        flags = ("dry_thickness_overridden",) if possible else ("dry_thickness_below_solids",)
        thickness = parameters.dry_thickness if possible else thickness
    if parameters.initial_porosity is None:
        return thickness, 1 - dense / thickness, flags
    return thickness, parameters.initial_porosity, (*flags, "initial_porosity_overridden")


def pressed(nip: Nip, gap_m: float) -> tuple[float, tuple[str, ...]]:
    """Thickness between the rolls, and its flag: `gap_wider_than_web` or `force_limited` where the gap is not met."""
    if gap_m >= nip.thickness_m:
        return nip.thickness_m, ("gap_wider_than_web",)
    if nip.initial > nip.least and gap_m > nip.thickness_m * (1 - nip.initial) and nip.reaches(gap_m):
        return gap_m, ()
    return nip.thinnest_m(), ("force_limited",)


def off_target(line: Line, porosity: float) -> bool:
    """Whether the porosity lies outside what a cell of today wants."""
    low, high = TARGET_POROSITY[line]
    return not low <= porosity <= high


@remembered
def calender(material: Material, parameters: CalenderingParameters, dice: Random) -> Outcome:  # noqa: ARG001 (alike)
    """The web, compressed. Flags: what `pressed` and `incoming` tell, `solids_limited`, `porosity_off_target`.

    `solids_limited`: an override says more pores than there are, and the rolls would press solids into each other.
    """
    least = LEAST_POROSITY[material.line]
    before, initial, marks = incoming(material, parameters)
    resistance = resistance_n_m(material.line, parameters.temperature)
    nip = Nip(before, initial, least, resistance, parameters.roll_pressure)
    between, flags = pressed(nip, parameters.roll_gap)
    dense = material.solid_kg_m2 / material.solid_density_kg_m3
    after = between + SPRINGBACK * (before - between)
    if after < dense / (1 - least) and between < before:
        after, flags = dense / (1 - least), (*flags, "solids_limited")
    porosity = 1 - dense / after
    met = not flags
    duration_s = material.length_m / parameters.roll_speed
    heat_w = HEAT_W_K * abs(parameters.temperature - ROOM_K)
    load = nip.load_n_m(between)
    return Outcome(
        material=material.but(
            thickness_m=after,
            porosity=porosity,
            thickness_sd_m=RUN_OUT_M if met else material.thickness_sd_m * after / material.thickness_m,
            thickness_error_m=0.0 if "gap_wider_than_web" in flags else after - parameters.roll_gap,
        ),
        duration_s=duration_s,
        energy_j=(DRIVES_W + heat_w) * duration_s + work_j_m2(load, before - between) * material.area_m2,
        flags=(*flags, *(("porosity_off_target",) if off_target(material.line, porosity) else ()), *marks),
        readings={
            "thickness_m": after,
            "porosity": porosity,
            "line_load_n_m": load,
            "capacity_n_m": line_load_n_m(parameters.roll_pressure, before - between),
            "density_kg_m3": material.solid_kg_m2 / after,
        },
    )
