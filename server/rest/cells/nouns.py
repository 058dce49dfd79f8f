"""The nouns of the lab as JSON objects.

Fields that nobody here knows are passed through; what busbar keeps track of itself comes last, so it always is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from server.rest.answers import invalid


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
