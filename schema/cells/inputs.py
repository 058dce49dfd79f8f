"""What specifications, instances and measurements are made of, and changed to."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.cells.quantities import CellRatingsInput
from schema.cells.sources import SpecificationSourceInput

_REST = "Everything else worth keeping: an object, given back in `fields` as it is."
_REST_CHANGED = "Everything else to change: an object, merged key by key; null removes a key."


@strawberry.input
class _CellSpecification:
    form_factor: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its build: `cylindrical`, `R2032`."
    )
    manufacturer: str | None = strawberry.field(default=strawberry.UNSET, description="The maker.")
    project_id: str | None = strawberry.field(default=strawberry.UNSET, description="The project it belongs to.")
    notes: str | None = strawberry.field(default=strawberry.UNSET, description="What there is to say about it.")
    ratings: CellRatingsInput | None = strawberry.field(
        default=strawberry.UNSET, description="What the maker rates it for."
    )
    source: SpecificationSourceInput | None = strawberry.field(
        default=strawberry.UNSET, description="Where it was taken from."
    )
    properties: JSON | None = strawberry.field(default=strawberry.UNSET, description="Its properties: an object.")


@strawberry.input(description="A new specification.")
class CellSpecificationInput(_CellSpecification):
    """Only the name is needed."""

    name: str = strawberry.field(description="Unique in its project.")
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST)


@strawberry.input(description="What to change of a specification. What is left out stays; null removes.")
class CellSpecificationChanges(_CellSpecification):
    """Objects are merged key by key, everything else is replaced whole."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="Unique in its project; never null.")
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST_CHANGED)


@strawberry.input
class _CellInstance:
    batch: str | None = strawberry.field(default=strawberry.UNSET, description="The batch it was made in.")
    batch_id: str | None = strawberry.field(default=strawberry.UNSET, description="The id of the batch it was made in.")
    date_manufactured: str | None = strawberry.field(
        default=strawberry.UNSET, description="When it was made: 2026-06-21."
    )
    notes: str | None = strawberry.field(default=strawberry.UNSET, description="What there is to say about it.")
    measured_properties: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="What was measured of its components: an object."
    )


@strawberry.input(description="A new instance.")
class CellInstanceInput(_CellInstance):
    """Only the name is needed."""

    name: str = strawberry.field(description="Unique in its specification.")
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST)


@strawberry.input(description="What to change of an instance. What is left out stays; null removes.")
class CellInstanceChanges(_CellInstance):
    """Objects are merged key by key, everything else is replaced whole."""

    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Unique in its specification; never null."
    )
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST_CHANGED)


@strawberry.input
class _CellMeasurement:
    start_time: datetime | None = strawberry.field(default=strawberry.UNSET, description="When the test began.")
    end_time: datetime | None = strawberry.field(default=strawberry.UNSET, description="When the test ended.")
    tags: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Words to find it by.")
    notes: str | None = strawberry.field(default=strawberry.UNSET, description="What there is to say about it.")
    protocol: JSON | None = strawberry.field(default=strawberry.UNSET, description="What was to be done: an object.")
    test_setup: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Cycler, channel, operator: an object."
    )
    properties: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Values without samples: an object; what a PROPERTIES measurement is."
    )


@strawberry.input(description="What is known of a measurement beside its samples.")
class CellMeasurementInput(_CellMeasurement):
    """Only the name is needed."""

    name: str = strawberry.field(description="Unique in its instance.")
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST)


@strawberry.input(description="What to change of a measurement. What is left out stays; null removes.")
class CellMeasurementChanges(_CellMeasurement):
    """Objects are merged key by key, everything else is replaced whole. Samples are not touched."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="Unique in its instance; never null.")
    fields: JSON | None = strawberry.field(default=strawberry.UNSET, description=_REST_CHANGED)
