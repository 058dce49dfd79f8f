"""Cell instances: /cell_specifications/{id}/cell_instances and /cell_instances."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from clients.cells.models import CellInstance
from schema.cells.refusals import CellInstanceNotFound
from server.rest.answers import answer
from server.rest.cells.bodies import read_object
from server.rest.cells.lab import lab_of
from server.rest.cells.lists import INSTANCES, listed, wanted
from server.rest.cells.nouns import told
from server.rest.cells.refusals import granted
from server.rest.cells.specifications import specification_of


async def find_instances(request: Request) -> Response:
    """GET /cell_specifications/{specification_id}/cell_instances."""
    query = wanted(request, INSTANCES)
    specification = await specification_of(request)
    return listed(query, await lab_of(request).cells.instances(query, [specification.id]))


async def create_instance(request: Request) -> Response:
    """POST the same."""
    body = await read_object(request)
    specification_id = request.path_params["specification_id"]
    return answer(told(granted(await lab_of(request).cells.create_instance(specification_id, body))), 201)


async def get_instance(request: Request) -> Response:
    """GET /cell_instances/{instance_id}."""
    return answer(told(await instance_of(request)))


async def update_instance(request: Request) -> Response:
    """PUT or PATCH the same: what is not sent stays."""
    changes = await read_object(request)
    return answer(
        told(granted(await lab_of(request).cells.update_instance(request.path_params["instance_id"], changes)))
    )


async def delete_instance(request: Request) -> Response:
    """DELETE the same; its measurements go with it."""
    granted(await lab_of(request).cells.delete_instance(request.path_params["instance_id"]))
    return Response(status_code=204)


async def instance_of(request: Request) -> CellInstance:
    """The instance that the path names; raises Refused with 404."""
    instance_id = request.path_params["instance_id"]
    found = await lab_of(request).cells.instances_by_id([instance_id])
    return granted(found.get(instance_id, no_instance(instance_id)))


def no_instance(instance_id: str) -> CellInstanceNotFound:
    """The refusal for an id that names nothing."""
    message = f"there is no cell instance {instance_id!r}; list them at /cell_specifications/ID/cell_instances"
    return CellInstanceNotFound(message=message, instance_id=instance_id)
