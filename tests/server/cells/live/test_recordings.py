from __future__ import annotations

import random

import anyio
import anyio.lowlevel
import pytest

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE, CellMeasurement
from schema.cells import refusals
from schema.ports import SeriesWish
from server.cells.limits import Limits
from server.cells.live.running import LOOSE_CHUNKS, Running
from tests.server.cells.recorded import EXTRA, appended, check, followed, followed_until, rows


async def test_a_recording_starts_now_without_samples(bench, recording):
    assert recording.is_recording
    assert (recording.row_count, recording.end_time, recording.columns) == (0, None, ())
    assert recording.start_time is not None
    assert (await bench.kinds())[-1] == "MeasurementRecordingStarted"
    taken = await bench.lab.recordings.start(bench.instance_id, {"name": "running"})
    assert isinstance(taken, refusals.NameTaken)
    assert taken.existing_id == recording.id
    assert isinstance(await bench.lab.recordings.start("x", {"name": "y"}), refusals.CellInstanceNotFound)
    ended = await bench.lab.recordings.start(bench.instance_id, {"name": "z", "end_time": "2050-01-01"})
    assert isinstance(ended, refusals.InvalidField)


async def test_what_is_appended_is_kept_and_finished_whole(bench, recording):
    for first in range(0, 3_000, 100):
        grown = await appended(bench, recording, first, 100)
    assert (grown.row_count, grown.columns) == (3_000, tuple(rows(0, 1)))

    finished = await bench.lab.recordings.finish(recording.id)

    assert isinstance(finished, CellMeasurement), finished
    assert (finished.is_recording, finished.row_count) == (False, 3_000)
    assert finished.start_time is not None
    assert finished.end_time is not None
    assert finished.end_time >= finished.start_time
    assert finished.content_sha256
    assert (await bench.kinds())[-1] == "MeasurementFinished"
    assert len((await bench.lab.samples.steps([recording.id]))[recording.id][STEP_COUNT]) == 6
    assert await bench.store.chunks(recording.id, 0, 10) == []
    assert await bench.orphans() == set()
    check(await followed(bench, recording.id), 0, 3_000)


@pytest.mark.parametrize("end_time", ["2020-01-01", "never"])
async def test_an_end_before_the_start_is_refused_and_the_recording_goes_on(bench, recording, end_time):
    await appended(bench, recording, 0, 600)
    refused = await bench.lab.recordings.finish(recording.id, end_time)
    assert isinstance(refused, refusals.InvalidField)
    assert refused.field == "end_time"
    await appended(bench, recording, 600, 1)
    assert bench.files() == set()


async def test_nothing_is_added_to_what_has_ended_or_is_not_there(bench, recording):
    await appended(bench, recording, 0, 600)
    assert isinstance(await bench.lab.recordings.finish(recording.id), CellMeasurement)
    for answer in (
        await bench.lab.recordings.append(recording.id, rows(600, 1), 600),
        await bench.lab.recordings.finish(recording.id),
    ):
        assert isinstance(answer, refusals.MeasurementEnded)
    assert isinstance(await bench.lab.recordings.append("x", rows(0, 1)), refusals.CellMeasurementNotFound)
    assert isinstance(await bench.lab.recordings.finish("x"), refusals.CellMeasurementNotFound)


async def test_a_test_without_samples_cannot_be_finished(bench, recording):
    refused = await bench.lab.recordings.finish(recording.id)
    assert isinstance(refused, refusals.InvalidSeries)
    assert refused.code == "rows_missing"


async def test_a_current_of_the_wrong_sign_is_kept_as_recorded_and_said_to_be_doubtful(bench, recording):
    wrong = rows(0, 2_000)
    wrong[CURRENT] = [-each for each in wrong[CURRENT]]
    await bench.lab.recordings.append(recording.id, wrong)

    finished = await bench.lab.recordings.finish(recording.id)

    (warning,) = finished.fields["warnings"]
    assert warning.startswith("current_sign: ")
    wish = SeriesWish((CURRENT,), max_points=2_000)
    series = (await bench.lab.samples.series([recording.id], wish))[recording.id]
    assert series.columns[CURRENT].tolist() == wrong[CURRENT]


