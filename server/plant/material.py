"""The one state of the material that travels along the lines, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from clients.plant.models import Line
from server.plant.cell import NO_CELLS, Cells


@dataclass(frozen=True)
class Material:
    """A batch's web on an electrode line, or its cells on the cell line.

    Masses per area are of one side's coating on one foil, in kg/m2; `width_m` is of one lane, `length_m` of the whole
    web, `lanes` how many it was slit into. `active_share` is of the solids' mass. `count` is cells, 0 before the
    winding. Of a slurry, before coating, only `slurry_kg`, the shares and the flow curve are known. Behind the winding
    only `count` and `cells`, the mean one of them, are.

    Of the slurry, `viscosity_pa_s` is what shows at 100 1/s; with `yield_stress_pa` and `flow_index` it gives every
    other shear rate. Of the web, `web_speed_m_s` is the coater's, `loading_cv` the scatter of its areal mass (a share),
    `thickness_sd_m` and `width_sd_m` the scatter along it (one standard deviation), `thickness_error_m` and
    `width_error_m` how far the mean lies off what was asked, `burr_m` the height at its edges, `defects_m2` surface
    defects per m2.
    """

    line: Line
    slurry_kg: float = 0.0
    solid_share: float = 0.0
    active_share: float = 0.0
    solid_density_kg_m3: float = 0.0
    slurry_density_kg_m3: float = 0.0
    viscosity_pa_s: float = 0.0
    yield_stress_pa: float = 0.0
    flow_index: float = 1.0
    temperature_k: float = 298.15
    solid_kg_m2: float = 0.0
    solvent_kg_m2: float = 0.0
    thickness_m: float = 0.0
    porosity: float = 0.0
    web_speed_m_s: float = 0.0
    loading_cv: float = 0.0
    thickness_sd_m: float = 0.0
    thickness_error_m: float = 0.0
    width_sd_m: float = 0.0
    width_error_m: float = 0.0
    burr_m: float = 0.0
    defects_m2: float = 0.0
    width_m: float = 0.0
    length_m: float = 0.0
    lanes: int = 1
    count: int = 0
    cells: Cells = NO_CELLS

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 (a field's own type)
        """The same with these fields replaced, as `dataclasses.replace` but ten times as fast; names unchecked."""
        made = object.__new__(type(self))
        object.__setattr__(made, "__dict__", self.__dict__ | changes)
        return made

    @property
    def area_m2(self) -> float:
        """Of all lanes together."""
        return self.width_m * self.length_m * self.lanes

    @property
    def solid_kg(self) -> float:
        """The dry mass: of the slurry before coating, of the web behind it, of the coatings in the cells at the end."""
        area_m2 = self.width_m * self.length_m * self.lanes
        coated = self.solid_kg_m2 * area_m2 + self.count * self.cells.solid_kg
        return self.slurry_kg * self.solid_share + coated
