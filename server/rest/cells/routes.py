"""Which path leads to which handler."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from server.health import healthz
from server.rest.cells import discovery, instances, measurements, samples, specifications, storage, uploads
from server.rest.cells.answers import Refused
from server.rest.cells.storage import Handler
from server.security.links import MEASUREMENTS, UPLOADS

OF_SPECIFICATION = "/cell_specifications/{specification_id}"
OF_INSTANCE = "/cell_instances/{instance_id}"
OF_MEASUREMENT = "/cell_measurements/{measurement_id}"


def cells_routes() -> list[BaseRoute]:
    """Every path of this face."""
    return [*_rows(), *_samples(), *_uploads(), *_storage(), *_others()]


class Methods:
    """The handlers of one path, by method. HEAD is answered as GET is; the server leaves the body out."""

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = {**({"HEAD": handlers["GET"]} if "GET" in handlers else {}), **handlers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Refused with 405 for any other method."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            allowed = ", ".join(sorted(self._handlers))
            raise Refused(405, f"this path takes {allowed}", {"allowed": allowed}, headers={"allow": allowed})
        response: Response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)


def _at(path: str, **handlers: Handler) -> Route:
    return Route(path, Methods(**handlers))


def _changeable(path: str, get: Handler, update: Handler, delete: Handler) -> Route:
    """PUT is partial as PATCH is: release 0.2.0 knows no other way to change a field."""
    return _at(path, GET=get, PUT=update, PATCH=update, DELETE=delete)


def _rows() -> list[Route]:
    return [
        _at("/cell_specifications", GET=specifications.find_specifications, POST=specifications.create_specification),
        _changeable(
            OF_SPECIFICATION,
            specifications.get_specification,
            specifications.update_specification,
            specifications.delete_specification,
        ),
        _at(f"{OF_SPECIFICATION}/cell_instances", GET=instances.find_instances, POST=instances.create_instance),
        _changeable(OF_INSTANCE, instances.get_instance, instances.update_instance, instances.delete_instance),
        _at(f"{OF_INSTANCE}/cell_measurements", GET=measurements.find_measurements),
        _at(f"{OF_INSTANCE}/cell_measurements/create", POST=measurements.create_properties),
        _at("/cell_measurements", GET=measurements.search_measurements),
        _at("/cell_measurements/tags", GET=measurements.find_tags),
        _changeable(
            OF_MEASUREMENT,
            measurements.get_measurement,
            measurements.update_measurement,
            measurements.delete_measurement,
        ),
    ]


def _samples() -> list[Route]:
    return [
        _at(f"{OF_MEASUREMENT}/steps", GET=samples.get_steps),
        _at(f"{OF_MEASUREMENT}/cycles", GET=samples.get_cycles),
        _at(f"{OF_MEASUREMENT}/steps_and_cycles", GET=samples.get_steps_and_cycles),
        _at(f"{OF_MEASUREMENT}/detail", GET=samples.get_detail),
        _at(f"{OF_MEASUREMENT}/steps/download", GET=samples.download_steps),
        _at(f"{OF_MEASUREMENT}/time_series/signed_url", GET=samples.get_signed_url),
        _at(f"{OF_MEASUREMENT}/time_series/download", GET=samples.download_samples),
        _at(f"{OF_MEASUREMENT}/files", GET=samples.list_files),
        _at(f"{OF_MEASUREMENT}/files/{{filename:path}}", GET=samples.download_file),
    ]


def _uploads() -> list[Route]:
    return [
        _at(f"{OF_INSTANCE}/cell_measurements/initiate-upload", POST=uploads.initiate_upload),
        _at(f"{OF_MEASUREMENT}/confirm-upload", POST=uploads.confirm_upload),
        _at(f"{OF_MEASUREMENT}/initiate-extend", POST=uploads.initiate_extension),
        _at(f"{OF_MEASUREMENT}/confirm-extend", POST=uploads.confirm_extension),
    ]


def _storage() -> list[Route]:
    return [
        _at(f"{UPLOADS}/{{key:path}}", PUT=storage.put_upload),
        _at(f"{MEASUREMENTS}/{{measurement_id}}/time_series.parquet", GET=storage.get_samples),
        _at(f"{MEASUREMENTS}/{{measurement_id}}/steps.parquet", GET=storage.get_steps),
        _at(f"{MEASUREMENTS}/{{measurement_id}}/files/{{filename:path}}", GET=storage.get_file),
    ]


def _others() -> list[Route]:
    return [
        _at("/healthz", GET=healthz),
        _at("/discovery/capabilities", GET=discovery.capabilities),
        _at("/discovery/schemas/{schema}", GET=discovery.schema),
    ]
