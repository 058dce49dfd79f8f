"""Running tests, live: what was recorded, then what is being recorded, each sample once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from schema import ports
from schema.bounds import MAX_POINTS, within
from schema.cells.columns import Columns
from schema.cells.enums import MeasurementState
from schema.cells.measurements import CellMeasurement
from schema.cells.queries import MeasurementId
from schema.context import Info
from schema.delivery import OWN
from schema.errors import CursorBadError, MeasurementMissingError
from schema.feeds import closed_after
from schema.fields import subscription
from schema.node import own_id

After = Annotated[
    ports.Position | None,
    strawberry.argument(description="Only samples behind this cursor of the same measurement; all without it."),
]
MaxPoints = Annotated[
    int | None,
    strawberry.argument(
        description=f"Thin each append to at most this many samples, 2 to {MAX_POINTS:,}, lows and highs in sight; "
        "every sample without it."
    ),
]


@strawberry.type(description="Samples that follow those of the append before.")
class MeasurementAppend:
    """Nothing is left out between two of them, unless they were asked to be thinned."""

    measurement: CellMeasurement = strawberry.field(description="The measurement with these samples.")
    first_row: int = strawberry.field(description="The first of these samples' number in the measurement, from 0.")
    next_row: int = strawberry.field(description="The number of the sample that comes after these.")
    columns: Columns = strawberry.field(
        description="The samples, column by column; fewer than `nextRow - firstRow` where thinned."
    )
    state: MeasurementState = strawberry.field(description="COMPLETE in the last append there is.")
    cursor: ports.Position = strawberry.field(description="The place behind it: pass it as `after` to go on from here.")

    @classmethod
    def of(cls, append: ports.Append) -> MeasurementAppend:
        """The port's, as the API shows it."""
        return cls(
            measurement=CellMeasurement.of(append.measurement),
            first_row=append.first_row,
            next_row=append.behind,
            columns=dict(append.columns),
            state=MeasurementState.COMPLETE if append.is_complete else MeasurementState.RECORDING,
            cursor=ports.Position(_log(append.measurement.id), {"rows": append.behind}),
        )


@strawberry.type
class CellSubscriptions:
    """The part of Subscription that is about running tests."""

    @subscription(
        "A measurement's samples: those that are there, then each append as it comes, every sample once and in order. "
        "Ends when the measurement is complete. After a loss of the connection, go on with the last `cursor`.",
        OWN,
    )
    async def measurement_progress(
        self,
        info: Info,
        id: MeasurementId,  # noqa: A002 (the argument's name in the graph)
        after: After = None,
        max_points: MaxPoints = None,
    ) -> AsyncGenerator[MeasurementAppend, None]:
        """Raises BadInputError, CursorBadError and MeasurementMissingError."""
        if max_points is not None:
            within("maxPoints", max_points, 2, MAX_POINTS)
        own = own_id("CellMeasurement", id)
        found = (await info.context.cells.measurements_by_id([own])).get(own)
        if found is None:
            raise MeasurementMissingError(own)
        row = 0 if after is None else _row_behind(after, own, found.row_count)
        return _appends(info, own, row, max_points)


def _log(measurement_id: str) -> str:
    return f"measurement/{measurement_id}"


def _row_behind(after: ports.Position, measurement_id: str, row_count: int) -> int:
    """The row to go on with; raises CursorBadError for another measurement's cursor, or one beyond the end."""
    row = after.seqs.get("rows")
    if after.log_id != _log(measurement_id) or set(after.seqs) != {"rows"} or row is None or row > row_count:
        raise CursorBadError(
            f"after is no cursor of measurement {measurement_id[:60]!r}, which has {row_count:,} samples; pass a"
            " `cursor` of its own appends back as it came, or none"
        )
    return row


async def _appends(
    info: Info, measurement_id: str, row: int, max_points: int | None
) -> AsyncGenerator[MeasurementAppend, None]:
    progress = info.context.recordings.progress(measurement_id, row, max_points)
    async with closed_after(progress) as feed:
        async for append in feed:
            yield MeasurementAppend.of(append)
