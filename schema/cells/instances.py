"""A cell instance in the graph, and the way to it from its specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from clients.cells import models
from schema.batch import batch as hop
from schema.cells.filters import InstanceFilter
from schema.cells.given import document, split, text
from schema.cells.measurements import CellMeasurement, measurements_of
from schema.cells.orders import InstanceOrder
from schema.cells.paging import asked, each_page, level, wanted
from schema.context import Info
from schema.joins.cells import makers_of, scrap_causes_of
from schema.node import Node, each_of, write_id
from schema.pages import After, Connection, First

if TYPE_CHECKING:
    from schema.cells.specifications import CellSpecification
    from schema.plant.batches import Batch

_READERS = {
    "batch": text,
    "batch_id": text,
    "date_manufactured": text,
    "notes": text,
    "measured_properties": document,
}


async def specification_of(
    parents: strawberry.Parent[list[CellInstance]], info: Info
) -> list[CellSpecification | None]:
    """The design of each instance."""
    from schema.cells.specifications import find_specifications  # noqa: PLC0415 (it imports this module)

    return await find_specifications(info, [each.specification_id for each in parents])


@strawberry.type(description="A cell as it was built. What was not given is null.")
class CellInstance(Node):
    """All that was given and has no field of its own here, or not that field's shape, is in `fields`."""

    instance_id: strawberry.ID = strawberry.field(
        description="Its own id, as the REST face shows it; arguments take it or `id`."
    )
    name: str = strawberry.field(description="Unique in its specification.")
    specification_id: strawberry.ID = strawberry.field(description="The own id of its specification.")
    batch: str | None = strawberry.field(description="The batch it was made in, in the lab's words.")
    batch_id: str | None = strawberry.field(description="The id of the batch it was made in.")
    date_manufactured: str | None = strawberry.field(description="When it was made, as it was given.")
    notes: str | None = strawberry.field(description="What there is to say about it.")
    measured_properties: JSON | None = strawberry.field(
        description="What was measured of its components: an object, as it was given."
    )
    fields: JSON = strawberry.field(
        description="Everything else as it was given, by the names it was given with: an object."
    )
    created_at: datetime | None = strawberry.field(description="When busbar got to know it.")
    updated_at: datetime | None = strawberry.field(description="When it was last changed.")
    specification: Annotated[CellSpecification, strawberry.lazy("schema.cells.specifications")] | None = hop(
        specification_of, description="Its design; null only when it was deleted this very moment."
    )
    measurements: Connection[CellMeasurement] = hop(
        measurements_of, description="What was measured on it, page by page."
    )

    produced_by: Annotated[Batch, strawberry.lazy("schema.plant.batches")] | None = hop(
        makers_of, description="The plant's batch that made it; null for other cells, and when the batch is forgotten."
    )
    scrap_cause: str | None = hop(
        scrap_causes_of, description="Why the plant scrapped it, as a stable word; null for a good cell."
    )

    @classmethod
    def of(cls, noun: models.CellInstance) -> CellInstance:
        """The noun, as the API shows it."""
        read, rest = split(noun.fields, _READERS)
        return cls(
            id=write_id("CellInstance", noun.id),
            instance_id=strawberry.ID(noun.id),
            name=noun.name,
            specification_id=strawberry.ID(noun.cell_specification_id),
            created_at=noun.created_at,
            updated_at=noun.updated_at,
            fields=JSON(rest),
            **read,
        )


async def instances_of(
    parents: strawberry.Parent[list[CellSpecification]],
    info: Info,
    first: First = 100,
    after: After = None,
    filter: InstanceFilter = None,  # noqa: A002 (the argument's name in the graph)
    order_by: InstanceOrder = None,
) -> list[Connection[CellInstance]]:
    """A page of the instances of each specification."""
    query = wanted(info, first, after, filter, order_by)
    level("first", len(parents), first)
    ids = [each.specification_id for each in parents]
    found = await asked(info.context.cells.instances_of(list(dict.fromkeys(ids)), query), after)
    return each_page(info, ids, found, CellInstance.of, after)


async def find_instances(info: Info, ids: Sequence[str]) -> list[CellInstance | None]:
    """Those with these ids, own or global, in their order; None for each that is not there."""
    return await each_of("CellInstance", ids, info.context.cells.instances_by_id, CellInstance.of)
