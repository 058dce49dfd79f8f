"""Cell measurements: /cell_instances/{id}/cell_measurements and /cell_measurements, without their samples."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from clients.cells.models import CellMeasurement, MeasurementType
from schema.cells.refusals import CellMeasurementNotFound
from schema.ports import Cells, Condition, Query
from server.rest.answers import Refused, answer, invalid
from server.rest.cells.bodies import read_object
from server.rest.cells.instances import instance_of
from server.rest.cells.lab import lab_of
from server.rest.cells.lists import ALL_MEASUREMENTS, MEASUREMENTS, count, listed, shaped, wanted
from server.rest.cells.nouns import measurement_type, told
from server.rest.cells.refusals import granted

MAX_TAGS_LISTED = 1_000
TAGS_LISTED = 50


async def find_measurements(request: Request) -> Response:
    """GET /cell_instances/{instance_id}/cell_measurements."""
    query = wanted(request, MEASUREMENTS)
    instance = await instance_of(request)
    return listed(query, await lab_of(request).cells.measurements(query, [instance.id]))


async def search_measurements(request: Request) -> Response:
    """GET /cell_measurements: over all cells, or those of `project_id`; `q` is a part of the name."""
    query, cells = wanted(request, ALL_MEASUREMENTS), lab_of(request).cells
    by_field = {condition.field: condition for condition in query.conditions}
    rest = tuple(condition for condition in query.conditions if condition.field != "project_id")
    within = await _instances_of_project(cells, by_field["project_id"]) if "project_id" in by_field else None
    return listed(query, await cells.measurements(replace(query, conditions=rest), within))


async def find_tags(request: Request) -> Response:
    """GET /cell_measurements/tags: the tags that have `q` in them, those in most use first."""
    given = request.query_params
    limit = count(request, "limit", 1, MAX_TAGS_LISTED, TAGS_LISTED)
    sought = given.get("q", "").casefold()
    tags = (await lab_of(request).cells.tags()).items()
    usage = sorted(((-uses, tag) for tag, uses in tags if sought in tag.casefold()))
    shown = [{"tag": tag, "usage_count": -negative} for negative, tag in usage]
    as_array = not {"limit", "q", "project_id"} & given.keys()
    return shaped(shown if as_array else shown[:limit], len(shown), as_array=as_array)


async def create_properties(request: Request) -> Response:
    """POST /cell_instances/{instance_id}/cell_measurements/create: values without samples."""
    body = await read_object(request)
    if measurement_type({"measurement_type": MeasurementType.PROPERTIES, **body}) is not MeasurementType.PROPERTIES:
        raise invalid("measurement_type", "must be properties here; samples and files come by initiate-upload")
    instance_id = request.path_params["instance_id"]
    return answer(
        told(granted(await lab_of(request).cells.create_properties(instance_id, body))),
        201,
    )


async def get_measurement(request: Request) -> Response:
    """GET /cell_measurements/{measurement_id}."""
    return answer(told(await measurement_of(request)))


async def update_measurement(request: Request) -> Response:
    """PUT or PATCH the same: what is not sent stays."""
    changes = await read_object(request)
    changed = await lab_of(request).cells.update_measurement(request.path_params["measurement_id"], changes)
    return answer(told(granted(changed)))


async def delete_measurement(request: Request) -> Response:
    """DELETE the same; its samples and files go with it."""
    granted(await lab_of(request).cells.delete_measurement(request.path_params["measurement_id"]))
    return Response(status_code=204)


async def measurement_of(request: Request) -> CellMeasurement:
    """The measurement that the path names; raises Refused with 404."""
    measurement_id = request.path_params["measurement_id"]
    found = await lab_of(request).cells.measurements_by_id([measurement_id])
    missing = CellMeasurementNotFound(
        message=f"there is no cell measurement {measurement_id!r}; list them at /cell_instances/ID/cell_measurements",
        measurement_id=measurement_id,
    )
    return granted(found.get(measurement_id, missing))


async def _instances_of_project(cells: Cells, project: Condition) -> list[str]:
    """The ids of its cells. Raises Refused when there are more than can be looked through at once."""
    specifications = await cells.specifications(Query(conditions=(project,)))
    instances = await cells.instances(Query(), [specification.id for specification in specifications.items])
    if specifications.has_more or instances.has_more:
        message = "the project has too many cells to look through; list the measurements of each instance"
        raise Refused(422, message, {"parameter": "project_id"}, code="RESULT_TOO_LARGE")
    return [instance.id for instance in instances.items]
