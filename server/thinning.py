"""Choosing the few points that look most like all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

# The downsampler keeps the first and last point, and needs one between them.
FEWEST_THINNED = 3

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


def chosen(columns: Sequence[Numbers], most: int) -> Places:
    """The places of at most `most` rows: the last, the first, each column's low and high, then MinMaxLTTB of each.

    There is at least one column, and all are as long. They share one axis, so a row that is chosen for one column is
    there for all.
    """
    count = len(columns[0])
    if count <= most:
        return np.arange(count)
    present = [_present(column) for column in columns]
    ends = chain.from_iterable(map(_ends, columns, present))
    first = list(dict.fromkeys((count - 1, 0, *ends)))[:most]
    share = (most - len(first)) // len(columns)
    is_chosen = np.zeros(count, bool)
    is_chosen[first] = True
    for column, places in zip(columns, present, strict=True) if share >= FEWEST_THINNED else ():
        is_chosen[_outline(column, places, share)] = True
    return np.flatnonzero(is_chosen)


def _present(column: Numbers) -> Places | None:
    """Where the column has values; None: everywhere."""
    # numpy takes NaN for the lowest, and this is the quickest way to ask for it
    return np.flatnonzero(~np.isnan(column)) if np.isnan(column[column.argmin()]) else None


def _ends(column: Numbers, present: Places | None) -> tuple[int, ...]:
    """Where the column is lowest and highest; nothing of a column without values."""
    if present is None:
        return int(column.argmin()), int(column.argmax())
    if not len(present):
        return ()
    values = column[present]
    return int(present[values.argmin()]), int(present[values.argmax()])


def _outline(column: Numbers, present: Places | None, most: int) -> Places:
    """MinMaxLTTB over the rows that have a value, by their order: by time it fails where times repeat or jump."""
    values = np.ascontiguousarray(column) if present is None else column[present]
    from tsdownsample import MinMaxLTTBDownsampler  # noqa: PLC0415 - only where something is thinned

    downsampler = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]  # its constructor has no annotations
    chosen: Places = np.arange(len(values)) if len(values) <= most else downsampler.downsample(values, n_out=most)
    return chosen if present is None else present[chosen]
