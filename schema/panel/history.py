"""From panels and circuits to their values over time: one call for all rows of a level."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema import ports
from schema.bounds import MAX_POINTS, within
from schema.context import Info
from schema.errors import BadInputError

if TYPE_CHECKING:
    from schema.panel.circuits import Circuit
    from schema.panel.types import Panel

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WantedMetric = Annotated[ports.Metric, strawberry.argument(description="Which values.")]
Start = Annotated[
    datetime | None,
    strawberry.argument(name="from", description="From this time on, inclusive; a day before `to` without it."),
]
End = Annotated[datetime | None, strawberry.argument(name="to", description="Before this time; now without it.")]
MaxPoints = Annotated[
    int,
    strawberry.argument(
        description=f"Thin the values to at most this many, 2 to {MAX_POINTS:,}, keeping lows and highs in sight."
    ),
]


async def panel_history(
    parents: strawberry.Parent[list[Panel]],
    info: Info,
    metric: WantedMetric = ports.Metric.POWER_W,
    start: Start = None,
    end: End = None,
    max_points: MaxPoints = 1000,
) -> list[ports.Series | BaseException]:
    """The grid's values of each panel."""
    keys: list[tuple[str, str | None]] = [(panel.serial, None) for panel in parents]
    return await _series(keys, info, metric, start, end, max_points)


async def circuit_history(
    parents: strawberry.Parent[list[Circuit]],
    info: Info,
    metric: WantedMetric = ports.Metric.POWER_W,
    start: Start = None,
    end: End = None,
    max_points: MaxPoints = 1000,
) -> list[ports.Series | BaseException]:
    """The values of each circuit."""
    keys: list[tuple[str, str | None]] = [(circuit.panel.serial, circuit.circuit_id) for circuit in parents]
    return await _series(keys, info, metric, start, end, max_points)


async def _series(
    keys: list[tuple[str, str | None]],
    info: Info,
    metric: ports.Metric,
    start: datetime | None,
    end: datetime | None,
    max_points: int,
) -> list[ports.Series | BaseException]:
    within("maxPoints", max_points, 2, MAX_POINTS)
    until = end or info.context.now()
    if until <= EPOCH:
        raise BadInputError("to", f"{until.isoformat()} is before anything was ever kept; give a time after 1970")
    since = start or until - DAY
    if since >= until:
        raise BadInputError("from", f"{since.isoformat()} is not before `to`, {until.isoformat()}")
    history = info.context.history
    reads = [history.series(serial, circuit, metric, since, until, max_points) for serial, circuit in keys]
    return await asyncio.gather(*reads, return_exceptions=True)
