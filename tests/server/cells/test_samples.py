from __future__ import annotations

import random
from collections import Counter
from typing import cast

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE
from schema.cells import refusals
from schema.ports import Bytes, Confirmed, Series, SeriesWish
from server.cells.charts import outline
from server.cells.limits import Limits
from tests.server.cells.mapped import mapped, until_mapped
from tests.server.cells.parquet import extended, frame, opened, parquet, put, uploaded
from tests.server.cells.recorded import EXTRA, appended, rows


async def running(bench, count: int, name: str = "running"):
    measurement = await bench.lab.recordings.start(bench.instance_id, {"name": name})
    for first in range(0, count, 2_500):
        await appended(bench, measurement, first, min(2_500, count - first))
    return measurement


async def series(bench, measurement_id: str, *columns: str, **wish) -> Series:
    found = await bench.lab.samples.series([measurement_id], SeriesWish(columns, **wish))
    assert isinstance(found[measurement_id], Series), found
    return cast("Series", found[measurement_id])


def check(found: Series, first: int, behind: int) -> None:
    """Every point is a sample of these rows, with the lows and highs of each column among them."""
    assert found.source_points == behind - first
    chosen = np.rint(found.time * 10).astype(int)
    assert chosen.min() >= first
    assert chosen.max() < behind
    assert (np.diff(chosen) > 0).all()
    whole = rows(0, behind)
    for name, column in found.columns.items():
        real = np.array(whole[name], dtype=np.float64)
        np.testing.assert_array_equal(column, real[chosen])
        assert (np.nanmin(column), np.nanmax(column)) == (np.nanmin(real[first:]), np.nanmax(real[first:]))


async def test_series_of_all_kinds_at_once_and_what_is_missing(bench):
    whole = (await uploaded(bench, frame(0, 5_000))).measurement
    recording = await running(bench, 5_000)
    properties = await bench.lab.cells.create_properties(bench.instance_id, {"name": "p", "properties": {}})
    wish = SeriesWish((VOLTAGE, EXTRA), 100.0, 200.0, 200)

    found = await bench.lab.samples.series([whole.id, recording.id, properties.id, "nothing", whole.id], wish)

    assert set(found) == {whole.id, recording.id, properties.id}
    for measurement_id in (whole.id, recording.id):
        check(found[measurement_id], 1_000, 2_000)
        assert len(found[measurement_id].time) <= 200
    assert isinstance(found[properties.id], refusals.SeriesMissing)
    assert "properties" in found[properties.id].message


@pytest.mark.parametrize("column", ["Nothing [V]", "Remark", "voltage [v]", ""])
async def test_a_column_that_is_not_there_is_named(bench, column):
    whole = (await uploaded(bench, frame())).measurement
    recording = await running(bench, 10)
    found = await bench.lab.samples.series([whole.id, recording.id], SeriesWish((VOLTAGE, column)))
    for measurement_id in (whole.id, recording.id):
        assert isinstance(found[measurement_id], refusals.ColumnMissing)
        assert found[measurement_id].column == column


@pytest.mark.parametrize("most", [0, -1, 1_000_001])
async def test_a_number_of_points_that_makes_no_sense_is_an_error(bench, most):
    with pytest.raises(ValueError, match="max_points"):
        await bench.lab.samples.series([], SeriesWish((VOLTAGE,), max_points=most))


async def test_a_test_without_rows_yet_has_an_empty_series(bench):
    recording = await bench.lab.recordings.start(bench.instance_id, {"name": "r"})
    found = await series(bench, recording.id, VOLTAGE)
    assert (len(found.time), len(found.columns[VOLTAGE]), found.source_points) == (0, 0, 0)


@pytest.mark.parametrize(("start_s", "end_s"), [(600.0, None), (-5.0, 0.0), (30.0, 20.0), (0.05, 0.06)])
async def test_an_empty_window_is_empty(bench, start_s, end_s):
    recording = await running(bench, 5_000)
    found = await series(bench, recording.id, VOLTAGE, start_s=start_s, end_s=end_s)
    assert (len(found.time), found.source_points) == (0, 0)


async def test_a_long_running_test_is_outlined_in_bounded_memory(bench, monkeypatch):
    monkeypatch.setattr(outline, "MOST_HELD", 2_000)
    recording = await running(bench, 20_000)
    check(await series(bench, recording.id, VOLTAGE, CURRENT, EXTRA, max_points=100), 0, 20_000)
    few = outline.Outline((TIME, VOLTAGE), SeriesWish((VOLTAGE,), max_points=100))
    for chunk in await bench.store.chunks(recording.id, 0, 100):
        few.take([chunk])
        assert len(few._held) <= 2_000 + 2_500


