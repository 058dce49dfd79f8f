from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import polars as pl
import pytest

from clients.cells.models import CURRENT, TIME, VOLTAGE
from schema.cells import refusals
from schema.ports import Bytes, Confirmed
from server.cells.limits import Limits
from tests.server.cells.parquet import confirmed, frame, opened, parquet, put, sent, uploaded


async def test_an_upload_becomes_a_measurement_only_when_it_is_confirmed(bench):
    before = await bench.state()
    upload = await opened(bench, "100 % 'test' 🔋")
    body = parquet(frame())
    assert await put(bench, upload, body) is None
    assert await bench.state() == before

    answer = await confirmed(bench, upload, notes="n", tags=["a"], start_time="2026-01-01")

    assert isinstance(answer, Confirmed), answer
    measurement = answer.measurement
    assert (measurement.id, measurement.name) == (upload.measurement_id, "100 % 'test' 🔋")
    assert (measurement.row_count, measurement.columns) == (2_000, tuple(frame().columns))
    assert measurement.content_sha256 == hashlib.sha256(body).hexdigest()
    assert (answer.instance.id, answer.steps_created) == (bench.instance_id, 4)
    assert (await bench.lab.cells.measurements_by_id([measurement.id]))[measurement.id] == measurement
    assert (await bench.kinds())[-1] == "CellMeasurementCreated"
    found = await bench.lab.samples.parquet(measurement.id)
    assert isinstance(found, Bytes)
    assert (found.path.read_bytes(), found.size, found.sha256) == (body, len(body), measurement.content_sha256)
    assert found.path == bench.data / "cells" / answer.file_path
    assert bench.files() == await bench.store.keys()


async def test_a_confirmation_whose_answer_was_lost_is_answered_again(bench):
    first = await uploaded(bench, frame())
    again = await bench.lab.uploads.confirm(first.measurement.id, bench.instance_id, {"name": "test"})
    assert again == first
    assert (await bench.kinds()).count("CellMeasurementCreated") == 1


async def test_of_two_open_uploads_of_one_name_one_is_refused_and_may_take_another_name(bench):
    uploads = [await opened(bench), await opened(bench)]
    for upload in uploads:
        await put(bench, upload, parquet(frame()))
    answers: list[object] = []

    async def confirm(upload):
        answers.append(await confirmed(bench, upload, name="test"))

    async with anyio.create_task_group() as tasks:
        for upload in uploads:
            tasks.start_soon(confirm, upload)
    (won,) = [answer for answer in answers if isinstance(answer, Confirmed)]
    (lost,) = [answer for answer in answers if isinstance(answer, refusals.NameTaken)]
    assert lost.existing_id == won.measurement.id
    assert isinstance(await bench.lab.uploads.open(bench.instance_id, "test"), refusals.NameTaken)
    (loser,) = [upload for upload in uploads if upload.measurement_id != won.measurement.id]
    assert len(await bench.orphans()) == 2  # the loser's file and what says that it is open
    assert isinstance(await confirmed(bench, loser, name="another"), Confirmed)
    assert await bench.orphans() == set()


BAD = {
    "rows_missing": parquet(frame().head(0)),
    "not_parquet": b"PK\x03\x04" * 100,
    "damaged": parquet(frame())[:-500],
    "column_missing": parquet(frame().drop(VOLTAGE)),
    "column_not_numeric": parquet(frame().with_columns(pl.col(VOLTAGE).cast(pl.String))),
    "value_not_finite": parquet(frame().with_columns(pl.lit(float("nan")).alias(VOLTAGE))),
    "time_falls": parquet(
        frame().with_columns(pl.when(pl.int_range(pl.len()) == 900).then(0.5).otherwise(TIME).alias(TIME))
    ),
    "current_sign": parquet(frame().with_columns(-pl.col(CURRENT))),
}


