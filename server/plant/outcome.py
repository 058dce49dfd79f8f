"""What one machine made of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from server.plant.material import Material

NOTHING: Mapping[str, float] = {}


class Outcome(NamedTuple):
    """The material as it leaves the machine, and what that took.

    `duration_s` is simulated processing time, above 0. `energy_j` is what the machine drew, split in nothing further.
    `scrap_kg` is the dry mass (on the cell line that of the coatings in the cells) that left the line here, by cause:
    what came in is what goes out and what is scrapped. `flags` are stable words for what is outside its window
    (`not_coatable`); nothing is clamped for them. `readings` are the figures that the machine shows, with their units
    in their names (`viscosity_pa_s`).

    A named tuple, as `Cells` is: a frozen dataclass takes twice as long to make, and each visit makes one.
    """

    material: Material
    duration_s: float
    energy_j: float
    scrap_kg: Mapping[str, float] = NOTHING
    flags: tuple[str, ...] = ()
    readings: Mapping[str, float] = NOTHING
