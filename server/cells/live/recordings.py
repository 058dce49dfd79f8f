"""Samples as they are measured: see `schema.ports.Recordings`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from clients.cells.models import CellMeasurement, MeasurementType
from schema.cells.refusals import AppendOutOfPlace, LimitReached
from schema.ports import Append, StoppingError, Table
from server.cells.background import Background
from server.cells.documents import documents, told
from server.cells.documents.documents import Fields
from server.cells.documents.refusing import Refused, answered, busy, ended
from server.cells.errors import SeriesError
from server.cells.incoming.keeping import SAMPLES, Keeper
from server.cells.incoming.turns import Turns
from server.cells.limits import Limits
from server.cells.live.feed import Feed, bell_of
from server.cells.live.rows import ChunkRows
from server.cells.live.running import Running, RunningTests
from server.clock import Clock
from server.events.hub import Hub
from server.stores.cells import CellStore, RowMissingError
from server.stores.errors import StoreError
from server.threads import in_thread

logger = structlog.get_logger()


class LiveRecordings:
    """Implements `schema.ports.Recordings`; merges chunks in the background."""

    def __init__(
        self,
        store: CellStore,
        rows: ChunkRows,
        keeper: Keeper,
        feed: Feed,
        turns: Turns,
        hub: Hub,
        clock: Clock,
        limits: Limits,
        new_id: Callable[[], str],
        background: Background,
    ) -> None:
        self._store, self._rows, self._keeper, self._feed = store, rows, keeper, feed
        self._turns, self._hub, self._background = turns, hub, background
        self._clock, self._limits, self._new_id = clock, limits, new_id
        self._tests = RunningTests(limits.recordings_in_memory)

    @answered
    async def start(self, instance_id: str, fields: Fields) -> CellMeasurement:
        """See the port. Without `start_time` in the fields it starts now."""
        now = self._clock.now()
        timed = {"start_time": now, **fields}
        measurement = documents.new_measurement(self._new_id(), instance_id, MeasurementType.TIME_SERIES, timed, now)
        recording = documents.changed_measurement(replace(measurement, is_recording=True), {}, now)
        await self._store.add_measurement(recording, told.recording_started(recording))
        return recording

    @answered
    async def append(self, measurement_id: str, columns: Table, first_row: int | None = None) -> CellMeasurement:
        """See the port. Refuses MeasurementBusy while the measurement is being finished."""
        if not self._tests.remembers(measurement_id):
            await self._recording(measurement_id)
        running = self._tests.of(measurement_id)
        async with running.appending:
            measurement = await self._recording(measurement_id)
            await self._caught_up(running, measurement)
            grown = await self._appended(running, measurement, columns, first_row)
        if grown.row_count > measurement.row_count:
            self._hub.ring([bell_of(measurement_id)])
            if running.mergeable() and not running.merging.locked():
                self._background.start(self._merge(measurement_id, running))
        return grown

    @answered
    async def finish(self, measurement_id: str, end_time: str | None = None) -> CellMeasurement:
        """See the port. Without `end_time` it ended now; a doubtful sign of the current is in `fields["warnings"]`."""
        end = documents.instant("end_time", end_time)
        await self._recording(measurement_id)
        with self._turns.taken(measurement_id):
            running = self._tests.of(measurement_id)
            async with running.appending, running.merging:
                measurement = await self._found(measurement_id)
                finished = await self._finished(measurement, end or self._end_of(measurement))
            self._tests.drop(measurement_id)
        self._hub.ring([bell_of(measurement_id)])
        return finished

    def progress(self, measurement_id: str, after_row: int, max_points: int | None) -> AsyncIterator[Append]:
        """See the port; `columns` has the time as well. Raises ValueError for less than one point or a row below 0."""
        return self._feed.progress(measurement_id, after_row, max_points)

    async def _found(self, measurement_id: str) -> CellMeasurement:
        measurement = (await self._store.measurements_by_id([measurement_id])).get(measurement_id)
        if measurement is None:
            raise RowMissingError("CellMeasurement", measurement_id)
        if not measurement.is_recording:
            raise Refused(ended(measurement_id))
        return measurement

    async def _recording(self, measurement_id: str) -> CellMeasurement:
        measurement = await self._found(measurement_id)
        if measurement_id in self._turns.held():
            raise Refused(busy(measurement_id))
        return measurement

    async def _caught_up(self, running: Running, measurement: CellMeasurement) -> None:
        """After a restart, look once through the rows that are there."""
        if running.row_count == measurement.row_count:
            return
        running.forget()
        async for chunk in self._rows.chunks(measurement.id, 0):
            await in_thread(running.replayed, chunk, limiter=self._rows.limiter)

    async def _appended(
        self, running: Running, measurement: CellMeasurement, columns: Table, first_row: int | None
    ) -> CellMeasurement:
        came = await self._rows.prepared(running, columns, first_row, self._limits)
        if came.checks is None or came.chunk is None:
            if await self._rows.holds(measurement, first_row or 0, came.frame):
                return measurement
            raise Refused(_out_of_place(running.row_count))
        if running.row_count + came.frame.height > self._limits.max_recording_rows:
            raise Refused(_too_many(self._limits.max_recording_rows))
        named = tuple(came.frame.columns)
        if measurement.columns != named:
            await self._store.change_measurement(measurement.id, lambda before: replace(before, columns=named))
        grown = await self._store.append_chunk(measurement.id, came.chunk)
        running.grown(came.frame, came.checks)
        return grown

    async def _merge(self, measurement_id: str, running: Running) -> None:
        """Keep the number of chunks small. What fails is tried again after the next append."""
        async with running.merging:
            try:
                while (due := running.mergeable()) is not None:
                    first_row, count = due
                    merged = await self._rows.merged(measurement_id, first_row, count)
                    await self._store.merge_chunks(measurement_id, merged)
                    running.merged(first_row, count)
            except (StoreError, StoppingError, ValueError) as error:
                logger.warning("chunks_not_merged", measurement=measurement_id, reason=str(error))

    async def _finished(self, measurement: CellMeasurement, end: datetime) -> CellMeasurement:
        if not measurement.row_count:
            raise SeriesError("the measurement has no samples: append some, or delete it", "rows_missing")
        with self._keeper.scratch() as folder:
            source = folder / SAMPLES
            await self._rows.compacted(measurement, source)
            try:
                return await self._kept(measurement, source, {"end_time": end})
            except SeriesError as error:
                if error.code != "current_sign":
                    raise
                # What was recorded can be neither sent again nor turned round: it is kept, and said to be doubtful.
                doubt = {"end_time": end, "warnings": [f"current_sign: {error}"]}
                return await self._kept(measurement, source, doubt, with_sign=False)

    async def _kept(
        self, measurement: CellMeasurement, source: Path, changes: Fields, *, with_sign: bool = True
    ) -> CellMeasurement:
        now = self._clock.now()
        documents.changed_measurement(replace(measurement, is_recording=False), changes, now)
        async with self._keeper.digested(measurement.id, source, with_sign=with_sign) as (made, digest):

            def whole(before: CellMeasurement) -> CellMeasurement:
                stopped = replace(before, is_recording=False, content_sha256=made.sha256)
                return documents.changed_measurement(stopped, changes, now)

            events = told.finished(measurement.id, measurement.row_count)
            return await self._store.change_measurement(measurement.id, whole, events, digest=digest)

    def _end_of(self, measurement: CellMeasurement) -> datetime:
        now = self._clock.now()
        return max(now, measurement.start_time or now)


def _out_of_place(expected_row: int) -> AppendOutOfPlace:
    message = f"{expected_row:,} rows are kept; go on with row {expected_row}."
    return AppendOutOfPlace(message=message, expected_row=expected_row)


def _too_many(most: int) -> LimitReached:
    return LimitReached(message=f"A recording has at most {most:,} rows; finish it and start another.", limit=most)
