"""Which specifications, instances and measurements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Protocol

import strawberry
from strawberry.utils.str_converters import to_camel_case

from schema.bounds import MAX_TAGS, MAX_TEXT_CHARACTERS
from schema.cells.enums import MeasurementState, MeasurementType
from schema.errors import BadInputError
from schema.ports import Comparison, Condition


class Filter(Protocol):
    """What every filter can say."""

    def parts(self) -> dict[str, Any]:
        """Its arguments for `ports.Query`; raises BadInputError."""


@strawberry.input(description="Which names. Each part that is given has to fit.")
class NameFilter:
    """Null and absent both mean: any. `%`, `_` and `*` stand for themselves."""

    eq: str | None = strawberry.field(default=None, description="Exactly this name.")
    contains: str | None = strawberry.field(default=None, description="This text in the name, in any case.")

    def conditions(self) -> Iterator[Condition]:
        """Raises BadInputError."""
        yield from _equal("filter.name.eq", "name", self.eq)
        if self.contains is not None:
            text = _short("filter.name.contains", self.contains)
            yield Condition("name", Comparison.CONTAINS, text)


@strawberry.input(description="Which times. Each part that is given has to fit.")
class TimeFilter:
    """Null and absent both mean: any."""

    after: datetime | None = strawberry.field(default=None, description="Later than this, which itself is left out.")
    before: datetime | None = strawberry.field(default=None, description="Earlier than this, which itself is left out.")

    def conditions(self, field: str) -> Iterator[Condition]:
        """The same for any field."""
        if self.after is not None:
            yield Condition(field, Comparison.ABOVE, self.after)
        if self.before is not None:
            yield Condition(field, Comparison.BELOW, self.before)


@strawberry.input(description="Which specifications: those that fit all that is given.")
class CellSpecificationFilter:
    """Null and absent both mean: any."""

    name: NameFilter | None = strawberry.field(default=None, description="The name.")
    form_factor: str | None = strawberry.field(default=None, description="Exactly this form factor.")
    manufacturer: str | None = strawberry.field(default=None, description="Exactly this maker.")
    project_id: str | None = strawberry.field(default=None, description="Exactly this project.")
    created_at: TimeFilter | None = strawberry.field(default=None, description="When busbar got to know it.")
    updated_at: TimeFilter | None = strawberry.field(default=None, description="When it was last changed.")

    def parts(self) -> dict[str, Any]:
        """See `Filter`."""
        texts = ("form_factor", "manufacturer", "project_id")
        return {"conditions": (*_shared(self), *_texts(self, texts))}


@strawberry.input(description="Which instances: those that fit all that is given.")
class CellInstanceFilter:
    """Null and absent both mean: any."""

    name: NameFilter | None = strawberry.field(default=None, description="The name.")
    form_factor: str | None = strawberry.field(default=None, description="Exactly this form factor of its design.")
    batch: str | None = strawberry.field(default=None, description="Exactly this batch.")
    batch_id: str | None = strawberry.field(default=None, description="Exactly this id of a batch.")
    created_at: TimeFilter | None = strawberry.field(default=None, description="When busbar got to know it.")
    updated_at: TimeFilter | None = strawberry.field(default=None, description="When it was last changed.")

    def parts(self) -> dict[str, Any]:
        """See `Filter`."""
        return {"conditions": (*_shared(self), *_texts(self, ("form_factor", "batch", "batch_id")))}


@strawberry.input(description="Which measurements: those that fit all that is given.")
class CellMeasurementFilter:
    """Null and absent both mean: any."""

    name: NameFilter | None = strawberry.field(default=None, description="The name.")
    measurement_type: MeasurementType | None = strawberry.field(default=None, description="What it consists of.")
    state: MeasurementState | None = strawberry.field(default=None, description="Whether samples still come in.")
    start_time: TimeFilter | None = strawberry.field(default=None, description="When the test began.")
    created_at: TimeFilter | None = strawberry.field(default=None, description="When busbar got to know it.")
    updated_at: TimeFilter | None = strawberry.field(default=None, description="When it was last changed.")
    tags_all: list[str] | None = strawberry.field(
        default=None, description=f"With all of these tags, at most {MAX_TAGS}."
    )
    tags_any: list[str] | None = strawberry.field(
        default=None, description=f"With at least one of these tags, at most {MAX_TAGS}; an empty list means: any."
    )

    def parts(self) -> dict[str, Any]:
        """See `Filter`."""
        conditions = list(_shared(self))
        if self.start_time is not None:
            conditions.extend(self.start_time.conditions("start_time"))
        if self.measurement_type is not None:
            conditions.append(Condition("measurement_type", Comparison.EQUALS, self.measurement_type.value))
        if self.state is not None:
            conditions.append(Condition("state", Comparison.EQUALS, self.state.value))
        return {
            "conditions": tuple(conditions),
            "tags_all": _tags("filter.tagsAll", self.tags_all),
            "tags_any": _tags("filter.tagsAny", self.tags_any),
        }


def _shared(chosen: CellSpecificationFilter | CellInstanceFilter | CellMeasurementFilter) -> Iterator[Condition]:
    if chosen.name is not None:
        yield from chosen.name.conditions()
    for field in ("created_at", "updated_at"):
        times: TimeFilter | None = getattr(chosen, field)
        if times is not None:
            yield from times.conditions(field)


def _texts(chosen: CellSpecificationFilter | CellInstanceFilter, fields: tuple[str, ...]) -> Iterator[Condition]:
    for field in fields:
        yield from _equal(f"filter.{to_camel_case(field)}", field, getattr(chosen, field))


def _equal(argument: str, field: str, value: str | None) -> Iterator[Condition]:
    if value is not None:
        yield Condition(field, Comparison.EQUALS, _short(argument, value))


def _tags(argument: str, tags: list[str] | None) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(tags or ()))
    if len(given) > MAX_TAGS:
        raise BadInputError(argument, f"{len(given):,} given, at most {MAX_TAGS} are looked for at once")
    return tuple(_short(argument, tag) for tag in given)


def _short(argument: str, value: str) -> str:
    if len(value) > MAX_TEXT_CHARACTERS:
        raise BadInputError(argument, f"{len(value):,} characters are more than {MAX_TEXT_CHARACTERS:,}")
    return value


_FILTER = strawberry.argument(description="Which; all without it.")
SpecificationFilter = Annotated[CellSpecificationFilter | None, _FILTER]
InstanceFilter = Annotated[CellInstanceFilter | None, _FILTER]
MeasurementFilter = Annotated[CellMeasurementFilter | None, _FILTER]
