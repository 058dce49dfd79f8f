"""A file's rows made ours: time from 0, discharge positive, steps and cycles counted from 0."""

from __future__ import annotations

import polars as pl

from clients.cells import models
from server.cells.digest.columns import CUMULATIVE
from server.cells.formats.choices import Sign
from server.cells.formats.layout import Layout
from server.cells.formats.survey import Survey, taken_as

REST_SHARE = 1e-3
"""Currents below this share of the largest are rest, where the direction alone tells the steps."""


class Normaliser:
    """Turns the parts of one file, in order, into rows of ours."""

    def __init__(self, layout: Layout, seen: Survey, sign: Sign) -> None:
        self._layout, self._seen, self._sign = layout, seen, sign
        self._steps = _Changes()
        self._cycles = _Changes()

    def turned(self, part: pl.DataFrame) -> pl.DataFrame:
        """The part's rows. Columns: ours in their usual order, then the file's own."""
        rows = part.select(taken_as(ours, taken) for ours, taken in self._layout.takes.items())
        offset = 0.0 if self._seen.starts_at_0 else self._seen.first_s
        rows = rows.with_columns(
            pl.col(models.TIME) - offset,
            pl.col(models.CURRENT) * self._sign.factor + 0.0,  # + 0.0: a current of -0.0 reads like a mistake
        )
        counted = [self._steps.counted(self._step_key(part, rows)).alias(models.STEP_COUNT)]
        if self._layout.cycles:
            counted.append(self._cycles.counted(part[self._layout.cycles]).alias(models.CYCLE_COUNT))
        kept = part.select(pl.col(source).alias(name) for name, source in self._layout.keeps.items())
        first = [name for name in (models.TIME, models.VOLTAGE, models.CURRENT, models.TEMPERATURE) if name in rows]
        last = [name for name in CUMULATIVE if name in rows]
        others = [name for name in rows.columns if name not in (*first, *last)]
        return pl.concat(
            [rows.select(first), pl.DataFrame(counted), rows.select([*last, *others]), kept], how="horizontal"
        )

    def _step_key(self, part: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
        if self._layout.steps:
            return part[self._layout.steps]
        current = rows[models.CURRENT]
        rests = current.abs() <= REST_SHARE * self._seen.largest_a
        return rows.select(pl.when(rests).then(0.0).otherwise(current.sign()))["literal"]


class _Changes:
    """Counts, from 0, how often a column has changed."""

    def __init__(self) -> None:
        self._last: pl.Series | None = None
        self._count = 0

    def counted(self, values: pl.Series) -> pl.Series:
        before = values.head(1) if self._last is None else self._last
        self._last = values.tail(1)
        changed = values.ne_missing(pl.concat([before, values.head(-1)]))
        numbers = changed.cast(pl.Int64).cum_sum() + self._count
        self._count = int(numbers[-1]) if len(numbers) else self._count
        return numbers
