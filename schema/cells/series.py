"""The samples of measurements, as columns: any window of them, thinned."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema import ports
from schema.bounds import MAX_LEVEL_VALUES, MAX_POINTS, MAX_SERIES_COLUMNS, MAX_TEXT_CHARACTERS, within
from schema.cells.refusals import CellRefusal, ColumnMissing
from schema.context import Info
from schema.errors import ApiError, BadInputError, ColumnMissingError, SeriesMissingError

if TYPE_CHECKING:
    from schema.cells.measurements import CellMeasurement

ColumnNames = Annotated[
    list[str],
    strawberry.argument(
        description=f"Which columns, 1 to {MAX_SERIES_COLUMNS}, as `columns` of the measurement names them: "
        "`Voltage [V]`. Currents are positive where they discharge."
    ),
]
Start = Annotated[
    float | None,
    strawberry.argument(name="from", description="From this second of the measurement on, inclusive; all without it."),
]
End = Annotated[
    float | None, strawberry.argument(name="to", description="Before this second of the measurement; all without it.")
]
MaxPoints = Annotated[
    int,
    strawberry.argument(
        description=f"Thin the samples to at most this many, 2 to {MAX_POINTS:,}: real ones, lows and highs in sight."
    ),
]


async def series_of(
    parents: strawberry.Parent[list[CellMeasurement]],
    info: Info,
    columns: ColumnNames,
    start: Start = None,
    end: End = None,
    max_points: MaxPoints = 2000,
) -> list[ports.Series | ApiError | None]:
    """The samples of each measurement; what one of them does not have fails for that one alone."""
    wish = _wish(columns, start, end, max_points)
    _level(len(parents), wish)
    found = await info.context.samples.series([each.measurement_id for each in parents], wish)
    return [_answer(each.measurement_id, found.get(each.measurement_id)) for each in parents]


def _wish(columns: Sequence[str], start: float | None, end: float | None, max_points: int) -> ports.SeriesWish:
    within("maxPoints", max_points, 2, MAX_POINTS)
    names = tuple(dict.fromkeys(columns))
    if not 1 <= len(names) <= MAX_SERIES_COLUMNS:
        raise BadInputError("columns", f"{len(names):,} given, 1 to {MAX_SERIES_COLUMNS} are answered at once")
    if longest := next((name for name in names if len(name) > MAX_TEXT_CHARACTERS), None):
        raise BadInputError("columns", f"{longest[:60]!r}... is longer than {MAX_TEXT_CHARACTERS:,} characters")
    for argument, value in (("from", start), ("to", end)):
        if value is not None and not isfinite(value):
            raise BadInputError(argument, "a second has to be a finite number; leave it out for all")
    if start is not None and end is not None and start >= end:
        raise BadInputError("from", f"{start} is not before `to`, {end}")
    return ports.SeriesWish(names, start, end, max_points)


def _level(parents: int, wish: ports.SeriesWish) -> None:
    """Raises BadInputError when all these series together would be too long for one answer."""
    numbers = parents * wish.max_points * (len(wish.columns) + 1)
    if numbers > MAX_LEVEL_VALUES:
        reason = f"for {parents:,} measurements these may be {numbers:,} numbers, more than {MAX_LEVEL_VALUES:,} in one"
        raise BadInputError("maxPoints", f"{reason} answer; ask for fewer points, columns or measurements")


def _answer(measurement_id: str, found: ports.Series | CellRefusal | None) -> ports.Series | ApiError | None:
    if isinstance(found, ColumnMissing):
        return ColumnMissingError(measurement_id, found.column)
    if isinstance(found, CellRefusal):
        return SeriesMissingError(measurement_id)
    return found
