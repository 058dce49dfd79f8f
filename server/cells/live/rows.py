"""The rows of running tests, read from the store and worked on in threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from clients.cells.models import CellMeasurement
from schema.ports import Table
from server.cells.limits import Limits
from server.cells.live.running import Running
from server.stores.cells import CellStore, Chunk
from server.stores.errors import StoreUnreadableError
from server.threads import in_thread

if TYPE_CHECKING:
    import polars as pl

    from server.cells.digest.validation import Checks

CHUNKS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows that came; with the checks behind them and packed, where they follow those that are there."""

    frame: pl.DataFrame
    checks: Checks | None = None
    chunk: Chunk | None = None


class ChunkRows:
    """Nothing here holds more than a few chunks at a time."""

    def __init__(self, store: CellStore, threads: int) -> None:
        self._store = store
        self.limiter = anyio.CapacityLimiter(threads)

    async def pages(self, measurement_id: str, first_row: int) -> AsyncIterator[list[Chunk]]:
        """The chunks that have rows from `first_row` on, a few at a time, as long as there are more."""
        while page := await self._store.chunks(measurement_id, first_row, CHUNKS_AT_ONCE):
            yield page
            first_row = page[-1].first_row + page[-1].row_count

    async def chunks(self, measurement_id: str, first_row: int) -> AsyncIterator[Chunk]:
        """One by one."""
        async for page in self.pages(measurement_id, first_row):
            for chunk in page:
                yield chunk

    async def prepared(self, running: Running, given: Table, first_row: int | None, limits: Limits) -> Prepared:
        """Check and pack the rows, in one thread. Raises SeriesError."""
        return await in_thread(_prepared, running, given, first_row, limits, limiter=self.limiter)

    async def decoded(self, chunks: Sequence[Chunk], first_row: int) -> pl.DataFrame:
        """See `rows_of`."""
        return await in_thread(_decoded, chunks, first_row, limiter=self.limiter)

    async def holds(self, measurement: CellMeasurement, first_row: int, frame: pl.DataFrame) -> bool:
        """Whether exactly these rows are kept from `first_row` on: then they were sent a second time."""
        behind = first_row + frame.height
        if first_row < 0 or behind > measurement.row_count:
            return False
        async for page in self.pages(measurement.id, first_row):
            found = await self.decoded(page, max(first_row, page[0].first_row))
            rest = frame.tail(behind - max(first_row, page[0].first_row))
            here = min(found.height, rest.height)
            if not found.head(here).equals(rest.head(here), null_equal=True):
                return False
            if here == rest.height:
                return True
        return False

    async def merged(self, measurement_id: str, first_row: int, count: int) -> Chunk:
        """One chunk of so many."""
        found = await self._store.chunks(measurement_id, first_row, count)
        return await in_thread(_merged, found, limiter=self.limiter)

    async def compacted(self, measurement: CellMeasurement, target: Path) -> None:
        """Write all rows into one Parquet file. Raises StoreUnreadableError when some are missing."""
        from server.cells.live.compaction import Compaction  # noqa: PLC0415 (pyarrow is slow to import)

        with Compaction(target) as compaction:
            async for page in self.pages(measurement.id, 0):
                await in_thread(compaction.take, page, limiter=self.limiter)
            await in_thread(compaction.done, limiter=self.limiter)
        if compaction.row_count != measurement.row_count:
            reason = f"{measurement.id} has {compaction.row_count:,} of its {measurement.row_count:,} rows"
            raise StoreUnreadableError(f"{reason}: put a backup back")


def _prepared(running: Running, given: Table, first_row: int | None, limits: Limits) -> Prepared:
    from server.cells.live.chunks import chunk_of, frame_of  # noqa: PLC0415 (polars is slow to import, as below)

    frame = frame_of(given, running.columns, limits)
    if first_row is not None and first_row != running.row_count:
        return Prepared(frame)
    return Prepared(frame, running.checked(frame), chunk_of(running.row_count, frame))


def _decoded(chunks: Sequence[Chunk], first_row: int) -> pl.DataFrame:
    from server.cells.live.chunks import rows_of  # noqa: PLC0415

    return rows_of(chunks, first_row)


def _merged(chunks: Sequence[Chunk]) -> Chunk:
    from server.cells.live.chunks import merged  # noqa: PLC0415

    return merged(chunks)
