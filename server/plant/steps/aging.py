"""Ageing: the cells rest, and their voltage tells which of them leak. Those are scrapped.

K = (V1 - V2) / days. The leak is an Arrhenius process; cells differ by a factor that is lognormal, and a few have a
micro-short, whose extra drop is exponential. How many are above the limit is one binomial draw, not one per cell.
"""

from __future__ import annotations

import math
from itertools import compress
from random import Random

from clients.plant.parameters import AgingParameters
from server.plant.cell import Cells
from server.plant.material import Material
from server.plant.ocv import voltage_v
from server.plant.outcome import Outcome

GAS_J_MOL_K = 8.314
ACTIVATION_J_MOL = 50_000.0
"""Of self-discharge: 3.55 times as fast at 45 as at 25 degrees C."""
REFERENCE_K = 298.15
REJECT_MV_PER_D = 0.5
"""Usual limit of cell makers."""
SPREAD = 0.2
"""Standard deviation of ln K among sound cells (ours)."""
SHORT_MV_PER_D = 3.0
"""Mean extra drop of a cell with a micro-short (ours)."""
IRREVERSIBLE = 0.2
"""Share of the leaked charge that does not come back: it grew SEI (ours)."""
SECONDS_PER_DAY = 86_400.0
STORE_W_PER_A_H = 0.0136
"""Store at 298.15 K, per design ampere-hour; 5 K further from the hall's 293.15 K doubles what heating takes."""
HALL_K = 293.15
FEW = 30.0
"""Rejects expected up to which they are counted out, above which the normal distribution is good enough."""
NEVER = 1e-18
"""A chance that adds nothing more to a sum near 1."""


def arrhenius(temperature_k: float, activation_j_mol: float) -> float:
    """How much faster than at 298.15 K; temperature above 0 K."""
    return math.exp(activation_j_mol / GAS_J_MOL_K * (1 / REFERENCE_K - 1 / temperature_k))


def k_value_mv_per_d(first_v: float, second_v: float, days: float) -> float:
    """Drop of the resting voltage in millivolt per day."""
    return (first_v - second_v) * 1000 / days


def rest(cells: Cells, parameters: AgingParameters) -> Cells:
    """The mean cell after the store, with what it leaked and its K value."""
    leaked = parameters.k_leak * arrhenius(parameters.temperature, ACTIVATION_J_MOL) * parameters.aging_time_days * 24
    soc = cells.soc * math.exp(-leaked)
    after_v = min(cells.voltage_v, voltage_v(soc))
    lost = IRREVERSIBLE * -math.expm1(-leaked)
    return cells._replace(
        soc=soc,
        voltage_v=after_v,
        capacity_a_h=cells.capacity_a_h * (1 - lost),
        self_discharge_mv_per_d=k_value_mv_per_d(cells.voltage_v, after_v, parameters.aging_time_days),
    )


def reject_share(mean_mv_per_d: float, short_share: float) -> float:
    """Share of the cells above the limit, 0 to 1, rising with the mean and with the share that has a micro-short."""
    if mean_mv_per_d <= 0:
        sound = 0.0
    else:
        sound = math.erfc(math.log(REJECT_MV_PER_D / mean_mv_per_d) / (SPREAD * math.sqrt(2))) / 2
    short = math.exp(-max(0.0, REJECT_MV_PER_D - mean_mv_per_d) / SHORT_MV_PER_D)
    return (1 - short_share) * sound + short_share * short


def drawn(count: int, share: float, dice: Random) -> int:
    """How many of `count` it hits, when it hits each with this chance: a binomial draw."""
    if share > 0.5:  # noqa: PLR2004 (more than half)
        return count - drawn(count, 1 - share, dice)
    expected = count * share
    if expected > FEW:
        near = round(dice.normalvariate(expected, math.sqrt(expected * (1 - share))))
        return min(count, max(0, near))
    return _counted_out(count, share, dice.random())


def _counted_out(count: int, share: float, chance: float) -> int:
    hit, weight = 0, (1 - share) ** count
    passed = weight
    while passed < chance and weight > NEVER:
        weight *= (count - hit) / (hit + 1) * share / (1 - share)
        hit += 1
        passed += weight
    return hit


def age(material: Material, parameters: AgingParameters, dice: Random) -> Outcome:
    """The cells that hold their voltage; those that drop by more than 0.5 mV a day are scrapped (`self_discharge`).

    Scrap is the mass of their coatings, as everywhere; `rejected_kg` is their whole mass.

    Flags: `no_cells` (none came, or none is left), `high_self_discharge` (the mean cell is above the limit).
    """
    cells = rest(material.cells, parameters)
    mean = cells.self_discharge_mv_per_d
    rejects = drawn(material.count, reject_share(mean, cells.short_share), dice)
    left = material.count - rejects
    seconds = parameters.aging_time_days * SECONDS_PER_DAY
    found = {"no_cells": left == 0, "high_self_discharge": mean > REJECT_MV_PER_D}
    return Outcome(
        material=material.but(temperature_k=parameters.temperature, count=left, cells=cells),
        duration_s=seconds,
        energy_j=material.count * store_w(material.cells, parameters.temperature) * seconds,
        scrap_kg={"self_discharge": rejects * cells.solid_kg},
        flags=tuple(compress(found, found.values())),
        readings={
            "self_discharge_mv_per_d": mean,
            "rejected_cells": float(rejects),
            "rejected_kg": rejects * cells.mass_kg,
            "good_cells": float(left),
            "rest_voltage_v": cells.voltage_v,
            "capacity_a_h": cells.capacity_a_h,
        },
    )


def store_w(cells: Cells, temperature_k: float) -> float:
    """What keeping one cell in a store of this temperature takes."""
    away = abs(temperature_k - HALL_K) / (REFERENCE_K - HALL_K)
    return STORE_W_PER_A_H * cells.design_capacity_a_h * (1 + away) / 2
