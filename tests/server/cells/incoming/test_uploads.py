from __future__ import annotations

import hashlib
import io
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE, CellMeasurement, MeasurementType
from schema.cells import refusals
from schema.ports import Bytes, Confirmed, Query, Uploaded
from server.cells.limits import Limits
from server.clock import Clock
from server.stores.sqlite.cells.store import SqliteCellStore
from tests.server.cells.full_disk import largest_file
from tests.server.cells.parquet import frame, opened, parquet, put, sent, uploaded
from tests.server.cells.recorded import rows


async def state(bench) -> tuple[object, ...]:
    """All that a refused upload must leave as it was."""
    page = await bench.lab.cells.measurements(Query())
    return page.items, await bench.kinds(), {name for name in bench.files() if not name.startswith("uploads/")}


async def confirmed(bench, upload, **fields) -> object:
    return await bench.lab.uploads.confirm(upload.measurement_id, bench.instance_id, fields)


async def test_an_upload_becomes_a_measurement_only_when_it_is_confirmed(bench):
    before = await state(bench)
    upload = await opened(bench, "100 % 'test' 🔋")
    body = parquet(frame())
    assert await put(bench, upload, body) is None
    assert await state(bench) == before

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
    before = await state(bench)
    upload = await opened(bench)
    await put(bench, upload, BAD[code])

    refused = await confirmed(bench, upload)

    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == code
    assert await state(bench) == before
    assert await put(bench, upload, parquet(frame())) is None
    assert isinstance(await confirmed(bench, upload), Confirmed)
    assert await bench.orphans() == set()


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"tags": 5}, "tags"), ({"name": ""}, "name"), ({"end_time": "soon"}, "end_time"), ({"protocol": 1}, "protocol")],
)
async def test_a_refused_document_leaves_nothing(bench, fields, path):
    before = await state(bench)
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    refused = await confirmed(bench, upload, **fields)
    assert isinstance(refused, refusals.InvalidField)
    assert refused.field == path
    assert await state(bench) == before


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


async def test_given_steps_are_kept_whether_json_or_parquet(bench):
    given = {STEP_COUNT: [0, 1], "Label": ["a", None], "Note": [1.5, float("nan")]}
    for name, as_json in (("json", True), ("parquet", False)):
        upload = await opened(bench, name)
        await put(bench, upload, parquet(frame()))
        if not as_json:
            await put(bench, upload, parquet(pl.DataFrame(given)), "steps.parquet")
        steps = given if as_json else None
        answer = await bench.lab.uploads.confirm(upload.measurement_id, bench.instance_id, {}, steps)
        assert isinstance(answer, Confirmed), answer
        assert answer.steps_created == 2
        kept = (await bench.lab.samples.steps([answer.measurement.id]))[answer.measurement.id]
        assert dict(kept) == {STEP_COUNT: [0, 1], "Label": ["a", None], "Note": [1.5, None]}
    assert await bench.orphans() == set()


@pytest.mark.parametrize(
    "steps",
    [
        {STEP_COUNT: [0], "x": [1, 2]},
        {"x": [1]},
        {STEP_COUNT: 0},
        {STEP_COUNT: [float("inf")]},
        {STEP_COUNT: [True]},
        [1],
    ],
)
async def test_steps_that_are_no_table_are_refused(bench, steps):
    before = await state(bench)
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    refused = await bench.lab.uploads.confirm(upload.measurement_id, bench.instance_id, {}, steps)
    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == "steps_invalid"
    assert await state(bench) == before


async def test_damaged_steps_are_refused(bench):
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    await put(bench, upload, b"PAR1 and no more", "steps.parquet")
    refused = await confirmed(bench, upload)
    assert isinstance(refused, refusals.InvalidSeries)
    assert refused.code == "steps_invalid"


