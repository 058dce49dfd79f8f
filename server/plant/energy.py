"""Where the plant's energy goes: what the machines drew, the dry room, and the building around it all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clients.plant.models import Stage
from server.plant.material import Material
from server.plant.outcome import Outcome

JOULE_PER_KWH = 3.6e6
LITERATURE_KWH_PER_KWH = (20.3, 55.0)
"""Factory energy per kWh of cells: 20.3 to 37.5 Degen et al. 2023, 41.48 Degen and Schuette 2022, 47.2 Dai et al. 2019,
30 to 55 the span of reviews."""
DRY_ROOM_W = 115_000.0
"""Of the room in which winder and filling machine stand, whatever they do: about 300 m2 at 0.4 kW/m2. At the default
rate of winding it comes to 13 kWh per kWh of cells (about 30 % of a factory: Yuan 2017)."""
BUILDING_SHARE = 0.069
"""Light, air, water and offices, on top of machines and dry room: 2.68 of 38.8 kWh per kWh."""


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy in joule, by where it went. Sums add up field by field."""

    machine_j: float = 0.0
    dry_room_j: float = 0.0
    building_j: float = 0.0

    def __add__(self, other: Energy) -> Energy:
        """Both together."""
        return Energy(
            self.machine_j + other.machine_j,
            self.dry_room_j + other.dry_room_j,
            self.building_j + other.building_j,
        )

    @property
    def total_j(self) -> float:
        """All of it."""
        return self.machine_j + self.dry_room_j + self.building_j


def booked(stage: Stage, outcome: Outcome) -> Energy:
    """What one visit of a batch at a machine costs the plant.

    The dry room runs for as long as the winder winds: the filling machine doses the batch before in the same room, and
    cells soak sealed, outside of it. A room kept dry over an idle winder costs `dry_room_j` more.
    """
    dry_room = dry_room_j(outcome.duration_s) if stage is Stage.REWINDING else 0.0
    return Energy(outcome.energy_j, dry_room, BUILDING_SHARE * (outcome.energy_j + dry_room))


def dry_room_j(seconds: float) -> float:
    """Of keeping the room dry, busy or not."""
    return DRY_ROOM_W * seconds


def total(visits: Iterable[tuple[Stage, Outcome]]) -> Energy:
    """Of a batch, or of all of them."""
    return sum((booked(stage, outcome) for stage, outcome in visits), Energy())


def kwh_per_kwh(energy: Energy, good: Material) -> float | None:
    """Energy per energy of the good cells that came of it; None when there are none."""
    stored_kwh = good.count * good.cells.energy_kwh
    return energy.total_j / JOULE_PER_KWH / stored_kwh if stored_kwh > 0 else None
