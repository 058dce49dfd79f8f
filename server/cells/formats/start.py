"""When a test began, where its file says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path

import pyarrow.parquet as pq

UNIX_TIMES = ("Unix Time / s", "unix_time_second")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def started_at(path: Path) -> datetime | None:
    """The first row's time of day (UTC) in a converted file; None where it has none, or nonsense."""
    with pq.ParquetFile(path) as file:
        named = next((name for name in UNIX_TIMES if name in file.schema_arrow.names), None)
        first = None if named is None else next(file.iter_batches(batch_size=1, columns=[named]), None)
    value = None if first is None else first.column(0)[0].as_py()
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value) or value <= 0:
        return None
    try:
        return EPOCH + timedelta(seconds=value)
    except OverflowError:
        return None
