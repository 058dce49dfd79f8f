"""From the graph's inputs to what the lab keeps: snake case, plain JSON, and only what was given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from schema.cells.inputs import CellInstanceInput, CellMeasurementInput, CellSpecificationInput
from schema.cells.refusals import InvalidField
from schema.scalars import write_time

TYPED = frozenset({"ratings", "source"})
OWN = frozenset(
    each.name for kind in (CellSpecificationInput, CellInstanceInput, CellMeasurementInput) for each in fields(kind)
)
ARGUMENTS = {
    "measurement_type": "measurementType",
    "filenames": "filenames",
    "cell_instance_id": "instanceId",
    "cell_specification_id": "specificationId",
}
"""What the lab names beside the fields of an input."""
_OWN_WORDS = re.compile(rf"(?<![\w.])({'|'.join(sorted(each for each in {*OWN, *ARGUMENTS} if '_' in each))})(?!\w)")


class _FaultyError(Exception):
    """What cannot be kept, and where it stands in the input."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def kept(given: object) -> dict[str, Any] | InvalidField:
    """What the lab shall keep of an input, by the lab's own names."""
    try:
        return dict(_pairs("", given))
    except _FaultyError as fault:
        return InvalidField(message=f"{fault.place}: {fault}", field=fault.place)


def _pairs(place: str, given: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (an input)
    own = {each.name for each in fields(given)} - {"fields"}
    for each in fields(given):
        value, where = getattr(given, each.name), place + to_camel_case(each.name)
        if value is strawberry.UNSET:
            continue
        if each.name == "fields":
            yield from _others(where, value, own)
        else:
            yield each.name, _plain(where, value)


def _others(place: str, given: object, own: set[str]) -> Iterator[tuple[str, Any]]:
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise _FaultyError(place, "has to be an object")
    for key, value in given.items():
        if key in own:
            raise _FaultyError(f"{place}.{key}", f"give it as `{to_camel_case(key)}`, beside `fields`")
        yield key, value


def _plain(place: str, value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """The value as JSON has it. Whether it may be kept is the lab's business."""
    if is_dataclass(value):
        return dict(_pairs(f"{place}.", value))
    return write_time(value) if isinstance(value, datetime) else value


def respelled(refusal: InvalidField) -> InvalidField:
    """The refusal with the graph's own names: `form_factor` is `formFactor` there, and unknown keys are in `fields`."""
    field = _in_graph(refusal.field)
    message = refusal.message.replace(refusal.field, field)
    return InvalidField(
        message=_OWN_WORDS.sub(lambda found: ARGUMENTS.get(found[0]) or to_camel_case(found[0]), message), field=field
    )


def _in_graph(place: str) -> str:
    if place == "document":
        return "fields"
    first = re.split(r"[.\[]", place, maxsplit=1)[0]
    if first in ARGUMENTS:
        return ARGUMENTS[first] + place.removeprefix(first)
    if first not in OWN:
        return f"fields.{place}"
    if first in TYPED:
        return ".".join(map(to_camel_case, place.split(".")))
    return to_camel_case(first) + place.removeprefix(first)
