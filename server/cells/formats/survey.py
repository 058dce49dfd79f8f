"""What has to be known of a whole file before its first row can be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.layout import Layout, Taken
from server.cells.formats.sign import SignVote
from server.cells.formats.source import Source

STARTS_AT_0_S = 1e-6


@dataclass(frozen=True, slots=True)
class Survey:
    """A file's samples, at a glance. `is_counted` says that its steps are counted as ours are, from 0 and by 1."""

    rows: int
    first_s: float
    largest_a: float
    is_counted: bool
    shown: Sign | None

    @property
    def starts_at_0(self) -> bool:
        """Whether its time does."""
        return abs(self.first_s) <= STARTS_AT_0_S


def survey(source: Source, layout: Layout) -> Survey:
    """Read time, voltage, current and steps once. Raises FormatError, also for a file without rows."""
    rows, first_s, largest_a, vote, count = 0, 0.0, 0.0, SignVote(), _Count()
    takes = {ours: layout.takes[ours] for ours in (TIME, VOLTAGE, CURRENT)}
    extra = [layout.steps] if layout.steps else []
    columns = list(dict.fromkeys([taken.source for taken in takes.values()] + extra))
    for part in source.parts(columns):
        if not part.height:
            continue
        frame = part.select(taken_as(ours, taken) for ours, taken in takes.items())
        if layout.steps:
            frame = frame.with_columns(part[layout.steps].alias(STEP_COUNT))
            count.take(frame[STEP_COUNT])
        first_s = first_s if rows else _first(frame[TIME])
        rows += part.height
        largest_a = max(largest_a, _largest(frame[CURRENT]))
        vote.take(frame)
    if not rows:
        raise FormatError("the file has no rows")
    return Survey(rows, first_s, largest_a, bool(layout.steps) and count.is_ours, vote.verdict())


def agreed_sign(layout: Layout, seen: Survey, asked: Sign | None) -> Sign:
    """Which way the file's current counts. Raises FormatError where the samples say otherwise, or nothing says."""
    said = asked or layout.sign or seen.shown
    if said is None:
        raise FormatError(
            "nothing tells whether positive current charges or discharges;"
            f" say --sign {Sign.CHARGE_POSITIVE} or --sign {Sign.DISCHARGE_POSITIVE}"
        )
    if seen.shown is not None and seen.shown is not said:
        why = f"--sign {said} was given" if asked else f"in {layout.format} files current is {said}"
        raise FormatError(
            f"{why}, but here positive current {'lowers' if said is Sign.CHARGE_POSITIVE else 'raises'} the voltage:"
            f" this file is {said.other}; if that is so, say --sign {said.other}"
        )
    return said


def taken_as(ours: str, taken: Taken) -> pl.Expr:
    """The source's column as ours, as floats."""
    value = pl.col(taken.source).cast(pl.Float64)
    value = value * taken.factor if taken.factor != 1.0 else value
    return (value + taken.offset if taken.offset else value).alias(ours)


class _Count:
    """Whether a column counts from 0 in steps of 1."""

    def __init__(self) -> None:
        self.is_ours = True
        self._last = pl.Series([], dtype=pl.Float64)

    def take(self, values: pl.Series) -> None:
        if not values.dtype.is_numeric():
            self.is_ours = False
        if self.is_ours:
            begins = len(self._last) == 0
            numbers = pl.concat([self._last, values.cast(pl.Float64)])
            starts_at_0 = not begins or numbers[0] == 0.0
            self.is_ours = starts_at_0 and not numbers.has_nulls() and _rises_by_one(numbers)
            self._last = numbers.tail(1)


def _rises_by_one(numbers: pl.Series) -> bool:
    return bool(numbers.diff().drop_nulls().is_in([0.0, 1.0]).all())


def _first(times: pl.Series) -> float:
    first = times.head(1).to_list()[0]
    if first is None or not -1e300 < first < 1e300:  # noqa: PLR2004  # also not NaN
        raise FormatError("the first row has no time")
    return float(first)


def _largest(currents: pl.Series) -> float:
    largest: float | None = currents.abs().filter(currents.is_finite()).max()  # type: ignore[assignment]
    return largest or 0.0


def columns_of(layout: Layout) -> Sequence[str]:
    """The source's columns that are read for it, each once."""
    counted = [column for column in (layout.steps, layout.cycles) if column]
    return list(dict.fromkeys([*(taken.source for taken in layout.takes.values()), *layout.keeps.values(), *counted]))