def changed(first: int, count: int, **columns):
    given = {**rows(first, count), **columns}
    return {name: column for name, column in given.items() if column is not ...}


@pytest.mark.parametrize(
    ("columns", "code", "column", "row"),
    [
        (changed(10, 2, **{VOLTAGE: ...}), "column_missing", VOLTAGE, None),
        (changed(10, 2, **{EXTRA: ...}), "column_missing", EXTRA, None),
        (changed(10, 2, New=[1.0, 2.0]), "columns_differ", "New", None),
        (changed(10, 2, **{VOLTAGE: [1.0]}), "lengths_differ", VOLTAGE, None),
        (changed(10, 0), "rows_missing", None, None),
        (changed(10, 2, **{VOLTAGE: [3.0, float("nan")]}), "not_finite", VOLTAGE, 1),
        (changed(10, 2, **{EXTRA: [float("inf"), None]}), "not_finite", EXTRA, 0),
        (changed(10, 2, **{VOLTAGE: [None, 3.0]}), "not_finite", VOLTAGE, 0),
        (changed(10, 2, **{VOLTAGE: [3.0, True]}), "column_not_numeric", VOLTAGE, 1),
        (changed(10, 2, **{VOLTAGE: [3.0, "3"]}), "column_not_numeric", VOLTAGE, 1),
        (changed(10, 2, **{VOLTAGE: "33"}), "column_not_numeric", VOLTAGE, None),
        (changed(10, 2, **{VOLTAGE: [3.0, 10**400]}), "not_finite", VOLTAGE, None),
        (changed(10, 2, **{STEP_COUNT: [0, 0.5]}), "not_whole", STEP_COUNT, 1),
        (changed(10, 2, **{STEP_COUNT: [1, 3]}), "step_jumps", STEP_COUNT, 11),
        (changed(10, 2, **{TIME: [0.95, 0.94]}), "time_falls", TIME, 11),
        (changed(10, 2, **{TIME: [0.85, 0.94]}), "time_falls", TIME, 10),
    ],
)
async def test_rows_that_do_not_fit_are_refused_and_nothing_is_kept(bench, recording, columns, code, column, row):
    await appended(bench, recording, 0, 10)

    refused = await bench.lab.recordings.append(recording.id, columns)

    assert isinstance(refused, refusals.InvalidSeries), refused
    assert (refused.code, refused.column, refused.row) == (code, column, row)
    assert (await appended(bench, recording, 10, 5)).row_count == 15


async def test_the_first_rows_decide_on_the_columns_and_start_at_zero(bench, recording):
    late = await bench.lab.recordings.append(recording.id, rows(5, 2))
    assert isinstance(late, refusals.InvalidSeries)
    assert late.code == "time_not_from_zero"
    missing = await bench.lab.recordings.append(recording.id, {TIME: [0.0], VOLTAGE: [3.0]})
    assert isinstance(missing, refusals.InvalidSeries)
    assert missing.code == "column_missing"
    assert isinstance(await bench.lab.recordings.append(recording.id, {}), refusals.InvalidSeries)
    first = {name: column for name, column in rows(0, 2).items() if name != EXTRA}
    assert isinstance(await bench.lab.recordings.append(recording.id, first), CellMeasurement)
    assert isinstance(await bench.lab.recordings.append(recording.id, rows(2, 2)), refusals.InvalidSeries)


