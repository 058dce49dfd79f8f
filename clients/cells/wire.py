"""JSON of the cells REST face to our nouns: the only place that knows how they are spelt. `bodies.py` is the way out.

Nouns are read leniently: an id, a name and the parent's id must be there; whatever else is not as expected stays in
`fields` as it came. Every reader raises CellsMalformedError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from clients.cells.errors import CellsMalformedError
from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from clients.cells.operations import Json

Kind = TypeVar("Kind", bool, int, str)
Fields = dict[str, Json]


# --- reading -----------------------------------------------------------------------------------------------


def specification(answer: Json) -> CellSpecification:
    """A cell as it was designed."""
    fields = _object(answer, "a cell specification")
    return CellSpecification(
        id=_needed(fields, "id"),
        name=_needed(fields, "name"),
        created_at=_moment(fields, "created_at"),
        updated_at=_moment(fields, "updated_at"),
        fields=fields,
    )


def instance(answer: Json) -> CellInstance:
    """A cell as it was built."""
    fields = _object(answer, "a cell instance")
    return CellInstance(
        id=_needed(fields, "id"),
        name=_needed(fields, "name"),
        cell_specification_id=_needed(fields, "cell_specification_id"),
        created_at=_moment(fields, "created_at"),
        updated_at=_moment(fields, "updated_at"),
        fields=fields,
    )


def measurement(answer: Json) -> CellMeasurement:
    """A test of a cell. A `measurement_type` that we do not know stays in `fields`."""
    fields = _object(answer, "a cell measurement")
    return CellMeasurement(
        id=_needed(fields, "id"),
        name=_needed(fields, "name"),
        cell_instance_id=_needed(fields, "cell_instance_id"),
        measurement_type=_type(fields),
        start_time=_moment(fields, "start_time"),
        end_time=_moment(fields, "end_time"),
        created_at=_moment(fields, "created_at"),
        updated_at=_moment(fields, "updated_at"),
        tags=_texts(fields, "tags"),
        is_recording=_plain(fields, "is_recording", bool, default=False),
        row_count=_plain(fields, "row_count", int, default=0),
        columns=_texts(fields, "columns"),
        content_sha256=_plain(fields, "content_sha256", str, default="") or None,
        filenames=_texts(fields, "filenames"),
        fields=fields,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `total` is how many there are in all, None where that is not told; `is_array`: it was plain."""

    items: list[Json]
    total: int | None
    is_array: bool


def page(answer: Json) -> Page:
    """A plain array, or `{items, count, total}`."""
    if isinstance(answer, list):
        return Page(answer, None, is_array=True)
    fields = _object(answer, "a list")
    items, total = fields.get("items"), fields.get("total")
    if not isinstance(items, list):
        raise CellsMalformedError("the server answered a list without `items`", data=answer)
    return Page(items, total if type(total) is int else None, is_array=False)


def table(answer: Json, key: str) -> dict[str, list[Json]]:
    """Columns as lists of equal length."""
    found = _object(answer, "an object").get(key)
    if not isinstance(found, dict):
        raise CellsMalformedError(f"the server answered no columns in {key!r}", data=answer)
    columns = {name: values for name, values in found.items() if isinstance(values, list)}
    if len(columns) < len(found) or len({len(values) for values in columns.values()}) > 1:
        raise CellsMalformedError(f"the server answered {key!r} that are no lists of equal length")
    return columns


def text(answer: Json, key: str) -> str:
    """A text that must be there."""
    return _needed(dict(_object(answer, "an object")), key)


def _object(answer: Json, what: str) -> Fields:
    if not isinstance(answer, dict):
        raise CellsMalformedError(f"the server answered {type(answer).__name__} instead of {what}", data=answer)
    return dict(answer)


def _needed(fields: Fields, key: str) -> str:
    value = fields.pop(key, None)
    if not isinstance(value, str) or not value:
        raise CellsMalformedError(f"the server answered without {key!r}, or with one that is no text", data=fields)
    return value


def _plain(fields: Fields, key: str, kind: type[Kind], *, default: Kind) -> Kind:
    value = fields.get(key)
    if type(value) is not kind:
        return default
    del fields[key]
    return value


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    value = fields.get(key)
    if not isinstance(value, list):
        return ()
    found = tuple(each for each in value if isinstance(each, str))
    if len(found) < len(value):
        return ()
    del fields[key]
    return found


def _moment(fields: Fields, key: str) -> datetime | None:
    """Without an offset it is UTC."""
    value = fields.get(key)
    if value is None and key in fields:
        del fields[key]
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        found = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
    if found:
        del fields[key]
    return found


def _type(fields: Fields) -> MeasurementType:
    value = fields.get("measurement_type")
    if not isinstance(value, str) or value not in list(MeasurementType):
        return MeasurementType.TIME_SERIES
    del fields["measurement_type"]
    return MeasurementType(value)
