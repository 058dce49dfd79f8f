"""Samples and files coming in: open an upload, PUT what it names (`storage.py`), confirm.

No measurement exists before it is confirmed. Answers hold what release 0.2.0 looks for and what 0.38.0 does.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.ports import Confirmed, Uploaded
from server.rest.answers import answer
from server.rest.cells.bodies import nested, read_object, text, texts
from server.rest.cells.lab import lab_of, links_of
from server.rest.cells.nouns import measurement_type, told
from server.rest.cells.refusals import granted
from server.rest.cells.tables import given_steps


async def initiate_upload(request: Request) -> Response:
    """POST /cell_instances/{instance_id}/cell_measurements/initiate-upload."""
    body = await read_object(request)
    name = text(nested(body, "measurement"), "name", "measurement.name")
    opened = await lab_of(request).uploads.open(
        request.path_params["instance_id"], name, measurement_type(body), texts(body, "filenames")
    )
    return answer(_targets(request, granted(opened)))


async def confirm_upload(request: Request) -> Response:
    """POST /cell_measurements/{measurement_id}/confirm-upload."""
    body = await read_object(request)
    confirmed = await lab_of(request).uploads.confirm(
        request.path_params["measurement_id"],
        text(body, "cell_instance_id"),
        nested(body, "measurement"),
        given_steps(body.get("steps")),
    )
    return answer(_became(granted(confirmed)))


async def initiate_extension(request: Request) -> Response:
    """POST /cell_measurements/{measurement_id}/initiate-extend."""
    await read_object(request)
    return answer(
        _targets(request, granted(await lab_of(request).uploads.open_extension(request.path_params["measurement_id"])))
    )


async def confirm_extension(request: Request) -> Response:
    """POST /cell_measurements/{measurement_id}/confirm-extend."""
    await read_object(request)
    confirmed = await lab_of(request).uploads.confirm_extension(request.path_params["measurement_id"])
    return answer(_became(granted(confirmed)))


def _targets(request: Request, opened: Uploaded) -> dict[str, Any]:
    """`signed_url`, `token` and `path` are of the first target, which is the samples."""
    links = links_of(request)
    uploads = [
        {"filename": target.filename, "signed_url": links.upload(target.key), "token": "", "path": target.key}
        for target in opened.targets
    ]
    first = {name: value for name, value in uploads[0].items() if name != "filename"} if uploads else {}
    return {"measurement_id": opened.measurement_id, "uploads": uploads, **first}


def _became(confirmed: Confirmed) -> dict[str, Any]:
    measurement = told(confirmed.measurement)
    return {
        **measurement,
        "instance": told(confirmed.instance),
        "measurement": measurement,
        "file_path": confirmed.file_path,
        "steps_created": confirmed.steps_created,
    }
