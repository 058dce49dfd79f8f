"""Values over time, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Series:
    """Columns of equal length over `time`, in seconds; `source_points` counts the points they were made from.

    `time` is since 1970 (UTC) for what a panel did, and since a measurement's own start for its samples,
    and simulated since the plant's beginning for what its machines showed.
    """

    time: NDArray[np.float64]
    columns: Mapping[str, NDArray[np.float64]]
    source_points: int
