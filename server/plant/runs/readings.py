"""What machines showed for batch after batch, thinned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clients.plant.models import MachineKey
from schema.ports import Series
from schema.ports.plant import ReadingsWish
from server.plant.simulation import INDEX
from server.stores.plant import PlantStore
from server.thinning import chosen
from server.threads import in_thread


async def readings(store: PlantStore, wish: ReadingsWish) -> dict[MachineKey, Series]:
    """See the port."""
    names = {INDEX[key]: each for key, each in wish.names.items()}
    found = await store.figures(names, wish.start_s, wish.end_s)
    return await in_thread(_all, found, wish)


def _all(found: Mapping[int, NDArray[np.float64]], wish: ReadingsWish) -> dict[MachineKey, Series]:
    return {key: _series(found[INDEX[key]], names, wish.max_points) for key, names in wish.names.items()}


def _series(rows: NDArray[np.float64], names: Sequence[str], most: int) -> Series:
    time_s, *columns = (np.ascontiguousarray(column) for column in rows.T)
    places = chosen(columns or [time_s], most)
    values = {name: column[places] for name, column in zip(names, columns, strict=True)}
    return Series(time_s[places], values, len(rows))
