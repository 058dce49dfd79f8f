"""The one state of the material that travels along the lines, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

from clients.plant.models import Line


@dataclass(frozen=True, slots=True)
class Material:
    """A batch's web on an electrode line, or its cells on the cell line.

    Masses per area are of one side's coating on one foil, in kg/m2; `width_m` is of one lane, `length_m` of the whole
    web, `lanes` how many it was slit into. `count` is cells, 0 before the winding. Of a slurry, before coating, only
    `slurry_kg` and the shares are known.
    """

    line: Line
    slurry_kg: float = 0.0
    solid_share: float = 0.0
    active_share: float = 0.0
    solid_density_kg_m3: float = 0.0
    slurry_density_kg_m3: float = 0.0
    viscosity_pa_s: float = 0.0
    temperature_k: float = 298.15
    solid_kg_m2: float = 0.0
    solvent_kg_m2: float = 0.0
    thickness_m: float = 0.0
    porosity: float = 0.0
    width_m: float = 0.0
    length_m: float = 0.0
    lanes: int = 1
    count: int = 0

    @property
    def area_m2(self) -> float:
        """Of all lanes together."""
        return self.width_m * self.length_m * self.lanes

    @property
    def solid_kg(self) -> float:
        """The dry mass: of the slurry before coating, of the web behind it."""
        return self.slurry_kg * self.solid_share + self.solid_kg_m2 * self.area_m2
