"""A series as a file. What is not known is null in JSON and Parquet, and empty in CSV."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from schema.ports import Series

if TYPE_CHECKING:
    from server.rest.export_series import Format

TIME_S = "time_s"


def written(series: Series, wanted: Format, is_dated: bool) -> bytes:  # noqa: FBT001 (in_thread hands on by place)
    """The bytes; with `is_dated`, `time` is since 1970 and written as ISO 8601 in UTC, else as seconds, `time_s`."""
    frame = pl.DataFrame({TIME_S: series.time, **series.columns}).fill_nan(None)
    if is_dated:
        at = (pl.col(TIME_S) * 1000).round().cast(pl.Int64).cast(pl.Datetime("ms", "UTC"))
        frame = frame.select(at.alias("time"), pl.all().exclude(TIME_S))
    body = io.BytesIO()
    if wanted == "parquet":
        frame.write_parquet(body, compression="zstd")
        return body.getvalue()
    if is_dated:
        frame = frame.with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    if wanted == "csv":
        frame.write_csv(body)
    else:
        frame.write_json(body)
    return body.getvalue()
