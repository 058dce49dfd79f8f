"""What a wound cell is: the state that the cell line adds to the material."""

from __future__ import annotations

from typing import NamedTuple

ELECTROLYTE_KG_ML = 1.2e-3
"""1 mol/l LiPF6 in carbonates, kg/ml (1.2 to 1.3 g/ml in makers' sheets)."""
NOMINAL_V = 3.7
"""What an ampere-hour is sold at: the mean voltage of NMC against graphite, V."""


class Cells(NamedTuple):
    """The mean cell of a batch; `Material.count` tells how many there are. All figures are of one cell.

    From the winding: `design_capacity_a_h` is what the facing coatings can be charged with to 4.2 V, `np_ratio` anode
    over cathode capacity, `facing_area_m2` where the two face each other, `height_m` of the roll, `pore_ml` the pores
    of both coatings and the separators, `tightest_porosity` of the denser coating, `water_ppm` of the solids' mass,
    `short_share` of the cells have a micro-short, `solid_kg` both coatings, `inert_kg` foils, separators and can.
    From the filling: `electrolyte_ml` and `wetted`, the share of the pores it reached.
    From the formation: `capacity_a_h` that can be drawn, `sei_loss_a_h` the charge that the first cycle used up, `soc`
    (0 to 1.15) and the `voltage_v` it rests at.
    From the store: `self_discharge_mv_per_d`, the K value.

    A named tuple, because a frozen dataclass of this size takes five times as long to make, and each stage makes one.
    """

    design_capacity_a_h: float = 0.0
    np_ratio: float = 0.0
    facing_area_m2: float = 0.0
    height_m: float = 0.0
    pore_ml: float = 0.0
    tightest_porosity: float = 0.0
    water_ppm: float = 0.0
    short_share: float = 0.0
    solid_kg: float = 0.0
    inert_kg: float = 0.0
    electrolyte_ml: float = 0.0
    wetted: float = 0.0
    capacity_a_h: float = 0.0
    sei_loss_a_h: float = 0.0
    soc: float = 0.0
    voltage_v: float = 0.0
    self_discharge_mv_per_d: float = 0.0

    @property
    def electrolyte_kg(self) -> float:
        """Of the dose."""
        return self.electrolyte_ml * ELECTROLYTE_KG_ML

    @property
    def mass_kg(self) -> float:
        """Coatings, foils, separators, can and electrolyte."""
        return self.solid_kg + self.inert_kg + self.electrolyte_kg

    @property
    def energy_kwh(self) -> float:
        """What it is sold as: capacity times the nominal voltage."""
        return self.capacity_a_h * NOMINAL_V / 1000


NO_CELLS = Cells()
"""What a web has in place of cells."""
