"""What was measured: steps, cycles, series and files under /cell_measurements/{id}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clients.cells.models import CellMeasurement, MeasurementType
from schema.ports import Table
from server.rest.answers import Refused, answer
from server.rest.cells.lab import lab_of, links_of
from server.rest.cells.measurements import measurement_of
from server.rest.cells.nouns import told
from server.rest.cells.refusals import granted
from server.rest.cells.tables import as_columns, read_columns
from server.threads import in_thread

MAX_JSON_VALUES = 5_000_000
"""Rows times columns of a series that is written as JSON, about 100 MB of it."""
TABLES = anyio.CapacityLimiter(2)


async def get_steps(request: Request) -> Response:
    """GET .../steps."""
    return await _answered({"steps": await _steps(request, await measurement_of(request))})


async def get_cycles(request: Request) -> Response:
    """GET .../cycles."""
    return await _answered({"cycles": await _cycles(request, await measurement_of(request))})


async def get_steps_and_cycles(request: Request) -> Response:
    """GET .../steps_and_cycles."""
    return await _answered(await _steps_and_cycles(request, await measurement_of(request)))


async def get_detail(request: Request) -> Response:
    """GET .../detail, the older form of all at once, samples included. Refused when they are too many for JSON."""
    measurement = await measurement_of(request)
    instance = (await lab_of(request).cells.instances_by_id([measurement.cell_instance_id])).get(
        measurement.cell_instance_id
    )
    return await _answered(
        await _steps_and_cycles(request, measurement),
        {
            "measurement": told(measurement),
            "instance": {"id": measurement.cell_instance_id},
            "specification": {"id": instance.cell_specification_id} if instance else None,
            "time_series": await _samples(request, measurement),
        },
    )


async def get_signed_url(request: Request) -> Response:
    """GET .../time_series/signed_url."""
    return answer({"signed_url": await _samples_url(request)})


async def download_samples(request: Request) -> Response:
    """GET .../time_series/download: readers of a part look at where this leads, and read ranges there."""
    return RedirectResponse(await _samples_url(request), 302)


async def download_steps(request: Request) -> Response:
    """GET .../steps/download, likewise."""
    measurement = await measurement_of(request)
    _only_of_series(measurement)
    return RedirectResponse(links_of(request).steps(measurement.id), 302)


async def list_files(request: Request) -> Response:
    """GET .../files."""
    return answer({"filenames": (await measurement_of(request)).filenames})


async def download_file(request: Request) -> Response:
    """GET .../files/{filename}."""
    measurement, filename = await measurement_of(request), request.path_params["filename"]
    granted(await lab_of(request).samples.file(measurement.id, filename))
    return RedirectResponse(links_of(request).file(measurement.id, filename), 302)


async def _samples_url(request: Request) -> str:
    measurement = await measurement_of(request)
    granted(await lab_of(request).samples.parquet(measurement.id))
    return links_of(request).samples(measurement.id)


def _only_of_series(measurement: CellMeasurement) -> None:
    if measurement.measurement_type is not MeasurementType.TIME_SERIES:
        message = f"the measurement {measurement.id} is of the type {measurement.measurement_type}: it has no steps"
        raise Refused(404, message, {"measurement_id": measurement.id}, code="SERIES_MISSING")


async def _samples(request: Request, measurement: CellMeasurement) -> Mapping[str, Any] | None:
    if measurement.measurement_type is not MeasurementType.TIME_SERIES or measurement.is_recording:
        return None
    file = granted(await lab_of(request).samples.parquet(measurement.id))
    return await in_thread(read_columns, file.path, MAX_JSON_VALUES, limiter=TABLES)


async def _steps_and_cycles(request: Request, measurement: CellMeasurement) -> dict[str, Table]:
    return {"steps": await _steps(request, measurement), "cycles": await _cycles(request, measurement)}


async def _steps(request: Request, measurement: CellMeasurement) -> Table:
    return (await lab_of(request).samples.steps([measurement.id])).get(measurement.id, {})


async def _cycles(request: Request, measurement: CellMeasurement) -> Table:
    return (await lab_of(request).samples.cycles([measurement.id])).get(measurement.id, {})


async def _answered(tables: Mapping[str, Table], more: Mapping[str, Any] | None = None) -> Response:
    def written() -> Response:
        return answer({**(more or {}), **{name: as_columns(table) for name, table in tables.items()}})

    return await in_thread(written, limiter=TABLES)
