"""How a slurry flows: Krieger-Dougherty for its particles, Herschel-Bulkley for its flow curve."""

from __future__ import annotations

import math

REFERENCE_RATE_S = 100.0
"""The shear rate, in 1/s, at which a viscosity is told: between that of a mixer's bulk and of a slot die."""
JAMMED_PA_S = 1e6
"""What stands for a paste that does not flow at all, at the reference rate: particles at or beyond their packing limit
have no viscosity in the model. Always with the flag `not_coatable`."""
COATABLE_PA_S = 100.0
"""The stiffest slurry that a slot die's pump delivers, at the reference rate (ours; usual slurries are below 10)."""
GAS_J_MOL_K = 8.314


def relative_viscosity(volume_share: float, packing_limit: float, intrinsic: float) -> float:
    """Of a suspension, over its medium's: (1 - phi/phi_m)^(-[eta] phi_m); infinite at the packing limit and beyond.

    `intrinsic` is 2.5 for spheres, 3 to 5 for flakes; `packing_limit` 0.60 to 0.68. Krieger & Dougherty 1959.
    """
    if volume_share >= packing_limit:
        return math.inf
    return float((1 - volume_share / packing_limit) ** (-intrinsic * packing_limit))


def relative_yield_stress(volume_share: float, relative: float) -> float:
    """Of a suspension, over its medium's: sqrt((1 - phi) eta_r). Chateau, Ovarlez & Trung 2008, J. Rheol. 52, 489."""
    return math.sqrt((1 - volume_share) * relative)


def stress_pa(yield_stress_pa: float, consistency: float, flow_index: float, rate_s: float) -> float:
    """The flow curve tau0 + K g^n, K in Pa s^n, the shear rate g in 1/s. Herschel & Bulkley 1926."""
    return yield_stress_pa + consistency * float(rate_s**flow_index)


def apparent_pa_s(viscosity_pa_s: float, yield_stress_pa: float, flow_index: float, rate_s: float) -> float:
    """The viscosity at another shear rate, from the one at the reference rate: tau(g) / g on the same flow curve."""
    consistency = (viscosity_pa_s * REFERENCE_RATE_S - yield_stress_pa) / REFERENCE_RATE_S**flow_index
    return stress_pa(yield_stress_pa, consistency, flow_index, rate_s) / rate_s


def arrhenius(energy_j_mol: float, temperature_k: float, reference_k: float = 298.15) -> float:
    """The factor exp(E/R (1/T - 1/T0)) by which a liquid gets thinner as it gets warmer; 1 at the reference."""
    return math.exp(energy_j_mol / GAS_J_MOL_K * (1 / temperature_k - 1 / reference_k))
