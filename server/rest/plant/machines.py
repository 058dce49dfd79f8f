"""One machine: GET /machine/{line}/{machine}/status and PATCH /machine/{line}/{machine}/parameters."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from clients.plant.models import MachineKey
from clients.plant.spelling import machine_name, stage_name
from server.rest.answers import Refused, answer
from server.rest.bodies import read_json_object
from server.rest.plant.batches import MAX_BODY_BYTES
from server.rest.plant.names import machine_named
from server.rest.plant.nouns import machine_told, parameters_told
from server.rest.plant.refusals import granted
from server.rest.plant.world import plant_of


async def machine_status(request: Request) -> Response:
    """What it is set to, what it does, and its figures."""
    key = _named(request)
    view = await plant_of(request).machine(key)
    if view is None:
        raise Refused(404, f"{machine_name(key)}: there is no such machine", code="MACHINE_NOT_FOUND")
    return answer(machine_told(view))


async def update_parameters(request: Request) -> Response:
    """Some of the parameters, or all; what is not sent stays. `applies` says from when: `now` or `next_batch`."""
    key = _named(request)
    body = await read_json_object(request, MAX_BODY_BYTES)
    changed = granted(await plant_of(request).update_parameters(key, body))
    return answer(
        {
            "line": key.line,
            "machine": stage_name(key.stage),
            "parameters": parameters_told(changed.machine.parameters),
            "applies": changed.applies.lower(),
            "message": changed.message,
        }
    )


def _named(request: Request) -> MachineKey:
    return machine_named(request.path_params["line"], request.path_params["machine"])
