"""What happened in the lab, as events: subjects are rows' ids, and data is small."""

from __future__ import annotations

from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import NewEvent

TOPIC = "cells"

Row = CellSpecification | CellInstance | CellMeasurement


def created(row: Row) -> list[NewEvent]:
    """It is there now."""
    return [_event(row, f"{type(row).__name__}Created")]


def updated(kind: type[Row], row_id: str, fields: list[str]) -> list[NewEvent]:
    """These of its fields were set or removed."""
    return [NewEvent(TOPIC, row_id, f"{kind.__name__}Updated", {"fields": fields})]


def deleted(row: Row, **more: Any) -> list[NewEvent]:  # noqa: ANN401 (any JSON value)
    """It is gone, with all that was below it."""
    return [_event(row, f"{type(row).__name__}Deleted", **more)]


def recording_started(measurement: CellMeasurement) -> list[NewEvent]:
    """Samples are expected."""
    return [_event(measurement, "MeasurementRecordingStarted")]


def extended(measurement_id: str, row_count: int) -> list[NewEvent]:
    """It has more samples now: `row_count` in all."""
    return [NewEvent(TOPIC, measurement_id, "MeasurementExtended", {"rowCount": row_count})]


def finished(measurement_id: str, row_count: int) -> list[NewEvent]:
    """No more samples will come."""
    return [NewEvent(TOPIC, measurement_id, "MeasurementFinished", {"rowCount": row_count})]


def _event(row: Row, kind: str, **more: Any) -> NewEvent:  # noqa: ANN401 (any JSON value)
    return NewEvent(TOPIC, row.id, kind, {"name": row.name, **_parent(row), **more})


def _parent(row: Row) -> dict[str, Any]:
    match row:
        case CellInstance():
            return {"specificationId": row.cell_specification_id}
        case CellMeasurement():
            return {"instanceId": row.cell_instance_id, "measurementType": row.measurement_type.value}
    return {}