async def test_files_of_any_name_are_kept_as_they_are(bench):
    names = ("photo #1.jpg", "Zelle 50 %.csv", "电池.txt", "a..b", "upload.json")
    upload = await bench.lab.uploads.open(bench.instance_id, "files", MeasurementType.FILE, names)
    assert isinstance(upload, Uploaded)
    for number, name in enumerate(names[:-1]):
        assert await put(bench, upload, b"bytes %d" % number, name) is None
    refused = await confirmed(bench, upload)
    assert isinstance(refused, refusals.InvalidField)
    assert "upload.json" in refused.message
    assert await put(bench, upload, b"", names[-1]) is None
    answer = await confirmed(bench, upload)
    assert isinstance(answer, Confirmed), answer
    assert answer.measurement.filenames == names
    for number, name in enumerate(names[:-1]):
        found = await bench.lab.samples.file(answer.measurement.id, name)
        assert isinstance(found, Bytes)
        assert (found.path.read_bytes(), found.filename) == (b"bytes %d" % number, name)
    assert isinstance(await bench.lab.samples.file(answer.measurement.id, "other"), refusals.FileNotFound)
    assert isinstance(await bench.lab.samples.parquet(answer.measurement.id), refusals.SeriesMissing)
    assert isinstance(await bench.lab.uploads.open_extension(answer.measurement.id), refusals.SeriesMissing)
    assert await bench.orphans() == set()
    await bench.lab.cells.delete_measurement(answer.measurement.id)
    assert bench.files() == set()


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("a/b",),
        ("..",),
        (".",),
        ("a\\b",),
        ("a\0b",),
        ("a\nb",),
        ("",),
        ("x" * 201,),
        ("a", "a"),
        "ab",
        (1,),
        ("a",) * 51,
    ],
)
async def test_other_file_names_are_refused(bench, names):
    refused = await bench.lab.uploads.open(bench.instance_id, "files", MeasurementType.FILE, names)
    assert isinstance(refused, refusals.InvalidField)
    assert refused.field.startswith("filenames")


async def extension(bench, measurement_id: str, body: bytes) -> object:
    upload = await bench.lab.uploads.open_extension(measurement_id)
    assert isinstance(upload, Uploaded), upload
    assert await put(bench, upload, body, "time_series_extend.parquet") is None
    return await bench.lab.uploads.confirm_extension(measurement_id)


async def test_an_extension_adds_rows_of_the_same_types(bench):
    first = await uploaded(bench, frame(0, 1_200))
    before = bench.files()
    more = frame(1_200, 800)

    answer = await extension(bench, first.measurement.id, parquet(more.select(reversed(more.columns))))

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
    before = await state(bench)
    refused = await extension(bench, first.measurement.id, parquet(more))
    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == code
    assert await state(bench) == before
    assert isinstance(await extension(bench, first.measurement.id, parquet(frame(1_200, 10))), Confirmed)


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
    await extension(bench, first.measurement.id, parquet(frame(1_200, 10)))
    async with aclosing(bench.lab.recordings.progress(first.measurement.id, 1_195, None)) as feed:
        (piece,) = [piece async for piece in feed]
    assert (piece.behind, piece.columns[TIME][0], len(piece.columns[TIME])) == (1_210, 119.5, 15)


async def test_open_uploads_survive_a_restart_and_late_ones_are_forgotten(opened_bench):
    times = [datetime(2026, 1, 1, tzinfo=UTC)]
    clock, limits = Clock(now=lambda: times[-1]), Limits(upload_expires_s=60)
    async with opened_bench(limits, clock) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        instance = await bench.lab.cells.create_instance(spec.id, {"name": "i"})
        bench.instance_id = instance.id
        upload, late = await opened(bench, "open"), await opened(bench, "late")
        for each in (upload, late):
            await put(bench, each, parquet(frame()))
        times.append(times[0] + timedelta(seconds=30))
    async with opened_bench(limits, clock, first_id=100) as bench:
        answer = await bench.lab.uploads.confirm(upload.measurement_id, instance.id, {})
        assert isinstance(answer, Confirmed), answer
        assert answer.measurement.name == "open"
        times.append(times[0] + timedelta(seconds=61))
        assert isinstance(
            await bench.lab.uploads.confirm(late.measurement_id, instance.id, {}), refusals.UploadNotFound
        )
        assert isinstance(await bench.lab.uploads.put(late.targets[0].key, sent(b"x"), 1), refusals.UploadNotFound)
    async with opened_bench(limits, clock, first_id=200) as bench:
        assert bench.files() == await bench.store.keys()
        assert not (bench.data / "cells" / "uploads").exists()


