"""Samples on their way in: ask where to put them, put them there, and have the server take them.

No measurement exists before the third step, so what fails on the way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.cells import wire
from clients.cells.bodies import body, object_body
from clients.cells.errors import CellsMalformedError, CellsProcessingError
from clients.cells.frames import Columns, Frame, Frames, Table, columns_of, parquet_of
from clients.cells.models import CellInstance, CellMeasurement
from clients.cells.operations import Json, Operation, Pause, Request, Transfer, ask, transferred, worked
from clients.cells.room import Data, path
from clients.cells.series import absolute

SAMPLES = "time_series.parquet"
MORE_SAMPLES = "time_series_extend.parquet"
STEPS = "steps.parquet"
POLL_S = 2.0
LONGEST_PROCESSING_S = 600.0
UNFINISHED = ("pending", "running")
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UploadedMeasurement:
    """What an upload became. Instance, path and count are None where the server does not tell them."""

    measurement: CellMeasurement
    instance: CellInstance | None
    steps_created: int | None
    file_path: str | None


def uploaded(
    frames: Frames[Frame], cell_instance_id: str, data: Data, samples: Table, steps: Table | None
) -> Operation[UploadedMeasurement]:
    """All three steps. The parts are made ready before the first, so that bad ones are refused unsent."""
    opening = _opening(data)
    confirming: dict[str, object] = {"cell_instance_id": cell_instance_id, "measurement": dict(data)}
    object_body(confirming)
    parquet = yield from worked(lambda: parquet_of(samples, frames))
    columns = None if steps is None else (yield from worked(lambda: columns_of(steps, frames)))
    where = f"/cell_instances{path(cell_instance_id)}/cell_measurements/initiate-upload"
    opened = yield from ask(Request("POST", where, body=opening))
    measurement_id = wire.text(opened, "measurement_id")
    yield from transferred(Transfer("PUT", _target(opened, SAMPLES), parquet))
    if columns is not None:
        confirming |= yield from _steps(frames, opened, columns)
    confirm = yield from worked(lambda: body(confirming))
    answer = yield from ask(
        Request("POST", f"/cell_measurements{path(measurement_id)}/confirm-upload", body=confirm, is_slow=True)
    )
    return (yield from _became(answer))


def extended(frames: Frames[Frame], measurement_id: str, samples: Table) -> Operation[CellMeasurement]:
    """The same for samples that follow others."""
    where = f"/cell_measurements{path(measurement_id)}"
    parquet = yield from worked(lambda: parquet_of(samples, frames))
    opened = yield from ask(Request("POST", f"{where}/initiate-extend", body=b"{}"))
    yield from transferred(Transfer("PUT", _target(opened, MORE_SAMPLES), parquet))
    answer = yield from ask(Request("POST", f"{where}/confirm-extend", body=b"{}", is_slow=True))
    return (yield from _became(answer)).measurement


def _opening(data: object) -> bytes:
    """The first step's body: only what the server has to check before it lets anybody upload."""
    fields = data if isinstance(data, Mapping) else {}
    name = fields.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("a measurement needs a `name` in its data, a text that is not empty")
    return body({"measurement": {key: fields[key] for key in ("name", "notes") if key in fields}})


def _steps(frames: Frames[Frame], opened: Json, columns: Columns) -> Operation[dict[str, object]]:
    """Steps as the server takes them: in the last body, or, where it has a place for them, as a file."""
    if isinstance(opened, dict) and "signed_url" in opened:
        return {"steps": columns}
    parquet = yield from worked(lambda: parquet_of(columns, frames))
    yield from transferred(Transfer("PUT", _target(opened, STEPS), parquet))
    return {}


def _target(opened: Json, filename: str) -> str:
    """The address for this file: among `uploads`, or the only one there is."""
    uploads = opened.get("uploads") if isinstance(opened, dict) else None
    for upload in uploads if isinstance(uploads, list) else ():
        if isinstance(upload, dict) and upload.get("filename") == filename:
            return absolute(wire.text(upload, "signed_url"))
    if filename == STEPS:
        raise CellsMalformedError(f"the server has no place for {STEPS}, and takes no steps otherwise")
    return absolute(wire.text(opened, "signed_url"))


def _became(answer: Json) -> Operation[UploadedMeasurement]:
    """The nested answer or the flat one, once the server has digested what came."""
    fields = answer if isinstance(answer, dict) else {}
    nested = fields.get("measurement", answer)
    instance, created, file_path = (fields.get(key) for key in ("instance", "steps_created", "file_path"))
    return UploadedMeasurement(
        (yield from _digested(wire.measurement(nested))),
        wire.instance(instance) if instance else None,
        created if type(created) is int else None,
        file_path if isinstance(file_path, str) else None,
    )


def _digested(measurement: CellMeasurement) -> Operation[CellMeasurement]:
    """Ask again until it is ready, as a server that says nothing of it is. Raises CellsProcessingError."""
    waited_s = 0.0
    while (status := measurement.fields.get("processing_status")) in UNFINISHED:
        if waited_s >= LONGEST_PROCESSING_S:
            raise _undigested(measurement, f"is still {status} after {waited_s:g} s; look at it later")
        yield Pause(POLL_S)
        waited_s += POLL_S
        where = "/cell_measurements" + path(measurement.id)
        measurement = wire.measurement((yield from ask(Request("GET", where))))
    if status == FAILED:
        raise _undigested(measurement, f"could not be digested: {measurement.fields.get('processing_error')}")
    return measurement


def _undigested(measurement: CellMeasurement, problem: str) -> CellsProcessingError:
    return CellsProcessingError(f"measurement {measurement.name!r:.200} ({measurement.id}) {problem:.300}")
