"""The documents of specifications, instances and measurements: what is known of them is checked, the rest is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from server.cells.documents.values import (
    MAX_KEY_CHARACTERS,
    Check,
    an_object,
    kind_of,
    merged,
    name,
    plain,
    quantities,
    text,
)
from server.cells.errors import FieldError

MAX_TAGS = 100
MAX_TAG_CHARACTERS = 100

Fields = Mapping[str, Any]

_SHORT, _LONG = text(500), text(100_000)

MANAGED = frozenset(
    (
        "id",
        "created_at",
        "updated_at",
        "cell_specification_id",
        "specification_id",
        "cell_instance_id",
        "instance_id",
        "measurement_type",
        "is_recording",
        "row_count",
        "columns",
        "content_sha256",
        "filenames",
        "processing_status",
        "processing_error",
        "steps_created",
    )
)
"""What busbar itself keeps track of: ignored in a document, so that what was read can be sent back."""

_SPECIFICATION: Mapping[str, Check] = {
    **dict.fromkeys(("form_factor", "manufacturer", "project_id", "created_by_email"), _SHORT),
    **dict.fromkeys(("anode", "cathode", "electrolyte", "separator", "case", "source", "properties"), an_object),
    "ratings": quantities,
    "notes": _LONG,
}
_INSTANCE: Mapping[str, Check] = {
    **dict.fromkeys(("batch", "batch_id", "date_manufactured", "created_by_email"), _SHORT),
    "measured_properties": an_object,
    "notes": _LONG,
}
_MEASUREMENT: Mapping[str, Check] = {
    **dict.fromkeys(("protocol", "test_setup", "properties"), an_object),
    "created_by_email": _SHORT,
    "notes": _LONG,
}
_ATTRIBUTES = ("tags", "start_time", "end_time")


def new_specification(row_id: str, fields: Fields, now: datetime) -> CellSpecification:
    """Raises FieldError; so does everything here."""
    return changed_specification(CellSpecification(row_id, "", now, now), {"name": None, **fields}, now)


def changed_specification(before: CellSpecification, changes: Fields, now: datetime) -> CellSpecification:
    """What the changes make of it, by JSON Merge Patch."""
    called, kept = _document(before.name, before.fields, changes, _SPECIFICATION)
    return replace(before, name=called, fields=kept, updated_at=_later(before.updated_at, now))


def new_instance(row_id: str, specification_id: str, fields: Fields, now: datetime) -> CellInstance:
    """See `new_specification`."""
    return changed_instance(CellInstance(row_id, "", specification_id, now, now), {"name": None, **fields}, now)


def changed_instance(before: CellInstance, changes: Fields, now: datetime) -> CellInstance:
    """See `changed_specification`."""
    called, kept = _document(before.name, before.fields, changes, _INSTANCE)
    return replace(before, name=called, fields=kept, updated_at=_later(before.updated_at, now))


def new_measurement(
    row_id: str, instance_id: str, kind: MeasurementType, fields: Fields, now: datetime
) -> CellMeasurement:
    """See `new_specification`. PROPERTIES measurements must have `properties`."""
    blank = CellMeasurement(row_id, "", instance_id, kind, created_at=now, updated_at=now)
    return changed_measurement(blank, {"name": None, **fields}, now)


def changed_measurement(before: CellMeasurement, changes: Fields, now: datetime) -> CellMeasurement:
    """See `changed_specification`."""
    called, kept = _document(before.name, before.fields, changes, _MEASUREMENT, *_ATTRIBUTES)
    if before.measurement_type is MeasurementType.PROPERTIES and "properties" not in kept:
        raise FieldError("properties", "must be an object: a measurement of properties has no samples")
    after = replace(
        before,
        name=called,
        fields=kept,
        updated_at=_later(before.updated_at, now),
        tags=tags(changes["tags"]) if "tags" in changes else before.tags,
        start_time=instant("start_time", changes.get("start_time", before.start_time)),
        end_time=instant("end_time", changes.get("end_time", before.end_time)),
    )
    _check_times(after)
    return after


def tags(value: Any) -> tuple[str, ...]:  # noqa: ANN401 (any JSON value)
    """Each once, in the order given; None means none."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise FieldError("tags", f"must be a list of text, not {kind_of(value)}")
    if len(value) > MAX_TAGS:
        raise FieldError("tags", f"are {len(value):,}; a measurement has at most {MAX_TAGS}")
    for index, tag in enumerate(value):
        name(f"tags[{index}]", tag)
        text(MAX_TAG_CHARACTERS)(f"tags[{index}]", tag)
    return tuple(dict.fromkeys(value))


def instant(path: str, value: Any) -> datetime | None:  # noqa: ANN401 (any JSON value)
    """ISO 8601, with an offset or in UTC; None stays None. A datetime is taken as well."""
    if value is None:
        return None
    if not isinstance(value, str | datetime):
        raise FieldError(path, f"must be a time as ISO 8601 has it, not {kind_of(value)}")
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError(path, "must be a time as ISO 8601 has it: 2026-11-21T09:30:00Z") from error


def named(changes: Fields) -> list[str]:
    """The first hundred fields that the changes name, for whoever is told of them."""
    tellable = (key for key in map(str, changes) if len(key) <= MAX_KEY_CHARACTERS and key.isprintable())
    return sorted(key for key in tellable if key not in MANAGED)[:100]


def _document(
    called: str, before: Fields, changes: Fields, known: Mapping[str, Check], *attributes: str
) -> tuple[str, dict[str, Any]]:
    """The name, and the fields to keep."""
    called = name("name", changes["name"]) if "name" in changes else called
    left_out = MANAGED | {"name", *attributes}
    kept = plain(merged(before, plain({key: value for key, value in changes.items() if key not in left_out})))
    for field in kept.keys() & known.keys():
        known[field](field, kept[field])
    return called, kept


def _check_times(measurement: CellMeasurement) -> None:
    if measurement.is_recording and measurement.end_time is not None:
        raise FieldError("end_time", "comes with the end of the recording: finish the measurement instead")
    if measurement.start_time and measurement.end_time and measurement.end_time < measurement.start_time:
        raise FieldError("end_time", "is before start_time; the later of the two is the end")


def _later(before: datetime | None, now: datetime) -> datetime:
    """A clock that was put back does not make a change older than the one before it."""
    return max(before, now) if before else now
