"""Cell specifications: /cell_specifications."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from clients.cells.models import CellSpecification
from schema.cells.refusals import CellSpecificationNotFound
from server.rest.answers import answer, malformed
from server.rest.cells.bodies import read_object
from server.rest.cells.lab import lab_of
from server.rest.cells.lists import SPECIFICATIONS, listed, wanted
from server.rest.cells.nouns import told
from server.rest.cells.refusals import granted

YES = ("true", "1")
NO = ("false", "0")


async def find_specifications(request: Request) -> Response:
    """GET /cell_specifications. `full` is taken: components are always there."""
    query = wanted(request, SPECIFICATIONS)
    return listed(query, await lab_of(request).cells.specifications(query))


async def create_specification(request: Request) -> Response:
    """POST /cell_specifications."""
    body = await read_object(request)
    return answer(told(granted(await lab_of(request).cells.create_specification(body))), 201)


async def get_specification(request: Request) -> Response:
    """GET /cell_specifications/{specification_id}."""
    return answer(told(await specification_of(request)))


async def update_specification(request: Request) -> Response:
    """PUT or PATCH the same: what is not sent stays."""
    changes = await read_object(request)
    changed = await lab_of(request).cells.update_specification(request.path_params["specification_id"], changes)
    return answer(told(granted(changed)))


async def delete_specification(request: Request) -> Response:
    """DELETE the same; `cascade=true` takes its instances and their measurements along."""
    cascade = request.query_params.get("cascade", "false")
    if cascade not in YES + NO:
        raise malformed("cascade", "must be true or false")
    deleted = await lab_of(request).cells.delete_specification(
        request.path_params["specification_id"], cascade=cascade in YES
    )
    granted(deleted)
    return Response(status_code=204)


async def specification_of(request: Request) -> CellSpecification:
    """The specification that the path names; raises Refused with 404."""
    specification_id = request.path_params["specification_id"]
    found = await lab_of(request).cells.specifications_by_id([specification_id])
    missing = CellSpecificationNotFound(
        message=f"there is no cell specification {specification_id!r}; list them at /cell_specifications",
        specification_id=specification_id,
    )
    return granted(found.get(specification_id, missing))
