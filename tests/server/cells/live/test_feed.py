"""Following a running test, and one that has ended: each row once and in order, whoever comes and goes."""

from __future__ import annotations

import random

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from clients.cells.models import TIME, VOLTAGE, CellMeasurement
from schema.ports import Append
from server.stores.sqlite.cells.store import SqliteCellStore
from tests.server.cells.recorded import appended, check, followed, rows


async def test_progress_replays_then_lives_and_ends_with_the_test(bench, recording):
    await appended(bench, recording, 0, 50)
    feed = bench.lab.recordings.progress(recording.id, 20, None)
    pieces = [await anext(feed)]
    for first in range(50, 600, 50):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(appended, bench, recording, first, 50)
            with anyio.fail_after(30):
                pieces.append(await anext(feed))
        assert pieces[-1].behind == first + 50
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bench.lab.recordings.finish, recording.id)
        with anyio.fail_after(30):
            pieces += [piece async for piece in feed]
    assert [piece.is_complete for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert not pieces[-1].measurement.is_recording
    check(pieces, 20, 600)


@pytest.mark.parametrize("cascade", [False, True])
async def test_progress_ends_when_the_test_is_deleted(bench, recording, cascade):
    await appended(bench, recording, 0, 50)
    pieces: list[Append] = []
    with anyio.fail_after(30):
        async for piece in bench.lab.recordings.progress(recording.id, 0, None):
            pieces.append(piece)
            if cascade:
                await bench.lab.cells.delete_specification(bench.specification_id, cascade=True)
            else:
                await bench.lab.cells.delete_measurement(recording.id)
    check(pieces, 0, 50)
    assert await followed(bench, recording.id) == []


async def test_progress_of_a_whole_series_comes_in_pages_and_is_complete(bench, recording):
    for first in range(0, 150_000, 50_000):
        await appended(bench, recording, first, 50_000)
    assert isinstance(await bench.lab.recordings.finish(recording.id), CellMeasurement)
    pieces = await followed(bench, recording.id)
    check(pieces, 0, 150_000)
    assert len(pieces) == 3
    assert [piece.is_complete for piece in pieces] == [False, False, True]
    (last,) = await followed(bench, recording.id, 150_000)
    assert (last.first_row, last.behind, last.is_complete, dict(last.columns)) == (150_000, 150_000, True, {})


async def test_each_piece_is_thinned_to_real_samples(bench, recording):
    await appended(bench, recording, 0, 5_000)
    feed = bench.lab.recordings.progress(recording.id, 0, 100)
    piece = await anext(feed)
    await feed.aclose()
    assert (piece.first_row, piece.behind) == (0, 5_000)
    times = piece.columns[TIME]
    assert 50 < len(times) <= 100
    chosen = np.rint(times * 10).astype(int)
    whole = rows(0, 5_000)
    for name, column in whole.items():
        np.testing.assert_array_equal(piece.columns[name], np.array(column, dtype=np.float64)[chosen])
    assert piece.columns[VOLTAGE].max() == max(whole[VOLTAGE])


@pytest.mark.parametrize(("after", "most"), [(-1, None), (0, 0), (0, -5)])
async def test_progress_from_nowhere_or_of_nothing_is_refused(bench, after, most):
    with pytest.raises(ValueError, match="rows from 0"):
        bench.lab.recordings.progress("m", after, most)


async def feed(bench, measurement, count: int, dice: random.Random) -> None:
    """Append in bursts; now and then the answer is lost, and the burst sent again."""
    first = 0
    while first < count:
        burst = min(dice.choice([1, 1, 5, 10, 40]), count - first)
        for _ in range(dice.choice([1, 1, 1, 1, 2])):
            await appended(bench, measurement, first, burst)
        first += burst
        await anyio.lowlevel.checkpoint()
    assert isinstance(await bench.lab.recordings.finish(measurement.id), CellMeasurement)


async def visit(bench, measurement, dice: random.Random, seen: list[Append]) -> None:
    """Read some pieces, slowly or not, and leave."""
    feed = bench.lab.recordings.progress(measurement.id, seen[-1].behind if seen else 0, None)
    for _ in range(dice.randint(1, 12)):
        seen.append(await anext(feed))
        if seen[-1].is_complete:
            break
        if dice.random() < 0.3:
            await anyio.sleep(dice.random() / 100)
    await feed.aclose()


async def read(bench, measurement, dice: random.Random, seen: list[Append]) -> None:
    while not (seen and seen[-1].is_complete):
        await visit(bench, measurement, dice, seen)


async def test_nothing_is_lost_or_doubled_with_ten_tests_at_once_and_readers_that_come_and_go(bench):
    tests = [await bench.lab.recordings.start(bench.instance_id, {"name": f"test {n}"}) for n in range(10)]
    count = 600
    seen: list[list[Append]] = [[] for _ in range(20)]
    with anyio.fail_after(100):
        async with anyio.create_task_group() as tasks:
            for number, measurement in enumerate(tests):
                tasks.start_soon(feed, bench, measurement, count, random.Random(number))
            for number, pieces in enumerate(seen):
                tasks.start_soon(read, bench, tests[number // 2], random.Random(100 + number), pieces)
    for pieces in seen:
        check(pieces, 0, count)
    assert bench.hub.reader_count == 0
    assert await bench.orphans() == set()


async def test_rows_that_come_while_a_reader_looks_are_not_overlooked(bench, recording, monkeypatch):
    """The reader has found nothing, and does not wait yet, when they are kept."""
    look = SqliteCellStore.chunks
    pending = [0]

    async def looked(self, *args):
        found = await look(self, *args)
        if not found and pending:
            await appended(bench, recording, pending.pop(), 10)
        return found

    monkeypatch.setattr(SqliteCellStore, "chunks", looked)
    feed = bench.lab.recordings.progress(recording.id, 0, None)
    with anyio.fail_after(10):
        piece = await anext(feed)
    await feed.aclose()
    check([piece], 0, 10)
