"""What measurements consist of, for readers: see `schema.ports.Samples`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from clients.cells.models import CellMeasurement, MeasurementType
from schema.cells.refusals import CellRefusal, ColumnMissing, FileNotFound, InvalidSeries, SeriesMissing
from schema.ports import Bytes, Series, SeriesWish, Table
from server.cells.documents.refusing import Refused, answered
from server.cells.errors import SeriesError
from server.cells.incoming.keeping import SAMPLES
from server.cells.limits import Limits
from server.cells.live.rows import ChunkRows
from server.stores.blobs import Blobs
from server.stores.cells import CellStore, Content, RowMissingError
from server.threads import in_thread

if TYPE_CHECKING:
    from server.cells.charts.series import SeriesReader

MAX_POINTS = 1_000_000
CHARTS_AT_ONCE = 32


class MeasuredSamples:
    """Implements `schema.ports.Samples`."""

    def __init__(self, store: CellStore, blobs: Blobs, rows: ChunkRows, limits: Limits) -> None:
        self._store = store
        self._blobs = blobs
        self._rows = rows
        self._limits = limits
        self._limiter = anyio.CapacityLimiter(limits.series_threads)
        self._reader: SeriesReader | None = None

    async def series(self, ids: Sequence[str], wish: SeriesWish) -> Mapping[str, Series | CellRefusal]:
        """See the port; those of running tests come from their rows so far. Raises ValueError for less than a point."""
        if not 1 <= wish.max_points <= MAX_POINTS:
            raise ValueError(f"max_points is {wish.max_points:,}; ask for 1 to {MAX_POINTS:,}")
        found = await self._store.measurements_by_id(ids)
        contents = await self._store.contents([key for key, each in found.items() if not each.is_recording])
        answers: dict[str, Series | CellRefusal | None] = dict.fromkeys(
            key for key, each in found.items() if _is_summary(each)
        )
        answers |= await self._of_blobs(contents, wish)

        async def answer(measurement: CellMeasurement) -> None:
            answers[measurement.id] = await self._series(measurement, contents.get(measurement.id), wish)

        async with anyio.create_task_group() as tasks:
            for measurement in found.values():
                if measurement.id not in answers:
                    tasks.start_soon(answer, measurement)
        return {key: told for key in found if (told := answers[key]) is not None}

    async def _of_blobs(self, contents: Mapping[str, Content], wish: SeriesWish) -> dict[str, Series | CellRefusal]:
        """Those whose files are there, some at a time: a hop to a thread costs as much as a chart."""
        answers: dict[str, Series | CellRefusal] = {}

        async def answer(part: Sequence[tuple[str, Content]]) -> None:
            answers.update(await in_thread(self._read_all, part, wish, limiter=self._limiter))

        waiting = list(contents.items())
        async with anyio.create_task_group() as tasks:
            for first in range(0, len(waiting), CHARTS_AT_ONCE):
                tasks.start_soon(answer, waiting[first : first + CHARTS_AT_ONCE])
        return answers

    async def steps(self, ids: Sequence[str]) -> Mapping[str, Table]:
        """See the port."""
        return await self._store.steps(ids)

    async def cycles(self, ids: Sequence[str]) -> Mapping[str, Table]:
        """See the port."""
        return await self._store.cycles(ids)

    @answered
    async def parquet(self, id: str) -> Bytes:  # noqa: A002
        """See the port. Refuses SeriesMissing while the measurement is recording, too: its file is not made yet."""
        measurement = await self._found(id)
        content = (await self._store.contents([id])).get(id)
        if content is None:
            raise Refused(_series_missing(measurement))
        return await self._bytes(content.samples_key, SAMPLES, measurement.content_sha256)

    @answered
    async def file(self, id: str, filename: str) -> Bytes:  # noqa: A002
        """See the port."""
        await self._found(id)
        key = (await self._store.files(id)).get(filename)
        if key is None:
            message = f"The measurement {id} has no file {filename[:100]!r}; `filenames` lists those it has."
            raise Refused(FileNotFound(message=message, filename=filename))
        return await self._bytes(key, filename, None)

    def forget(self, path: Path) -> None:
        """Let go of what is kept of a file that was deleted; from any thread."""
        if self._reader is not None:
            self._reader.forget(path)

    def close(self) -> None:
        """Let go of the overviews."""
        if self._reader is not None:
            self._reader.close()

    async def _found(self, measurement_id: str) -> CellMeasurement:
        measurement = (await self._store.measurements_by_id([measurement_id])).get(measurement_id)
        if measurement is None:
            raise RowMissingError("CellMeasurement", measurement_id)
        return measurement

    async def _bytes(self, key: str, filename: str, sha256: str | None) -> Bytes:
        path = self._blobs.path(key)
        try:
            size = (await anyio.Path(path).stat()).st_size
        except FileNotFoundError as error:  # deleted since the row was read
            raise RowMissingError("CellMeasurement", key.split("/")[1]) from error
        return Bytes(path, size, filename, sha256)

    async def _series(
        self, measurement: CellMeasurement, content: Content | None, wish: SeriesWish
    ) -> Series | CellRefusal | None:
        """None for a measurement that is gone meanwhile; one that was finished or extended is looked up anew."""
        try:
            found = await self._as_it_was(measurement, content, wish)
        except SeriesError as error:
            return _refused(error)
        if found is not None:
            return found
        now = (await self._store.measurements_by_id([measurement.id])).get(measurement.id)
        there = (await self._store.contents([measurement.id])).get(measurement.id)
        if now is None or (now.is_recording, there) == (measurement.is_recording, content):
            return None
        return await self._series(now, there, wish)

    async def _as_it_was(
        self, measurement: CellMeasurement, content: Content | None, wish: SeriesWish
    ) -> Series | CellRefusal | None:
        """None when its samples are not there any more."""
        if measurement.measurement_type is not MeasurementType.TIME_SERIES:
            return _series_missing(measurement)
        if measurement.is_recording:
            return await self._of_chunks(measurement, wish)
        whole = {} if content is None else {measurement.id: content}
        return (await self._of_blobs(whole, wish)).get(measurement.id)

    def _read_all(self, contents: Sequence[tuple[str, Content]], wish: SeriesWish) -> dict[str, Series | CellRefusal]:
        """In a thread; without those whose files are gone."""
        answers: dict[str, Series | CellRefusal] = {}
        for measurement_id, content in contents:
            overview, windows = self._blobs.path(content.overview_key), self._blobs.path(content.windows_key)
            with suppress(FileNotFoundError):
                answers[measurement_id] = self._read(overview, windows, wish)
        return answers

    def _read(self, overview: Path, windows: Path, wish: SeriesWish) -> Series | CellRefusal:
        if self._reader is None:
            from server.cells.charts.series import SeriesReader  # noqa: PLC0415 (polars is slow to import)

            self._reader = SeriesReader(self._limits.overviews_in_memory, self._limits.chart_numbers_in_memory)
        try:
            return self._reader.read(overview, windows, wish)
        except SeriesError as error:
            return _refused(error)

    async def _of_chunks(self, measurement: CellMeasurement, wish: SeriesWish) -> Series | None:
        from server.cells.charts.outline import Outline  # noqa: PLC0415 (polars is slow to import)

        outline = Outline(measurement.columns, wish)
        async for page in self._rows.pages(measurement.id, 0):
            await in_thread(outline.take, page, limiter=self._limiter)
        if outline.row_count < measurement.row_count:
            return None
        return await in_thread(outline.series, limiter=self._limiter)


def _refused(error: SeriesError) -> CellRefusal:
    if error.code == "column_missing" and error.column is not None:
        return ColumnMissing(message=str(error), column=error.column)
    return InvalidSeries(message=str(error), code=error.code, column=error.column, row=error.row)


def _is_summary(measurement: CellMeasurement) -> bool:
    """Whether its steps and cycles are all that was ever kept of it, as of most cells that a batch made."""
    has_samples = measurement.is_recording or measurement.content_sha256 is not None
    return measurement.measurement_type is MeasurementType.TIME_SERIES and not has_samples


def _series_missing(measurement: CellMeasurement) -> SeriesMissing:
    if _is_summary(measurement):
        message = f"Of the measurement {measurement.id} only steps and cycles were kept, and no samples."
    elif measurement.is_recording:
        message = f"The measurement {measurement.id} is recording: finish it to have its file, or ask for its series."
    else:
        message = f"The measurement {measurement.id} consists of {measurement.measurement_type.value}, not of samples."
    return SeriesMissing(message=message, measurement_id=measurement.id)
