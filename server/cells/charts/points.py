"""Samples as they are read for a chart, and reading them from the middle of a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Points:
    """The numbers of rows, their times in seconds, and a column for each that was asked for; NaN = no value."""

    rows: Rows
    time: Numbers
    columns: tuple[Numbers, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def taken(self, which: slice | NDArray[Any]) -> Points:
        """Those of them."""
        return Points(self.rows[which], self.time[which], tuple(column[which] for column in self.columns))


def joined(pieces: Sequence[Points]) -> Points:
    """One behind the other."""
    if len(pieces) == 1:
        return pieces[0]
    columns = zip(*(piece.columns for piece in pieces), strict=True)
    return Points(
        np.concatenate([piece.rows for piece in pieces]),
        np.concatenate([piece.time for piece in pieces]),
        tuple(np.concatenate(column) for column in columns),
    )


def stored(path: Path, first: int, behind: int, axis: str | None, names: Sequence[str]) -> Points:
    """The rows `first` <= row < `behind` of a Parquet file; only pages that have some of them are decoded.

    The columns are numeric or boolean. Without an axis the number of the row is its time.
    """
    import polars as pl  # noqa: PLC0415 - slow to import, and not needed before the first zoom
    from polars import selectors  # noqa: PLC0415 - as above

    wanted = dict.fromkeys(names if axis is None else (axis, *names))
    rows = np.arange(first, behind)
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False).slice(first, behind - first)
    frame = scan.select(selectors.by_name(*wanted).cast(pl.Float64, strict=False)).collect()
    columns: dict[str, Numbers] = {name: frame.get_column(name).to_numpy() for name in wanted}
    time = rows.astype(np.float64) if axis is None else columns[axis]
    return Points(rows, time, tuple(columns[name] for name in names))
