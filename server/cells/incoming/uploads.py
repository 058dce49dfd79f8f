"""Whole files coming in: see `schema.ports.Uploads`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from clients.cells.models import CellMeasurement, MeasurementType
from schema.ports import Comparison, Condition, Confirmed, Query, Table, Uploaded, UploadTarget
from server.cells.documents import documents
from server.cells.documents.documents import Fields
from server.cells.documents.refusing import Refused, answered, busy
from server.cells.documents.values import name as checked_name
from server.cells.errors import FieldError
from server.cells.incoming.confirming import Confirmations
from server.cells.incoming.filenames import safe
from server.cells.incoming.staging import EXTENSION, SAMPLES, STEPS, Staging, Upload
from server.cells.incoming.turns import Turns
from server.cells.limits import Limits
from server.clock import Clock
from server.stores.cells import CellStore, NameHeldError, RowMissingError


class FileUploads:
    """Implements `schema.ports.Uploads`."""

    def __init__(
        self,
        store: CellStore,
        staging: Staging,
        confirmations: Confirmations,
        turns: Turns,
        clock: Clock,
        limits: Limits,
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._staging, self._confirmations, self._turns = store, staging, confirmations, turns
        self._clock, self._limits, self._new_id = clock, limits, new_id

    @answered
    async def open(
        self,
        instance_id: str,
        name: str,
        measurement_type: MeasurementType = MeasurementType.TIME_SERIES,
        filenames: Sequence[str] = (),
    ) -> Uploaded:
        """See the port."""
        if measurement_type is MeasurementType.PROPERTIES:
            raise FieldError("measurement_type", "must be time_series or file: properties are created without a file")
        is_series = measurement_type is MeasurementType.TIME_SERIES
        expected = (SAMPLES, STEPS) if is_series else safe(filenames, self._limits.max_files)
        await self._check_name(instance_id, checked_name("name", name))
        upload = Upload(self._new_id(), instance_id, name, measurement_type, expected, self._clock.now())
        return await self._opened(upload)

    @answered
    async def open_extension(self, measurement_id: str) -> Uploaded:
        """See the port. Opened again, it is the same upload."""
        with self._turns.taken(measurement_id):
            measurement, _ = await self._confirmations.extensible(measurement_id)
        upload = Upload(
            measurement_id,
            measurement.cell_instance_id,
            measurement.name,
            MeasurementType.TIME_SERIES,
            (EXTENSION,),
            self._clock.now(),
            is_extension=True,
        )
        return await self._opened(upload)

    @answered
    async def put(self, key: str, body: AsyncIterator[bytes], declared_bytes: int | None) -> None:
        """See the port. Refuses MeasurementBusy while the upload is being confirmed."""
        measurement_id = key.partition("/")[0]
        if measurement_id in self._turns.held():
            raise Refused(busy(measurement_id))
        await self._staging.put(key, body, declared_bytes)

    @answered
    async def confirm(
        self, measurement_id: str, instance_id: str, fields: Fields, steps: Table | None = None
    ) -> Confirmed:
        """See the port. Confirmed again, it answers the same; refused, it may be corrected by another put."""
        with self._turns.taken(measurement_id):
            if (known := await self._confirmations.known(measurement_id, instance_id)) is not None:
                return known
            upload = self._staging.find(measurement_id, is_extension=False)
            measurement = self._new_measurement(upload, instance_id, fields)
            await self._check_name(instance_id, measurement.name)
            staged = self._staging.staged(upload)
            if measurement.measurement_type is MeasurementType.TIME_SERIES:
                confirmed = await self._confirmations.series(measurement, staged, steps)
            else:
                confirmed = await self._confirmations.files(measurement, upload.filenames, staged)
            await self._staging.close(measurement_id)
        return confirmed

    @answered
    async def confirm_extension(self, measurement_id: str) -> Confirmed:
        """See the port."""
        with self._turns.taken(measurement_id):
            upload = self._staging.find(measurement_id, is_extension=True)
            confirmed = await self._confirmations.extension(measurement_id, self._staging.staged(upload))
            await self._staging.close(measurement_id)
        return confirmed

    async def _opened(self, upload: Upload) -> Uploaded:
        await self._staging.open(upload)
        targets = [UploadTarget(filename, upload.key(filename)) for filename in upload.filenames]
        return Uploaded(upload.measurement_id, tuple(targets))

    async def _check_name(self, instance_id: str, name: str) -> None:
        """Look before a large file is sent or read; the constraint has the last word."""
        if instance_id not in await self._store.instances_by_id([instance_id]):
            raise RowMissingError("CellInstance", instance_id)
        is_it = Condition("name", Comparison.EQUALS, name)
        found = await self._store.measurements(Query(conditions=(is_it,), limit=1), [instance_id])
        if found.items:
            raise NameHeldError("CellMeasurement", name, found.items[0].id)

    def _new_measurement(self, upload: Upload, instance_id: str, fields: Fields) -> CellMeasurement:
        if instance_id != upload.instance_id:
            raise FieldError("cell_instance_id", f"is not {upload.instance_id}, for which the upload was opened")
        named = {"name": upload.name, **fields}
        now = self._clock.now()
        return documents.new_measurement(upload.measurement_id, instance_id, upload.measurement_type, named, now)
