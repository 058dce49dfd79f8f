"""Reading the lab."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.cells.filters import InstanceFilter, MeasurementFilter, SpecificationFilter
from schema.cells.instances import CellInstance, find_instances
from schema.cells.measurements import CellMeasurement, find_measurements
from schema.cells.orders import InstanceOrder, MeasurementOrder, SpecificationOrder
from schema.cells.paging import asked, wanted
from schema.cells.specifications import CellSpecification, find_specifications
from schema.context import Info
from schema.fields import field
from schema.pages import After, Connection, First, kept_page

SpecificationId = Annotated[strawberry.ID, strawberry.argument(description="The specification's own id, or its `id`.")]
InstanceId = Annotated[strawberry.ID, strawberry.argument(description="The instance's own id, or its `id`.")]
MeasurementId = Annotated[strawberry.ID, strawberry.argument(description="The measurement's own id, or its `id`.")]


@strawberry.type
class CellQueries:
    """The part of Query that is about the lab."""

    @field("The cells that were designed, page by page.")
    async def cell_specifications(
        self,
        info: Info,
        first: First = 100,
        after: After = None,
        filter: SpecificationFilter = None,  # noqa: A002 (the argument's name in the graph)
        order_by: SpecificationOrder = None,
    ) -> Connection[CellSpecification]:
        """Raises BadInputError and CursorBadError; so do the next two."""
        query = wanted(info, first, after, filter, order_by)
        found = await asked(info.context.cells.specifications(query), after)
        return kept_page(info, found, CellSpecification.of, after)

    @field("The cells that were built, of all specifications, page by page.")
    async def cell_instances(
        self,
        info: Info,
        first: First = 100,
        after: After = None,
        filter: InstanceFilter = None,  # noqa: A002 (the argument's name in the graph)
        order_by: InstanceOrder = None,
    ) -> Connection[CellInstance]:
        """See `cell_specifications`."""
        query = wanted(info, first, after, filter, order_by)
        found = await asked(info.context.cells.instances(query), after)
        return kept_page(info, found, CellInstance.of, after)

    @field("What was measured, on all instances, page by page.")
    async def cell_measurements(
        self,
        info: Info,
        first: First = 100,
        after: After = None,
        filter: MeasurementFilter = None,  # noqa: A002 (the argument's name in the graph)
        order_by: MeasurementOrder = None,
    ) -> Connection[CellMeasurement]:
        """See `cell_specifications`."""
        query = wanted(info, first, after, filter, order_by)
        found = await asked(info.context.cells.measurements(query), after)
        return kept_page(info, found, CellMeasurement.of, after)

    @field("One specification; null when there is none with this id.")
    async def cell_specification(self, info: Info, id: SpecificationId) -> CellSpecification | None:  # noqa: A002 (as above)
        """By its own id or the global one; so do the next two."""
        (found,) = await find_specifications(info, [id])
        return found

    @field("One instance; null when there is none with this id.")
    async def cell_instance(self, info: Info, id: InstanceId) -> CellInstance | None:  # noqa: A002 (as above)
        """See `cell_specification`."""
        (found,) = await find_instances(info, [id])
        return found

    @field("One measurement; null when there is none with this id.")
    async def cell_measurement(self, info: Info, id: MeasurementId) -> CellMeasurement | None:  # noqa: A002 (as above)
        """See `cell_specification`."""
        (found,) = await find_measurements(info, [id])
        return found
