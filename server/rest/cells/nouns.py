"""The nouns of the lab as JSON objects, and what of a body is the client's to say.

Fields that nobody here knows are passed through; what busbar keeps track of itself comes last, so it always is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from server.rest.cells.answers import invalid

KEPT_BY_US = frozenset(("id", "created_at", "updated_at"))
"""Clients send back what they read: these are taken, and not heeded."""
KEPT_OF_MEASUREMENTS = KEPT_BY_US | {
    "columns",
    "content_sha256",
    "file_path",
    "filenames",
    "is_recording",
    "measurement_type",
    "processing_error",
    "processing_status",
    "row_count",
    "steps_created",
}


def told(noun: CellSpecification | CellInstance | CellMeasurement) -> dict[str, Any]:
    """Every field of the noun."""
    common = {
        **noun.fields,
        "id": noun.id,
        "name": noun.name,
        "created_at": noun.created_at,
        "updated_at": noun.updated_at,
    }
    if isinstance(noun, CellInstance):
        return {**common, "cell_specification_id": noun.cell_specification_id}
    return {**common, **_measured(noun)} if isinstance(noun, CellMeasurement) else common


def heeded(body: Mapping[str, Any], kept: frozenset[str] = KEPT_BY_US) -> dict[str, Any]:
    """What of a body is the client's to set."""
    return {name: value for name, value in body.items() if name not in kept}


def measurement_type(body: Mapping[str, Any]) -> MeasurementType:
    """The type that a body names; a time series where it names none."""
    value = body.get("measurement_type") or MeasurementType.TIME_SERIES
    if not isinstance(value, str) or value not in list(MeasurementType):
        raise invalid("measurement_type", f"must be one of {', '.join(MeasurementType)}")
    return MeasurementType(value)


def _measured(measurement: CellMeasurement) -> dict[str, Any]:
    return {
        "cell_instance_id": measurement.cell_instance_id,
        "measurement_type": measurement.measurement_type,
        "start_time": measurement.start_time,
        "end_time": measurement.end_time,
        "tags": measurement.tags,
        "row_count": measurement.row_count,
        "columns": measurement.columns,
        "content_sha256": measurement.content_sha256,
        "filenames": measurement.filenames,
        "is_recording": measurement.is_recording,
        "processing_status": "ready",
        "processing_error": None,
    }
