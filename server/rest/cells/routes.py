"""Which path leads to which handler."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from server.health import healthz
from server.rest.cells import discovery, instances, measurements, samples, specifications, storage, uploads
from server.rest.methods import Handler, at
from server.security.links import MEASUREMENTS, UPLOADS

OF_SPECIFICATION = "/cell_specifications/{specification_id}"
OF_INSTANCE = "/cell_instances/{instance_id}"
OF_MEASUREMENT = "/cell_measurements/{measurement_id}"


def cells_routes() -> list[BaseRoute]:
    """Every path of this face."""
    return [*_rows(), *_samples(), *_uploads(), *_storage(), *_others()]


def _changeable(path: str, get: Handler, update: Handler, delete: Handler) -> Route:
    """PUT is partial as PATCH is: release 0.2.0 knows no other way to change a field."""
    return at(path, GET=get, PUT=update, PATCH=update, DELETE=delete)


def _rows() -> list[Route]:
    return [
        at("/cell_specifications", GET=specifications.find_specifications, POST=specifications.create_specification),
        _changeable(
            OF_SPECIFICATION,
            specifications.get_specification,
            specifications.update_specification,
            specifications.delete_specification,
        ),
        at(f"{OF_SPECIFICATION}/cell_instances", GET=instances.find_instances, POST=instances.create_instance),
        _changeable(OF_INSTANCE, instances.get_instance, instances.update_instance, instances.delete_instance),
        at(f"{OF_INSTANCE}/cell_measurements", GET=measurements.find_measurements),
        at(f"{OF_INSTANCE}/cell_measurements/create", POST=measurements.create_properties),
        at("/cell_measurements", GET=measurements.search_measurements),
        at("/cell_measurements/tags", GET=measurements.find_tags),
        _changeable(
            OF_MEASUREMENT,
            measurements.get_measurement,
            measurements.update_measurement,
            measurements.delete_measurement,
        ),
    ]


def _samples() -> list[Route]:
    return [
        at(f"{OF_MEASUREMENT}/steps", GET=samples.get_steps),
        at(f"{OF_MEASUREMENT}/cycles", GET=samples.get_cycles),
        at(f"{OF_MEASUREMENT}/steps_and_cycles", GET=samples.get_steps_and_cycles),
        at(f"{OF_MEASUREMENT}/detail", GET=samples.get_detail),
        at(f"{OF_MEASUREMENT}/steps/download", GET=samples.download_steps),
        at(f"{OF_MEASUREMENT}/time_series/signed_url", GET=samples.get_signed_url),
        at(f"{OF_MEASUREMENT}/time_series/download", GET=samples.download_samples),
        at(f"{OF_MEASUREMENT}/files", GET=samples.list_files),
        at(f"{OF_MEASUREMENT}/files/{{filename:path}}", GET=samples.download_file),
    ]


def _uploads() -> list[Route]:
    return [
        at(f"{OF_INSTANCE}/cell_measurements/initiate-upload", POST=uploads.initiate_upload),
        at(f"{OF_MEASUREMENT}/confirm-upload", POST=uploads.confirm_upload),
        at(f"{OF_MEASUREMENT}/initiate-extend", POST=uploads.initiate_extension),
        at(f"{OF_MEASUREMENT}/confirm-extend", POST=uploads.confirm_extension),
    ]


def _storage() -> list[Route]:
    return [
        at(f"{UPLOADS}/{{key:path}}", PUT=storage.put_upload),
        at(f"{MEASUREMENTS}/{{measurement_id}}/time_series.parquet", GET=storage.get_samples),
        at(f"{MEASUREMENTS}/{{measurement_id}}/steps.parquet", GET=storage.get_steps),
        at(f"{MEASUREMENTS}/{{measurement_id}}/files/{{filename:path}}", GET=storage.get_file),
    ]


def _others() -> list[Route]:
    return [
        at("/healthz", GET=healthz),
        at("/discovery/capabilities", GET=discovery.capabilities),
        at("/discovery/schemas/{schema}", GET=discovery.schema),
    ]
