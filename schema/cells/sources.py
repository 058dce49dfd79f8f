"""Where a specification was taken from."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry
from strawberry.scalars import JSON

from schema.cells.given import split, text

SOURCE = ("doi", "citation", "license", "creator_name", "creator_orcid", "publication_date")


@strawberry.type(description="Where a specification was taken from, and whom to name for it.")
class SpecificationSource:
    """Each is null where it was not given as a text: see `other`."""

    doi: str | None = strawberry.field(description="Digital object identifier: 10.1000/182.")
    citation: str | None = strawberry.field(description="How to cite it.")
    license: str | None = strawberry.field(description="Under which terms it may be used.")
    creator_name: str | None = strawberry.field(description="Who made it.")
    creator_orcid: str | None = strawberry.field(description="Their ORCID.")
    publication_date: str | None = strawberry.field(description="When it was published, as it was given.")
    other: JSON = strawberry.field(description="All else about the source, as it was given.")


def source(given: object) -> SpecificationSource | None:
    """The source, when it is an object."""
    if not isinstance(given, Mapping):
        return None
    read, other = split(given, dict.fromkeys(SOURCE, text))
    return SpecificationSource(other=JSON(other), **read)


@strawberry.input(description="Where a specification was taken from. In an update, null removes a part.")
class SpecificationSourceInput:
    """Only what is given is kept, or changed."""

    doi: str | None = strawberry.field(default=strawberry.UNSET, description="Digital object identifier: 10.1000/182.")
    citation: str | None = strawberry.field(default=strawberry.UNSET, description="How to cite it.")
    license: str | None = strawberry.field(default=strawberry.UNSET, description="Under which terms it may be used.")
    creator_name: str | None = strawberry.field(default=strawberry.UNSET, description="Who made it.")
    creator_orcid: str | None = strawberry.field(default=strawberry.UNSET, description="Their ORCID.")
    publication_date: str | None = strawberry.field(
        default=strawberry.UNSET, description="When it was published: 2026-06-21."
    )
    fields: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="All else about the source: an object, kept as it is given."
    )