async def test_a_repeated_append_is_kept_once(bench, recording):
    for first in (0, 10, 20):
        await appended(bench, recording, first, 10)
    for first, count in ((20, 10), (0, 10), (5, 20), (13, 1), (0, 30)):
        assert (await appended(bench, recording, first, count)).row_count == 30
    for first, columns in ((29, rows(29, 2)), (31, rows(31, 1)), (10, rows(0, 10)), (-1, rows(0, 1))):
        refused = await bench.lab.recordings.append(recording.id, columns, first)
        assert isinstance(refused, refusals.AppendOutOfPlace)
        assert refused.expected_row == 30
    other = rows(20, 10)
    other[EXTRA][3] = 5.0
    assert isinstance(await bench.lab.recordings.append(recording.id, other, 20), refusals.AppendOutOfPlace)
    assert (await appended(bench, recording, 30, 1)).row_count == 31


async def test_limits_are_said(opened_bench):
    async with opened_bench(Limits(max_append_rows=20, max_recording_rows=30, max_columns=6)) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        instance = await bench.lab.cells.create_instance(spec.id, {"name": "i"})
        recording = await bench.lab.recordings.start(instance.id, {"name": "r"})
        many = await bench.lab.recordings.append(recording.id, rows(0, 21))
        assert isinstance(many, refusals.InvalidSeries)
        assert many.code == "too_many_rows"
        wide = await bench.lab.recordings.append(recording.id, {**rows(0, 1), "a": [1], "b": [1]})
        assert isinstance(wide, refusals.InvalidSeries)
        assert wide.code == "too_many_columns"
        await appended(bench, recording, 0, 20)
        full = await bench.lab.recordings.append(recording.id, rows(20, 11))
        assert isinstance(full, refusals.LimitReached)
        assert full.limit == 30
        await appended(bench, recording, 20, 10)


async def test_a_restart_goes_on_where_the_last_process_stopped(opened_bench):
    async with opened_bench() as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        instance = await bench.lab.cells.create_instance(spec.id, {"name": "i"})
        recording = await bench.lab.recordings.start(instance.id, {"name": "r"})
        for first in range(0, 700, 7):
            await appended(bench, recording, first, 7)
    async with opened_bench(first_id=100) as bench:
        refused = await bench.lab.recordings.append(recording.id, rows(698, 2))
        assert isinstance(refused, refusals.InvalidSeries)
        assert (refused.code, refused.row) == ("time_falls", 700)
        await appended(bench, recording, 700, 300)
        check((await followed_until(bench, recording.id, 1_000)), 0, 1_000)
        assert isinstance(await bench.lab.recordings.finish(recording.id), CellMeasurement)
        check(await followed(bench, recording.id), 0, 1_000)


async def test_the_number_of_chunks_stays_small(bench, recording):
    for first in range(600):
        await appended(bench, recording, first, 1)
    chunks = await bench.store.chunks(recording.id, 0, 2_000)
    with anyio.move_on_after(30):
        while len(chunks) >= 2 * LOOSE_CHUNKS:  # they are merged in the background
            await anyio.lowlevel.checkpoint()
            chunks = await bench.store.chunks(recording.id, 0, 2_000)
    assert len(chunks) < 2 * LOOSE_CHUNKS
    assert [chunk.first_row for chunk in chunks] == [0, *(chunk.first_row + chunk.row_count for chunk in chunks[:-1])]
    check(await followed_until(bench, recording.id, 600), 0, 600)


@pytest.mark.parametrize("seed", range(5))
def test_merging_keeps_chunks_few_and_rewrites_rows_rarely(seed):
    dice = random.Random(seed)
    running = Running()
    running.columns = ("a",) * 10
    written = 0
    for _ in range(20_000):
        count = dice.choice([1, 1, 1, 10, dice.randint(1, 3_000)]) if seed else 1
        running.row_count += count
        running.sizes.append(count)
        while (due := running.mergeable()) is not None:
            first_row, chunks = due
            written += sum(running.sizes[-chunks:])
            assert first_row == sum(running.sizes[:-chunks])
            running.merged(first_row, chunks)
        assert sum(running.sizes) == running.row_count
        assert len(running.sizes) <= LOOSE_CHUNKS + running.row_count / 50_000 + 1
    assert written <= 12 * running.row_count