async def test_orphans_are_swept_at_start_and_what_is_named_stays(opened_bench):
    async with opened_bench() as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        await uploaded(bench, frame())
        still_open = await opened(bench, "open")
        kept = bench.files()
        folder = bench.data / "cells"
        unfinished = f"measurements/{still_open.measurement_id}/1/time_series.parquet"  # killed in its confirmation
        left = ("measurements/gone/1/time_series.parquet", "uploads/gone/x", "work/token/overview.arrow", "odd")
        for name in (*left, unfinished):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"left")
        (folder / f"uploads/{still_open.measurement_id}/time_series.parquet#1").write_bytes(b"half")
        (folder / "uploads/broken").mkdir()
        (folder / "uploads/broken/upload.json").write_bytes(b'{"measurement_id": "broken"')
    async with opened_bench(first_id=100) as bench:
        assert bench.files() == kept
        assert not (bench.data / "cells" / "measurements" / "gone").exists()
        bench.instance_id = (await bench.store.instances_by_id(["id-2"]))["id-2"].id
        assert await put(bench, still_open, parquet(frame())) is None
        assert isinstance(await confirmed(bench, still_open), Confirmed)


def test_frames_are_what_they_say():
    assert pl.read_parquet(io.BytesIO(parquet(frame()))).equals(frame())


async def test_a_full_disk_refuses_and_leaves_all_as_it_was(bench):
    upload = await opened(bench)
    body = parquet(frame(0, 50_000))
    with largest_file(20_000):
        assert isinstance(await put(bench, upload, body), refusals.StorageFull)
    await put(bench, upload, body)
    before = await state(bench)
    with largest_file(20_000):
        assert isinstance(await confirmed(bench, upload), refusals.StorageFull)
    assert await state(bench) == before
    assert isinstance(await confirmed(bench, upload), Confirmed)
    assert await bench.orphans() == set()


async def test_every_blob_is_on_stable_storage_before_the_row_names_it(bench, monkeypatch):
    """What fsync was called for, when the row is added: each file by its number, and the folders that lead to it."""
    synced: set[int] = set()
    at_commit: list[bool] = []

    def remember(opened):
        synced.add(os.fstat(opened).st_ino)

    monkeypatch.setattr("server.stores.blobs.os.fsync", remember)
    add = SqliteCellStore.add_measurement

    async def added(self, *args, digest, **more):
        paths = [bench.data / "cells" / key for key in digest.content.keys]
        at_commit.extend(path.stat().st_ino in synced for path in paths)
        at_commit.extend(folder.stat().st_ino in synced for path in paths for folder in list(path.parents)[:4])
        await add(self, *args, digest=digest, **more)

    monkeypatch.setattr(SqliteCellStore, "add_measurement", added)
    await uploaded(bench, frame())
    assert len(at_commit) >= 10
    assert all(at_commit)


async def test_a_sweep_beside_everything_takes_nothing_away(opened_bench):
    async with opened_bench(Limits(sweep_every_s=0.001)) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        for number in range(5):
            first = await uploaded(bench, frame(0, 1_200), f"test {number}")
            await extension(bench, first.measurement.id, parquet(frame(1_200, 10)))
            recording = await bench.lab.recordings.start(bench.instance_id, {"name": f"running {number}"})
            await bench.lab.recordings.append(recording.id, rows(0, 600))
            assert isinstance(await bench.lab.recordings.finish(recording.id), CellMeasurement)
        assert await bench.store.keys() == bench.files()
