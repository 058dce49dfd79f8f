"""Following the samples of a test: what is there first, then what comes, each row once and in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import TIME, CellMeasurement
from schema.ports import Append
from server.cells.documents.told import TOPIC
from server.cells.live.rows import CHUNKS_AT_ONCE, ChunkRows
from server.events.hub import Hub
from server.stores.blobs import Blobs
from server.stores.cells import CellStore
from server.threads import in_thread

if TYPE_CHECKING:
    import polars as pl

ROWS_IN_A_PAGE = 65_536

Columns = Mapping[str, NDArray[np.float64]]


def bell_of(measurement_id: str) -> str:
    """What rings after an append."""
    return f"measurement/{measurement_id}"


class Feed:
    """A reader holds one page, however slow it is; it is told that there is more, never what."""

    def __init__(self, store: CellStore, blobs: Blobs, rows: ChunkRows, hub: Hub) -> None:
        self._store = store
        self._blobs = blobs
        self._rows = rows
        self._hub = hub

    def progress(self, measurement_id: str, after_row: int, max_points: int | None) -> AsyncIterator[Append]:
        """See the port."""
        if after_row < 0 or (max_points is not None and max_points < 1):
            raise ValueError(f"after_row is {after_row} and max_points {max_points}: rows from 0, at least one point")
        return self._followed(measurement_id, after_row, max_points)

    async def _followed(self, measurement_id: str, row: int, max_points: int | None) -> AsyncIterator[Append]:
        # The lab's topic rings as well when the test is finished, or deleted with its instance.
        with self._hub.bell((bell_of(measurement_id), TOPIC)) as bell:
            while True:
                bell.clear()
                measurement = (await self._store.measurements_by_id([measurement_id])).get(measurement_id)
                if measurement is None:
                    return
                page = await self._next(measurement, row)
                if page is None:
                    await bell.wait()
                    continue
                columns, behind = page
                is_complete = not measurement.is_recording and behind >= measurement.row_count
                known = replace(measurement, row_count=max(measurement.row_count, behind))
                shown = await in_thread(_few, columns, max_points)
                yield Append(known, row, behind, shown, is_complete)
                if is_complete:
                    return
                row = behind

    async def _next(self, measurement: CellMeasurement, row: int) -> tuple[Columns, int] | None:
        """Rows from here on, and the row behind them; None while there are none yet, no columns behind the last."""
        if not measurement.is_recording:
            return await self._kept(measurement, row)
        chunks = await self._store.chunks(measurement.id, row, CHUNKS_AT_ONCE)
        if not chunks:
            return None
        frame = await self._rows.decoded(chunks, row)
        return await in_thread(_numbers, frame), chunks[-1].first_row + chunks[-1].row_count

    async def _kept(self, measurement: CellMeasurement, row: int) -> tuple[Columns, int] | None:
        content = (await self._store.contents([measurement.id])).get(measurement.id)
        if content is None or row >= measurement.row_count:
            return {}, row
        behind = min(row + ROWS_IN_A_PAGE, measurement.row_count)
        try:
            path = self._blobs.path(content.windows_key)
            return await in_thread(_page, path, row, behind - row, limiter=self._rows.limiter), behind
        except FileNotFoundError:  # it was extended or deleted meanwhile, which rings
            return None


def _numbers(frame: pl.DataFrame) -> Columns:
    from server.cells.live.chunks import numbers_of  # noqa: PLC0415 (polars is slow to import, as below)

    return numbers_of(frame)


def _page(path: Path, first_row: int, row_count: int) -> Columns:
    from server.cells.live.chunks import page_of  # noqa: PLC0415

    return page_of(path, first_row, row_count)


def _few(columns: Columns, max_points: int | None) -> Columns:
    """Each piece thinned for itself."""
    row_count = len(next(iter(columns.values()), ()))
    if max_points is None or row_count <= max_points:
        return columns
    from server.cells.charts.points import Points  # noqa: PLC0415
    from server.cells.charts.thinning import thinned  # noqa: PLC0415

    drawn = {name: column for name, column in columns.items() if name != TIME}
    rows = np.arange(row_count)
    points = Points(rows, columns.get(TIME, rows.astype(np.float64)), tuple(drawn.values()))
    chosen = thinned(points, max_points).rows
    return {name: column[chosen] for name, column in columns.items()}
