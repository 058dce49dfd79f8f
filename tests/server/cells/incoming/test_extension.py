from __future__ import annotations

import hashlib
from contextlib import aclosing

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clients.cells.models import STEP_COUNT, TIME, CellMeasurement
from schema.cells import refusals
from schema.ports import Bytes, Confirmed
from tests.server.cells.parquet import extended, frame, parquet, put, uploaded


async def test_an_extension_adds_rows_of_the_same_types(bench):
    first = await uploaded(bench, frame(0, 1_200))
    before = bench.files()
    more = frame(1_200, 800)

    answer = await extended(bench, first.measurement.id, parquet(more.select(reversed(more.columns))))

    assert isinstance(answer, Confirmed), answer
    assert (answer.measurement.row_count, answer.steps_created) == (2_000, 4)
    assert answer.measurement.content_sha256 != first.measurement.content_sha256
    assert (await bench.kinds())[-1] == "MeasurementExtended"
    found = await bench.lab.samples.parquet(first.measurement.id)
    assert isinstance(found, Bytes)
    assert_frame_equal(pl.read_parquet(found.path), frame(0, 2_000))
    assert hashlib.sha256(found.path.read_bytes()).hexdigest() == answer.measurement.content_sha256
    assert not before & bench.files()
    assert await bench.orphans() == set()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (frame(1_200, 10).drop("Remark"), "columns_differ"),
        (frame(1_200, 10).with_columns(New=1.0), "columns_differ"),
        (frame(1_199, 10), "time_not_later"),
        (frame(1_500, 10).with_columns(pl.lit(7).alias(STEP_COUNT)), "step_jumps"),
        (frame(1_200, 10).with_columns(pl.lit(300).alias("Channel")), "column_type"),
        (frame(1_200, 10).head(0), "rows_missing"),
    ],
)
async def test_an_extension_that_does_not_fit_changes_nothing(bench, more, code):
    first = await uploaded(bench, frame(0, 1_200))
    before = await bench.state()
    refused = await extended(bench, first.measurement.id, parquet(more))
    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == code
    assert await bench.state() == before
    assert isinstance(await extended(bench, first.measurement.id, parquet(frame(1_200, 10))), Confirmed)


async def test_only_a_test_with_an_open_end_is_extended(bench):
    ended = await uploaded(bench, frame(), "ended", end_time="2050-01-01")
    assert isinstance(await bench.lab.uploads.open_extension(ended.measurement.id), refusals.MeasurementEnded)
    assert isinstance(await bench.lab.uploads.open_extension("x"), refusals.CellMeasurementNotFound)
    first = await uploaded(bench, frame(0, 1_200))
    upload = await bench.lab.uploads.open_extension(first.measurement.id)
    assert await bench.lab.uploads.open_extension(first.measurement.id) == upload
    assert isinstance(await bench.lab.uploads.confirm_extension(first.measurement.id), refusals.UploadNotFound)
    await put(bench, upload, parquet(frame(1_200, 10)), "time_series_extend.parquet")
    await bench.lab.cells.update_measurement(first.measurement.id, {"end_time": "2050-01-01"})
    assert isinstance(await bench.lab.uploads.confirm_extension(first.measurement.id), refusals.MeasurementEnded)
    recording = await bench.lab.recordings.start(bench.instance_id, {"name": "r"})
    assert isinstance(recording, CellMeasurement)
    assert isinstance(await bench.lab.uploads.open_extension(recording.id), refusals.MeasurementBusy)


async def test_progress_goes_on_behind_an_extension(bench):
    first = await uploaded(bench, frame(0, 1_200))
    async with aclosing(bench.lab.recordings.progress(first.measurement.id, 0, None)) as feed:
        assert [(piece.behind, piece.is_complete) async for piece in feed] == [(1_200, True)]
    await extended(bench, first.measurement.id, parquet(frame(1_200, 10)))
    async with aclosing(bench.lab.recordings.progress(first.measurement.id, 1_195, None)) as feed:
        (piece,) = [piece async for piece in feed]
    assert (piece.behind, piece.columns[TIME][0], len(piece.columns[TIME])) == (1_210, 119.5, 15)