@pytest.mark.parametrize("code", BAD)
async def test_a_refused_upload_leaves_nothing_and_may_be_corrected(bench, code):
    before = await bench.state()
    upload = await opened(bench)
    await put(bench, upload, BAD[code])

    refused = await confirmed(bench, upload)

    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == code
    assert await bench.state() == before
    assert await put(bench, upload, parquet(frame())) is None
    assert isinstance(await confirmed(bench, upload), Confirmed)
    assert await bench.orphans() == set()


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"tags": 5}, "tags"), ({"name": ""}, "name"), ({"end_time": "soon"}, "end_time"), ({"protocol": 1}, "protocol")],
)
async def test_a_refused_document_leaves_nothing(bench, fields, path):
    before = await bench.state()
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    refused = await confirmed(bench, upload, **fields)
    assert isinstance(refused, refusals.InvalidField)
    assert refused.field == path
    assert await bench.state() == before


async def test_what_was_not_put_or_not_opened_is_not_found(bench):
    upload = await opened(bench)
    for answer in (
        await confirmed(bench, upload),
        await bench.lab.uploads.confirm("other", bench.instance_id, {}),
        await bench.lab.uploads.confirm_extension(upload.measurement_id),
        await bench.lab.uploads.put("other/time_series.parquet", sent(b"x"), 1),
        await bench.lab.uploads.put(f"{upload.measurement_id}/upload.json", sent(b"x"), 1),
        await bench.lab.uploads.put(f"{upload.measurement_id}/../x", sent(b"x"), 1),
        await bench.lab.uploads.put(upload.measurement_id, sent(b"x"), 1),
        await bench.lab.uploads.put("", sent(b"x"), 1),
    ):
        assert isinstance(answer, refusals.UploadNotFound), answer
    assert isinstance(await bench.lab.uploads.open("x", "test"), refusals.CellInstanceNotFound)
    assert isinstance(await bench.lab.uploads.open(bench.instance_id, "a\nb"), refusals.InvalidField)
    other = await bench.lab.uploads.confirm(upload.measurement_id, "x", {})
    assert isinstance(other, refusals.InvalidField)


async def test_lengths_are_bounded_before_and_while_bytes_come(opened_bench):
    async with opened_bench(Limits(max_upload_bytes=100_000, max_staged_bytes=150_000, max_open_uploads=3)) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        uploads = [await opened(bench, f"test {number}") for number in range(3)]
        key = uploads[0].targets[0].key

        async def never() -> AsyncIterator[bytes]:
            raise AssertionError("a byte was read")
            yield b""

        declared = await bench.lab.uploads.put(key, never(), 5_000_000_000)
        assert isinstance(declared, refusals.UploadTooLarge)
        assert declared.limit_bytes == 100_000
        assert isinstance(await bench.lab.uploads.put(key, sent(b"x" * 100_001), None), refusals.UploadTooLarge)
        assert await bench.lab.uploads.put(key, sent(b"x" * 100_000), None) is None
        for declared_bytes in (None, 60_000):
            full = await bench.lab.uploads.put(uploads[1].targets[0].key, sent(b"x" * 60_000), declared_bytes)
            assert isinstance(full, refusals.LimitReached), full
        assert await bench.lab.uploads.put(uploads[1].targets[0].key, sent(b"x" * 50_000), None) is None
        assert isinstance(await bench.lab.uploads.open(bench.instance_id, "fourth"), refusals.LimitReached)
        assert sorted((bench.data / "cells" / "uploads").rglob("*.parquet"))[1:] != []


async def test_nothing_is_put_while_it_is_confirmed_nor_confirmed_while_it_comes(bench):
    upload = await opened(bench)
    body, begun, go_on = parquet(frame()), anyio.Event(), anyio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield body[:1_000]
        begun.set()
        await go_on.wait()
        yield body[1_000:]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bench.lab.uploads.put, upload.targets[0].key, slow(), None)
        await begun.wait()
        assert isinstance(await confirmed(bench, upload), refusals.MeasurementBusy)
        go_on.set()
    answers: list[object] = []

    async def confirm():
        answers.append(await confirmed(bench, upload))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(confirm)
        await anyio.lowlevel.checkpoint()
        assert isinstance(await put(bench, upload, b"other"), refusals.MeasurementBusy)
        assert isinstance(await confirmed(bench, upload), refusals.MeasurementBusy)
    assert isinstance(answers[0], Confirmed)


def test_frames_are_what_they_say():
    assert pl.read_parquet(io.BytesIO(parquet(frame()))).equals(frame())
