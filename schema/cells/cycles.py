"""The cycles of measurements: what went in and came out, charge by charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from schema import ports
from schema.cells.given import number, whole
from schema.cells.rows import FirstRows, Skip, column, rows_of
from schema.context import Info
from schema.pages import asked_for

if TYPE_CHECKING:
    from schema.cells.measurements import CellMeasurement


@strawberry.type(description="One cycle of a measurement. What its table does not tell is null.")
class Cycle:
    """Ratios are 1 where all came back."""

    cycle_count: int | None = column("Cycle count", whole, "Its number in the measurement, from 0.")
    charge_capacity_a_h: float | None = column("Charge capacity [A.h]", number, "Charge put in, in A.h.")
    discharge_capacity_a_h: float | None = column("Discharge capacity [A.h]", number, "Charge taken out, in A.h.")


async def cycles_of(
    parents: strawberry.Parent[list[CellMeasurement]], info: Info, first: FirstRows = 500, skip: Skip = 0
) -> list[list[Cycle]]:
    """The cycles of each measurement, in order."""
    return rows_of(Cycle, await cycle_tables_of(parents, info), asked_for(info), skip, first)


async def cycle_tables_of(parents: strawberry.Parent[list[CellMeasurement]], info: Info) -> list[ports.Table]:
    """All columns of the cycles of each measurement; without any while it records."""
    found = await info.context.samples.cycles([each.measurement_id for each in parents])
    return [found.get(each.measurement_id, {}) for each in parents]
