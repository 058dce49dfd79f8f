"""Specifications, instances and measurements for the tests, each whole with no more than an id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import NewEvent, Table
from server.stores.cells import Content, Digest

NOON = datetime(2026, 6, 21, 12, 0, 0, 123_456, tzinfo=UTC)
CREATED = NewEvent("cells", "spec-1", "SpecificationCreated", {"name": "INR21700"})
ODD = NewEvent("cells", "spec-1", "Odd", {"what": object()})

CONTENT = Content(samples_key="samples/1", windows_key="windows/1", overview_key="overviews/1")
STEPS: Table = {"Step count": [0, 1], "Start time [s]": [0.0, 60.0], "Label": ["Größe", None]}
CYCLES: Table = {"Cycle count": [0], "Coulombic efficiency": [None]}
DIGEST = Digest(CONTENT, STEPS, CYCLES)


def after_noon(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def specification(row_id: str = "spec-1", name: str = "INR21700", project_id: str | None = None, **fields: Any):
    project = {} if project_id is None else {"project_id": project_id}
    return CellSpecification(row_id, name, NOON, NOON, fields | project)


def instance(row_id: str = "cell-1", name: str = "cell one", parent: str = "spec-1", **fields: Any):
    return CellInstance(row_id, name, parent, NOON, NOON, fields)


def measurement(row_id: str = "test-1", name: str = "test one", parent: str = "cell-1", **attributes: Any):
    given = {"created_at": NOON, "updated_at": NOON} | attributes
    return CellMeasurement(row_id, name, parent, **given)
