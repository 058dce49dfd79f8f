"""Where the plant's energy goes: what the machines drew, the dry room, and the building around it all."""

from __future__ import annotations

JOULE_PER_KWH = 3.6e6
LITERATURE_KWH_PER_KWH = (20.3, 55.0)
"""Factory energy per kWh of cells: 20.3 to 37.5 Degen et al. 2023, 41.48 Degen and Schuette 2022, 47.2 Dai et al. 2019,
30 to 55 the span of reviews."""
DRY_ROOM_W = 115_000.0
"""Of the room in which winder and filling machine stand, whatever they do: about 300 m2 at 0.4 kW/m2. At the default
rate of winding it comes to 13 kWh per kWh of cells (about 30 % of a factory: Yuan 2017)."""
BUILDING_SHARE = 0.069
"""Light, air, water and offices, on top of machines and dry room: 2.68 of 38.8 kWh per kWh."""


def dry_room_j(seconds: float) -> float:
    """Of keeping the room dry, busy or not.

    It is booked while the winder winds: the filling machine doses the batch before in the same room, and cells soak
    sealed, outside of it.
    """
    return DRY_ROOM_W * seconds
