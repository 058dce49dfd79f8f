"""Making a measurement of what was uploaded: blobs first, then row, steps, cycles and event in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clients.cells.models import CellMeasurement
from schema.cells.refusals import SeriesMissing
from schema.ports import Confirmed, Table
from server.cells.documents import told
from server.cells.documents.refusing import Refused, busy, ended
from server.cells.errors import FieldError
from server.cells.incoming.keeping import Keeper
from server.cells.incoming.staging import EXTENSION, SAMPLES, STEPS, not_found
from server.cells.limits import Limits
from server.clock import Clock
from server.stores.blobs import Blobs
from server.stores.cells import CellStore, Content, RowMissingError
from server.threads import in_thread

Staged = Mapping[str, str]
"""Blobs that were put, by filename."""


class Confirmations:
    """Each is whole or absent. Whoever calls holds the measurement's turn."""

    def __init__(self, store: CellStore, blobs: Blobs, keeper: Keeper, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._blobs = blobs
        self._keeper = keeper
        self._clock = clock
        self._limits = limits

    async def known(self, measurement_id: str, instance_id: str) -> Confirmed | None:
        """What was confirmed already: the answer may have been lost on its way."""
        measurement = (await self._store.measurements_by_id([measurement_id])).get(measurement_id)
        if measurement is None or measurement.cell_instance_id != instance_id or measurement.is_recording:
            return None
        steps = (await self._store.steps([measurement_id])).get(measurement_id, {})
        content = (await self._store.contents([measurement_id])).get(measurement_id)
        files = await self._store.files(measurement_id)
        path = content.samples_key if content else next(iter(files.values()), "").rpartition("/")[0]
        return await self._confirmed(measurement, steps, path)

    async def series(self, measurement: CellMeasurement, staged: Staged, steps: Table | None) -> Confirmed:
        """Keep the samples, and the steps that came with them. Raises what is refused."""
        if SAMPLES not in staged:
            raise Refused(not_found())
        given = await in_thread(self._steps, steps, staged.get(STEPS), limiter=self._keeper.limiter)
        source = self._blobs.path(staged[SAMPLES])
        async with self._keeper.digested(measurement.id, source, given) as (made, digest):
            measurement = replace(
                measurement, row_count=made.shape.rows, columns=made.shape.columns, content_sha256=made.sha256
            )
            await self._store.add_measurement(measurement, told.created(measurement), digest=digest)
        return await self._confirmed(measurement, digest.steps, digest.content.samples_key)

    async def files(self, measurement: CellMeasurement, filenames: Sequence[str], staged: Staged) -> Confirmed:
        """Keep the files as they are. Raises what is refused."""
        if missing := [filename for filename in filenames if filename not in staged]:
            raise FieldError("filenames", f"has {missing[0]!r}, which was not uploaded; put it, then confirm again")
        place = self._keeper.place(measurement.id)
        files = {filename: f"{place}/{number}" for number, filename in enumerate(filenames)}
        measurement = replace(measurement, filenames=tuple(filenames))
        async with self._keeper.linked({key: staged[filename] for filename, key in files.items()}):
            await self._store.add_measurement(measurement, told.created(measurement), files=files)
        return await self._confirmed(measurement, {}, place)

    async def extension(self, measurement_id: str, staged: Staged) -> Confirmed:
        """Put the samples behind those that are there. Raises what is refused."""
        if EXTENSION not in staged:
            raise Refused(not_found())
        _, content = await self.extensible(measurement_id)
        with self._keeper.scratch() as folder:
            target = folder / SAMPLES
            await in_thread(self._join, content.samples_key, staged[EXTENSION], target, limiter=self._keeper.limiter)
            async with self._keeper.digested(measurement_id, target) as (made, digest):
                now = self._clock.now()

                def longer(before: CellMeasurement) -> CellMeasurement:
                    return _longer(before, made.shape.rows, made.sha256, now)

                events = told.extended(measurement_id, made.shape.rows)
                measurement = await self._store.change_measurement(measurement_id, longer, events, digest=digest)
        await self._blobs.delete(content.keys)
        return await self._confirmed(measurement, digest.steps, digest.content.samples_key)

    async def extensible(self, measurement_id: str) -> tuple[CellMeasurement, Content]:
        """A measurement that takes more samples, and where those that it has lie. Raises what is refused."""
        measurement = (await self._store.measurements_by_id([measurement_id])).get(measurement_id)
        if measurement is None:
            raise RowMissingError("CellMeasurement", measurement_id)
        _check_open_end(measurement)
        content = (await self._store.contents([measurement_id])).get(measurement_id)
        if content is None:
            message = "A measurement of properties or files has no samples to add to; upload another measurement."
            raise Refused(SeriesMissing(message=message, measurement_id=measurement_id))
        return measurement, content

    async def _confirmed(self, measurement: CellMeasurement, steps: Table, path: str) -> Confirmed:
        instance_id = measurement.cell_instance_id
        instance = (await self._store.instances_by_id([instance_id])).get(instance_id)
        if instance is None:  # deleted this moment, and the measurement with it
            raise RowMissingError("CellInstance", instance_id)
        steps_created = len(next(iter(steps.values()), ()))
        return Confirmed(instance, measurement, steps_created, path)

    def _steps(self, given: Table | None, staged: str | None) -> Table | None:
        from server.cells.incoming.given import read_steps, steps_of  # noqa: PLC0415 (pyarrow is slow to import)

        if given is not None:
            return steps_of(given)
        return None if staged is None else read_steps(self._blobs.path(staged))

    def _join(self, kept: str, staged: str, target: Path) -> None:
        from server.cells.incoming.extension import joined  # noqa: PLC0415 (pyarrow is slow to import)

        joined(self._blobs.path(kept), self._blobs.path(staged), target, self._limits)


def _check_open_end(measurement: CellMeasurement) -> None:
    if measurement.is_recording:
        raise Refused(busy(measurement.id))
    if measurement.end_time is not None:
        raise Refused(ended(measurement.id))


def _longer(before: CellMeasurement, rows: int, sha256: str, now: datetime) -> CellMeasurement:
    _check_open_end(before)
    return replace(before, row_count=rows, content_sha256=sha256, updated_at=max(now, before.updated_at or now))
