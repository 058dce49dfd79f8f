"""Samples as files that clients upload."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import polars as pl

from schema.ports import Confirmed, Uploaded
from tests.server.cells.recorded import rows


def frame(first: int = 0, count: int = 2_000) -> pl.DataFrame:
    """With a column of text and one of small whole numbers, whose types must survive."""
    numbers = rows(first, count)
    return pl.DataFrame(numbers, strict=False).with_columns(
        pl.Series("Remark", [None if number % 3 else f"row {number}" for number in range(first, first + count)]),
        pl.Series("Channel", [7] * count, dtype=pl.Int8),
    )


def parquet(samples: pl.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    samples.write_parquet(file, **options)
    return file.getvalue()


async def sent(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


async def opened(bench, name: str = "test") -> Uploaded:
    upload = await bench.lab.uploads.open(bench.instance_id, name)
    assert isinstance(upload, Uploaded), upload
    return upload


async def put(bench, upload: Uploaded, body: bytes, filename: str = "time_series.parquet") -> object:
    (key,) = [target.key for target in upload.targets if target.filename == filename]
    return await bench.lab.uploads.put(key, sent(body), len(body))


async def confirmed(bench, upload: Uploaded, **fields: Any) -> object:
    return await bench.lab.uploads.confirm(upload.measurement_id, bench.instance_id, fields)


async def uploaded(bench, samples: pl.DataFrame, name: str = "test", **fields: Any) -> Confirmed:
    upload = await opened(bench, name)
    assert await put(bench, upload, parquet(samples)) is None
    answer = await confirmed(bench, upload, name=name, **fields)
    assert isinstance(answer, Confirmed), answer
    return answer


async def extended(bench, measurement_id: str, body: bytes) -> object:
    upload = await bench.lab.uploads.open_extension(measurement_id)
    assert isinstance(upload, Uploaded), upload
    assert await put(bench, upload, body, "time_series_extend.parquet") is None
    return await bench.lab.uploads.confirm_extension(measurement_id)
