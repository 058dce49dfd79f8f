"""Series of all kinds, kept as they are when they come in, and what a chart of them has to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import strategies as st
from numpy.typing import NDArray

from clients.cells.models import TIME
from server.cells.charts.overview import Fineness, OverviewBuilder
from server.cells.digest.inspection import Shape

SMALL = Fineness(rows_per_column=5, top_rows=12, whole_values=0)
"""So that a few hundred rows have several levels."""


@st.composite
def frames(draw: st.DrawFn, most_rows: int = 700) -> pl.DataFrame:
    """Time that repeats and jumps, a float column with gaps, an integer one, a flat one, and sometimes an empty one."""
    rows = draw(st.integers(1, most_rows))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    time = np.cumsum(dice.choice([0.0, 0.5, 1.0, 1000.0], rows, p=[0.2, 0.3, 0.49, 0.01]))
    volt: NDArray[np.float64] = np.round(dice.standard_normal(rows), draw(st.integers(0, 3)))
    volt[dice.random(rows) < draw(st.sampled_from([0.0, 0.3, 0.95]))] = np.nan
    columns = {TIME: time - time[0], "V": volt, "n": dice.integers(-9, 9, rows), "flat": np.ones(rows)}
    frame = pl.DataFrame(columns)
    if draw(st.booleans()):
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias("nothing"))
    return frame


def shape_of(frame: pl.DataFrame, axis: str | None = TIME) -> Shape:
    return Shape(frame.height, tuple(frame.columns), tuple(frame.columns), (frame.height,), axis)


def write_overview(
    path: Path,
    frame: pl.DataFrame,
    fineness: Fineness = SMALL,
    cuts: Iterable[int] = (),
    axis: str | None = TIME,
) -> Path:
    """Read in slices that end at the cuts."""
    builder = OverviewBuilder(shape_of(frame, axis), fineness)
    ends = sorted({cut for cut in cuts if cut < frame.height} | {frame.height})
    for begin, end in zip([0, *ends], ends, strict=False):
        builder.take(frame[begin:end], begin)
    builder.write(path)
    return path


def floats(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    return frame[name].cast(pl.Float64).to_numpy()


def measured(frame: pl.DataFrame, names: Sequence[str]) -> set[tuple[float, ...]]:
    """Each row as a tuple; None for NaN, which is not equal to itself."""
    return tuples([floats(frame, name) for name in names])


def tuples(columns: Sequence[NDArray[np.float64]]) -> set[tuple[float, ...]]:
    return {tuple(None if value != value else value for value in row) for row in zip(*columns, strict=True)}  # type: ignore[misc]  # noqa: PLR0124


def wave(rows: int) -> pl.DataFrame:
    time = np.arange(float(rows))
    dice = np.random.default_rng(1)
    return pl.DataFrame({TIME: time, "V": np.sin(time / 77), "A": dice.standard_normal(rows)})
