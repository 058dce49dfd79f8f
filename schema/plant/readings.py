"""What machines showed for one batch after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import strawberry

from clients.plant.models import READINGS, RESULTS, MachineKey
from schema import ports
from schema.bounds import MAX_LEVEL_VALUES, MAX_POINTS, MAX_SERIES_COLUMNS, within
from schema.context import Info
from schema.errors import ApiError, BadInputError, ReadingMissingError
from schema.ports.plant import ReadingsWish

if TYPE_CHECKING:
    from schema.plant.machines import Machine

Names = Annotated[
    list[str] | None,
    strawberry.argument(
        description=f"Which figures, up to {MAX_SERIES_COLUMNS}: the words of a step's `readings`, "
        f"and {', '.join(f'`{each}`' for each in RESULTS)}. All of the machine's without it."
    ),
]
Start = Annotated[
    float | None,
    strawberry.argument(name="from", description="Only steps done from this simulated s on, inclusive."),
]
End = Annotated[float | None, strawberry.argument(name="to", description="Only steps done before this simulated s.")]
MaxPoints = Annotated[
    int,
    strawberry.argument(
        description=f"Thin the points to at most this many, 2 to {MAX_POINTS:,}: real ones, lows and highs in sight."
    ),
]


async def readings_of(
    parents: strawberry.Parent[list[Machine]],
    info: Info,
    names: Names = None,
    start: Start = None,
    end: End = None,
    max_points: MaxPoints = 1000,
) -> list[ports.Series | ApiError]:
    """The figures of each machine; a name that one of them does not have fails for that one alone."""
    within("maxPoints", max_points, 2, MAX_POINTS)
    _span(start, end)
    keys = [MachineKey(each.line, each.stage) for each in parents]
    wanted = {key: _names(key, names) for key in keys}
    known = {key: found for key, found in wanted.items() if not isinstance(found, ApiError)}
    _level(sum(len(known.get(key, ())) + 1 for key in keys) * max_points)
    found = await info.context.plant.readings(ReadingsWish(known, start, end, max_points)) if known else {}
    answers: dict[MachineKey, ports.Series | ApiError] = {
        **found,
        **{key: missing for key, missing in wanted.items() if isinstance(missing, ApiError)},
    }
    return [answers[key] for key in keys]


def _names(key: MachineKey, names: Sequence[str] | None) -> tuple[str, ...] | ApiError:
    there = (*RESULTS, *READINGS[key.stage])
    if names is None:
        return there
    if not 1 <= len(names) <= MAX_SERIES_COLUMNS:
        raise BadInputError("names", f"{len(names):,} given, 1 to {MAX_SERIES_COLUMNS} are answered at once")
    missing = next((name for name in names if name not in there), None)
    if missing is not None:
        return ReadingMissingError(f"{key.line}/{key.stage}", missing, there)
    return tuple(dict.fromkeys(names))


def _span(start: float | None, end: float | None) -> None:
    for argument, value in (("from", start), ("to", end)):
        if value is not None and not isfinite(value):
            raise BadInputError(argument, "a second has to be a finite number; leave it out for all")
    if start is not None and end is not None and start >= end:
        raise BadInputError("from", f"{start} is not before `to`, {end}")


def _level(numbers: int) -> None:
    if numbers > MAX_LEVEL_VALUES:
        reason = f"these may be {numbers:,} numbers, more than {MAX_LEVEL_VALUES:,} in one answer"
        raise BadInputError("maxPoints", f"{reason}; ask for fewer points, names or machines")
