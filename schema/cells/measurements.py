"""A cell measurement in the graph, and the way to it from its instance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from clients.cells import models
from schema import ports
from schema.batch import batch
from schema.cells.columns import Columns
from schema.cells.cycles import Cycle, cycle_tables_of, cycles_of
from schema.cells.enums import MeasurementState, MeasurementType
from schema.cells.filters import MeasurementFilter
from schema.cells.given import document, split, text
from schema.cells.orders import MeasurementOrder
from schema.cells.paging import asked, each_page, level, wanted
from schema.cells.series import series_of
from schema.cells.steps import Step, step_tables_of, steps_of
from schema.context import Info
from schema.fields import field
from schema.node import Node, each_of, write_id
from schema.pages import After, Connection, First

if TYPE_CHECKING:
    from schema.cells.instances import CellInstance

_READERS = {"notes": text, "protocol": document, "test_setup": document, "properties": document}


@strawberry.type(description="A file that busbar keeps as it came.")
class MeasurementFile:
    """Of a FILE measurement."""

    filename: str = strawberry.field(description="Its name.")
    url: str = strawberry.field(description="GET it there: needs no key, and works for a while.")


async def instance_of(parents: strawberry.Parent[list[CellMeasurement]], info: Info) -> list[CellInstance | None]:
    """The cell that each measurement was made on."""
    from schema.cells.instances import find_instances  # noqa: PLC0415 (it imports this module)

    return await find_instances(info, [each.instance_id for each in parents])


@strawberry.type(description="A test of a cell. What was not given is null.")
class CellMeasurement(Node):
    """All that was given and has no field of its own here, or not that field's shape, is in `fields`."""

    measurement_id: strawberry.ID = strawberry.field(
        description="Its own id, as the REST face shows it; arguments take it or `id`."
    )
    name: str = strawberry.field(description="Unique in its instance.")
    instance_id: strawberry.ID = strawberry.field(description="The own id of its instance.")
    measurement_type: MeasurementType = strawberry.field(description="What it consists of.")
    state: MeasurementState = strawberry.field(description="Whether samples still come in.")
    start_time: datetime | None = strawberry.field(description="When the test began.")
    end_time: datetime | None = strawberry.field(description="When the test ended.")
    row_count: int = strawberry.field(description="How many samples it has.")
    columns: list[str] = strawberry.field(description="The columns of its samples, with their units.")
    tags: list[str] = strawberry.field(description="Words to find it by.")
    notes: str | None = strawberry.field(description="What there is to say about it.")
    protocol: JSON | None = strawberry.field(description="What was to be done: an object, as it was given.")
    test_setup: JSON | None = strawberry.field(description="Cycler, channel, operator: an object, as it was given.")
    properties: JSON | None = strawberry.field(description="Values without samples: an object, as it was given.")
    content_sha256: str | None = strawberry.field(
        description="SHA-256 of the uploaded file, in hex; null while recording, and without samples."
    )
    fields: JSON = strawberry.field(
        description="Everything else as it was given, by the names it was given with: an object."
    )
    created_at: datetime | None = strawberry.field(description="When busbar got to know it.")
    updated_at: datetime | None = strawberry.field(description="When it was last changed.")
    filenames: strawberry.Private[tuple[str, ...]]
    instance: Annotated[CellInstance, strawberry.lazy("schema.cells.instances")] | None = batch(
        instance_of, description="The cell it was made on; null only when it was deleted this very moment."
    )
    steps: list[Step] = batch(steps_of, description="Its steps, in order; none while it records.")
    step_table: Columns = batch(
        step_tables_of, description="All its steps as columns, all that is known of them; empty while it records."
    )
    cycles: list[Cycle] = batch(cycles_of, description="Its cycles, in order; none while it records.")
    cycle_table: Columns = batch(
        cycle_tables_of, description="All its cycles as columns, all that is known of them; empty while it records."
    )
    series: ports.Series | None = batch(
        series_of,
        description="Its samples, any window of them. `time` counts seconds from the measurement's own start; of "
        "samples without time it counts rows. Null where steps and cycles are all that was kept. COLUMN_NOT_FOUND and "
        "SERIES_NOT_FOUND are of this measurement alone.",
    )

    @field("GET its samples as Parquet there; null while it records, and where there are none. Needs no key.")
    def parquet_url(self, info: Info) -> str | None:
        """Signed anew for each answer."""
        has_samples = self._is_series() and self.content_sha256 is not None
        return info.context.links.samples(self.measurement_id) if has_samples else None

    @field("GET its steps as Parquet there; null while it records, and where there are none. Needs no key.")
    def steps_url(self, info: Info) -> str | None:
        """Signed anew for each answer."""
        return info.context.links.steps(self.measurement_id) if self._is_series() else None

    @field("Its files, where it consists of files.")
    def files(self, info: Info) -> list[MeasurementFile]:
        """Each with an address signed anew for each answer."""
        links, key = info.context.links, self.measurement_id
        return [MeasurementFile(filename=each, url=links.file(key, each)) for each in self.filenames]

    def _is_series(self) -> bool:
        return self.measurement_type is MeasurementType.TIME_SERIES and self.state is MeasurementState.COMPLETE

    @classmethod
    def of(cls, noun: models.CellMeasurement) -> CellMeasurement:
        """The noun, as the API shows it."""
        read, rest = split(noun.fields, _READERS)
        return cls(
            id=write_id("CellMeasurement", noun.id),
            measurement_id=strawberry.ID(noun.id),
            name=noun.name,
            instance_id=strawberry.ID(noun.cell_instance_id),
            measurement_type=noun.measurement_type,
            state=MeasurementState.RECORDING if noun.is_recording else MeasurementState.COMPLETE,
            start_time=noun.start_time,
            end_time=noun.end_time,
            row_count=noun.row_count,
            columns=list(noun.columns),
            tags=list(noun.tags),
            content_sha256=noun.content_sha256,
            filenames=noun.filenames,
            created_at=noun.created_at,
            updated_at=noun.updated_at,
            fields=JSON(rest),
            **read,
        )


async def measurements_of(
    parents: strawberry.Parent[list[CellInstance]],
    info: Info,
    first: First = 100,
    after: After = None,
    filter: MeasurementFilter = None,  # noqa: A002 (the argument's name in the graph)
    order_by: MeasurementOrder = None,
) -> list[Connection[CellMeasurement]]:
    """A page of the measurements of each instance."""
    query = wanted(info, first, after, filter, order_by)
    level("first", len(parents), first)
    ids = [each.instance_id for each in parents]
    found = await asked(info.context.cells.measurements_of(list(dict.fromkeys(ids)), query), after)
    return each_page(info, ids, found, CellMeasurement.of, after)


async def find_measurements(info: Info, ids: Sequence[str]) -> list[CellMeasurement | None]:
    """Those with these ids, own or global, in their order; None for each that is not there."""
    return await each_of("CellMeasurement", ids, info.context.cells.measurements_by_id, CellMeasurement.of)
