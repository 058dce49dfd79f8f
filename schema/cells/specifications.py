"""A cell specification in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from clients.cells import models
from schema.batch import batch
from schema.cells.given import document, split, text
from schema.cells.instances import CellInstance, instances_of
from schema.cells.quantities import CellRatings, ratings
from schema.cells.sources import SpecificationSource, source
from schema.context import Info
from schema.node import Node, each_of, write_id
from schema.pages import Connection

_READERS = {
    "form_factor": text,
    "manufacturer": text,
    "project_id": text,
    "notes": text,
    "ratings": ratings,
    "source": source,
    "properties": document,
}


@strawberry.type(description="A cell as it was designed. What was not given is null.")
class CellSpecification(Node):
    """All that was given and has no field of its own here, or not that field's shape, is in `fields`."""

    specification_id: strawberry.ID = strawberry.field(
        description="Its own id, as the REST face shows it; arguments take it or `id`."
    )
    name: str = strawberry.field(description="Unique in its project.")
    form_factor: str | None = strawberry.field(description="Its build: `cylindrical`, `R2032`, as it was given.")
    manufacturer: str | None = strawberry.field(description="The maker.")
    project_id: str | None = strawberry.field(description="The project it belongs to.")
    notes: str | None = strawberry.field(description="What there is to say about it.")
    ratings: CellRatings | None = strawberry.field(description="What the maker rates it for.")
    source: SpecificationSource | None = strawberry.field(description="Where it was taken from.")
    properties: JSON | None = strawberry.field(description="Its properties: an object, as it was given.")
    fields: JSON = strawberry.field(
        description="Everything else as it was given, by the names it was given with: an object."
    )
    created_at: datetime | None = strawberry.field(description="When busbar got to know it.")
    updated_at: datetime | None = strawberry.field(description="When it was last changed.")
    instances: Connection[CellInstance] = batch(instances_of, description="The cells that were built so, page by page.")

    @classmethod
    def of(cls, noun: models.CellSpecification) -> CellSpecification:
        """The noun, as the API shows it."""
        read, rest = split(noun.fields, _READERS)
        return cls(
            id=write_id("CellSpecification", noun.id),
            specification_id=strawberry.ID(noun.id),
            name=noun.name,
            created_at=noun.created_at,
            updated_at=noun.updated_at,
            fields=JSON(rest),
            **read,
        )


async def find_specifications(info: Info, ids: Sequence[str]) -> list[CellSpecification | None]:
    """Those with these ids, own or global, in their order; None for each that is not there."""
    return await each_of("CellSpecification", ids, info.context.cells.specifications_by_id, CellSpecification.of)
