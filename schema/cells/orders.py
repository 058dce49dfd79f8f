"""In which order specifications, instances and measurements are listed; what is equal in it goes by id."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

import strawberry

from schema.cells.enums import CellMeasurementOrderField, CellOrderField, Direction


class Order(Protocol):
    """What every order can say."""

    def parts(self) -> dict[str, Any]:
        """Its arguments for `ports.Query`."""


@strawberry.input(description="In which order specifications are listed.")
class CellSpecificationOrder:
    """The oldest first without it."""

    field: CellOrderField = strawberry.field(description="What they are ordered by.")
    direction: Direction = strawberry.field(default=Direction.ASCENDING, description="Which end comes first.")

    def parts(self) -> dict[str, Any]:
        """See `Order`."""
        return _parts(self.field, self.direction)


@strawberry.input(description="In which order instances are listed.")
class CellInstanceOrder:
    """The oldest first without it."""

    field: CellOrderField = strawberry.field(description="What they are ordered by.")
    direction: Direction = strawberry.field(default=Direction.ASCENDING, description="Which end comes first.")

    def parts(self) -> dict[str, Any]:
        """See `Order`."""
        return _parts(self.field, self.direction)


@strawberry.input(description="In which order measurements are listed.")
class CellMeasurementOrder:
    """The oldest first without it."""

    field: CellMeasurementOrderField = strawberry.field(description="What they are ordered by.")
    direction: Direction = strawberry.field(default=Direction.ASCENDING, description="Which end comes first.")

    def parts(self) -> dict[str, Any]:
        """See `Order`."""
        return _parts(self.field, self.direction)


def _parts(field: CellOrderField | CellMeasurementOrderField, direction: Direction) -> dict[str, Any]:
    return {"order_by": field.value, "is_descending": direction is Direction.DESCENDING}


_ORDER = strawberry.argument(description="In which order; the oldest first (by `createdAt`) without it.")
SpecificationOrder = Annotated[CellSpecificationOrder | None, _ORDER]
InstanceOrder = Annotated[CellInstanceOrder | None, _ORDER]
MeasurementOrder = Annotated[CellMeasurementOrder | None, _ORDER]
