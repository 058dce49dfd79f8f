"""From what a panel told to the whole numbers that are kept, and how stretches of them join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from clients.panel.models import Snapshot
from server.panel.chunk import MAX_CIRCUITS, MISSING, Circuits, Column, Samples

# More than this is no power (W) or energy (Wh) of a house: it is kept as missing, and cannot overflow.
MAX_VALUE = 1e15
KINDS = 3

# Time, power, consumed and produced of each circuit.
Stretch = Mapping[str | None, Sequence[Column]]

_reading = attrgetter("power_w", "consumed_energy_wh", "produced_energy_wh")


def circuits_of(snapshot: Snapshot) -> Circuits:
    """None for the grid and main meter, then the circuits' ids, at most MAX_CIRCUITS in all."""
    return None, *(circuit.id for circuit in snapshot.circuits[: MAX_CIRCUITS - 1])


def readings_of(snapshots: Iterable[Snapshot]) -> NDArray[np.int64]:
    """Power, consumed and produced energy of each of `circuits_of`, of one snapshot after the other, in tenths."""
    flat: list[float] = []
    for snapshot in snapshots:
        meter = snapshot.panel.main_meter
        flat += (snapshot.panel.grid_power_w, meter.consumed_wh, meter.produced_wh)
        flat += chain.from_iterable(map(_reading, snapshot.circuits[: MAX_CIRCUITS - 1]))
    values = np.array(flat, dtype=np.float64)
    is_real = np.abs(values) < MAX_VALUE  # false for NaN
    tenths = np.full(len(values), MISSING, dtype=np.int64)
    tenths[is_real] = np.rint(values[is_real] * 10).astype(np.int64)
    return tenths


def joined(stretches: Sequence[Stretch]) -> Samples:
    """One panel's stretches as one, by time; of two samples at one time, the one in the earlier stretch stands.

    The first MAX_CIRCUITS circuits are kept.
    """
    circuits = tuple(dict.fromkeys(chain(*stretches)))[:MAX_CIRCUITS]
    times = [columns[0] for stretch in stretches for columns in stretch.values()]
    time_ms = np.unique(np.concatenate(times)) if times else np.empty(0, np.int64)
    readings = np.full((len(time_ms), len(circuits), KINDS), MISSING, dtype=np.int64)
    for stretch in reversed(stretches):
        for circuit, (own_time_ms, *kinds) in stretch.items():
            if circuit in circuits:
                readings[np.searchsorted(time_ms, own_time_ms), circuits.index(circuit)] = np.stack(kinds, axis=1)
    return Samples(time_ms, circuits, readings)