async def test_a_running_test_has_no_file_and_no_steps_yet(bench):
    recording = await running(bench, 600)
    refused = await bench.lab.samples.parquet(recording.id)
    assert isinstance(refused, refusals.SeriesMissing)
    assert "finish" in refused.message
    assert await bench.lab.samples.steps([recording.id, "nothing"]) == {}
    assert await bench.lab.samples.cycles([recording.id]) == {}
    assert isinstance(await bench.lab.samples.parquet("nothing"), refusals.CellMeasurementNotFound)
    assert isinstance(await bench.lab.samples.file("nothing", "x"), refusals.CellMeasurementNotFound)
    await bench.lab.recordings.finish(recording.id)
    assert isinstance(await bench.lab.samples.parquet(recording.id), Bytes)
    assert (await bench.lab.samples.steps([recording.id]))[recording.id][STEP_COUNT] == [0, 1]


async def test_reading_goes_on_while_tests_are_extended_and_deleted(bench):
    first = (await uploaded(bench, frame(0, 1_000))).measurement
    doomed = [(await uploaded(bench, frame(0, 600), f"doomed {number}")).measurement for number in range(3)]
    dice = random.Random(4)
    answers: Counter[int] = Counter()

    async def change():
        for row in range(1_000, 1_100, 20):
            upload = await bench.lab.uploads.open_extension(first.id)
            await put(bench, upload, parquet(frame(row, 20)), "time_series_extend.parquet")
            assert isinstance(await bench.lab.uploads.confirm_extension(first.id), Confirmed)
            if doomed:
                await bench.lab.cells.delete_measurement(doomed.pop().id)
        tasks.cancel_scope.cancel()

    async def read(ids):
        while True:
            wish = SeriesWish((VOLTAGE,), max_points=dice.choice([10, 5_000]))
            for answer in (await bench.lab.samples.series(ids, wish)).values():
                assert isinstance(answer, Series)
                answers[answer.source_points] += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(read, [first.id, *(each.id for each in doomed)])
        tasks.start_soon(change)
    assert set(answers) <= {600, *range(1_000, 1_101, 20)}
    check(await series(bench, first.id, VOLTAGE, max_points=100), 0, 1_100)
    assert await bench.orphans() == set()


async def test_what_was_kept_of_a_series_goes_when_it_is_extended_or_deleted(bench):
    first = (await uploaded(bench, frame(0, 1_000))).measurement
    await series(bench, first.id, VOLTAGE)
    (before,) = mapped(bench.data / "cells")
    assert isinstance(await extended(bench, first.id, parquet(frame(1_000, 10))), Confirmed)
    await until_mapped(bench.data / "cells")
    check(await series(bench, first.id, VOLTAGE), 0, 1_010)
    (after,) = mapped(bench.data / "cells")
    assert after != before
    await bench.lab.cells.delete_measurement(first.id)
    await until_mapped(bench.data / "cells")


@pytest.mark.parametrize("by", ["lab", "sweep"])
async def test_what_was_kept_of_a_series_goes_with_its_specification(opened_bench, by):
    async with opened_bench(Limits(sweep_every_s=0.001 if by == "sweep" else 1_000)) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        await series(bench, (await uploaded(bench, frame(0, 1_000))).measurement.id, VOLTAGE)
        assert len(mapped(bench.data / "cells")) == 1
        deleting = bench.store if by == "sweep" else bench.lab.cells
        await deleting.delete_specification(spec.id, cascade=True)
        await until_mapped(bench.data / "cells")


async def test_a_test_that_is_finished_while_it_is_read_is_read_to_its_end(bench):
    recording = await running(bench, 10_000)
    seen: list[int] = []

    async def read():
        while True:
            seen.append((await series(bench, recording.id, VOLTAGE, max_points=50)).source_points)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(read)
        while len(seen) < 3:
            await anyio.lowlevel.checkpoint()
        await bench.lab.recordings.finish(recording.id)
        tasks.cancel_scope.cancel()
    assert set(seen) == {10_000}


async def test_deleted_blobs_are_not_found_rather_than_an_error(bench):
    whole = (await uploaded(bench, frame())).measurement
    for key in await bench.store.keys():
        (bench.data / "cells" / key).unlink()
    assert await bench.lab.samples.series([whole.id], SeriesWish((VOLTAGE,))) == {}
    assert isinstance(await bench.lab.samples.parquet(whole.id), refusals.CellMeasurementNotFound)


async def test_the_lab_closes_only_when_what_is_digested_is_kept(opened_bench):
    async with anyio.create_task_group() as tasks, opened_bench(Limits()) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        upload = await opened(bench)
        await put(bench, upload, parquet(frame(0, 100_000)))
        tasks.start_soon(bench.lab.uploads.confirm, upload.measurement_id, bench.instance_id, {})
        await anyio.sleep(0.01)
    async with opened_bench(first_id=100) as bench:
        assert list(await bench.lab.cells.measurements_by_id([upload.measurement_id])) == [upload.measurement_id]
        assert bench.files() == await bench.store.keys()
