"""The Parquet file of a test that is over, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

from server.cells.live.chunks import rows_of
from server.stores.cells import Chunk

GROUP_ROWS = 65_536


class Compaction:
    """Row groups of GROUP_ROWS, the last one shorter; zstd."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._writer: pq.ParquetWriter | None = None
        self._waiting = pl.DataFrame()
        self.row_count = 0

    def take(self, chunks: Sequence[Chunk]) -> None:
        """Add their rows."""
        rows = rows_of(chunks)
        self.row_count += rows.height
        self._waiting = pl.concat([self._waiting, rows]) if self._waiting.width else rows
        while self._waiting.height >= GROUP_ROWS:
            self._write(self._waiting.head(GROUP_ROWS))
            self._waiting = self._waiting.slice(GROUP_ROWS)

    def done(self) -> None:
        """Write what waits."""
        if self._waiting.height:
            self._write(self._waiting)

    def _write(self, rows: pl.DataFrame) -> None:
        table = rows.to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._target, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=GROUP_ROWS)

    def __enter__(self) -> Compaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
