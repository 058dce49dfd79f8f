"""Uploading whole measurements: prepare, PUT the bytes to the address, then confirm by `uploadMeasurement`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import strawberry

from schema import ports
from schema.cells.enums import MeasurementType
from schema.cells.inputs import CellMeasurementInput
from schema.cells.measurements import CellMeasurement
from schema.cells.mutations.answers import WRITING, changed, shown
from schema.cells.queries import InstanceId
from schema.cells.refusals import (
    CellInstanceNotFound,
    InvalidSeries,
    MeasurementBusy,
    UploadNotFound,
    UploadTooLarge,
)
from schema.context import Info
from schema.fields import mutation
from schema.node import own_id


@strawberry.type(description="Where one file of an upload is put.")
class UploadAddress:
    """Optional files may be left out."""

    filename: str = strawberry.field(
        description="Which file: `time_series.parquet`, `steps.parquet` (optional: steps are computed without it), or "
        "one of the `filenames` that were given."
    )
    url: str = strawberry.field(description="PUT its bytes there: needs no key, and works for a while.")


@strawberry.type(description="An open upload. There is no measurement before it is confirmed by `uploadMeasurement`.")
class PreparedUpload:
    """Uploads that are not confirmed are forgotten after a while."""

    measurement_id: strawberry.ID = strawberry.field(description="The id that the measurement will have.")
    upload_url: str = strawberry.field(description="The address of the first file; for samples: `time_series.parquet`.")
    uploads: list[UploadAddress] = strawberry.field(description="All the files that may be put, and where.")


PrepareMeasurementUploadResult: TypeAlias = Annotated[
    PreparedUpload | CellInstanceNotFound | WRITING,
    strawberry.union("PrepareMeasurementUploadResult", description="Where to put the files, or why nowhere."),
]
UploadMeasurementResult: TypeAlias = Annotated[
    CellMeasurement
    | CellInstanceNotFound
    | MeasurementBusy
    | UploadNotFound
    | UploadTooLarge
    | InvalidSeries
    | WRITING,
    strawberry.union("UploadMeasurementResult", description="The measurement, or why nothing was kept."),
]

Name = Annotated[str, strawberry.argument(description="The measurement's name, unique in its instance.")]
Kind = Annotated[
    MeasurementType, strawberry.argument(description="TIME_SERIES, or FILE for files that are kept as they come.")
]
Filenames = Annotated[
    list[str] | None, strawberry.argument(description="The names of the files of a FILE measurement.")
]
UploadId = Annotated[strawberry.ID, strawberry.argument(description="The `measurementId` of the prepared upload.")]
New = Annotated[
    CellMeasurementInput, strawberry.argument(description="What is known of it, with the name that was prepared.")
]


@strawberry.type
class UploadMutations:
    """The part of Mutation that is about whole files."""

    @mutation("Open an upload: PUT the files to the answered addresses, then confirm by `uploadMeasurement`.")
    async def prepare_measurement_upload(
        self,
        info: Info,
        instance_id: InstanceId,
        name: Name,
        measurement_type: Kind = MeasurementType.TIME_SERIES,
        filenames: Filenames = None,
    ) -> PrepareMeasurementUploadResult:
        """A name that is taken is refused before anything is sent."""
        own = own_id("CellInstance", instance_id)
        found = await info.context.uploads.open(own, name, measurement_type, tuple(filenames or ()))
        answer: PrepareMeasurementUploadResult = shown(found, lambda opened: _prepared(info, opened))
        return answer

    @mutation("Confirm an upload: what was put is checked, digested and kept, all of it or nothing.")
    async def upload_measurement(
        self,
        info: Info,
        instance_id: InstanceId,
        measurement_id: UploadId,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> UploadMeasurementResult:
        """Steps and cycles are there when it answers."""
        own, uploads = own_id("CellInstance", instance_id), info.context.uploads
        key = own_id("CellMeasurement", measurement_id)
        answer: UploadMeasurementResult = await changed(
            input,
            lambda fields: uploads.confirm(key, own, fields),
            lambda confirmed: CellMeasurement.of(confirmed.measurement),
        )
        return answer


def _prepared(info: Info, opened: ports.Uploaded) -> PreparedUpload:
    uploads: Sequence[UploadAddress] = [
        UploadAddress(filename=each.filename, url=info.context.links.upload(each.key)) for each in opened.targets
    ]
    return PreparedUpload(
        measurement_id=strawberry.ID(opened.measurement_id), upload_url=uploads[0].url, uploads=list(uploads)
    )
