"""The contract of every store of cells: what is kept beside a measurement, and its rows while it is recorded."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from schema.ports import Query
from server.stores.cells import Chunk, Content, Digest, NameHeldError, OutOfPlaceError, RowMissingError
from tests.server.stores.cells.nouns import CONTENT, CYCLES, DIGEST, STEPS, measurement
from tests.server.stores.sqlite.test_database import all_at_once


def chunk(first_row: int, row_count: int) -> Chunk:
    return Chunk(first_row, row_count, bytes(range(first_row, first_row + row_count)))


@pytest.fixture
async def running(lab):
    """A store with a measurement `run` of ten rows so far, in chunks of 4, 3 and 3."""
    await lab.add_measurement(measurement("run", "run", is_recording=True))
    for first_row, row_count in ((0, 4), (4, 3), (7, 3)):
        await lab.append_chunk("run", chunk(first_row, row_count))
    return lab


async def test_a_digest_and_files_are_kept_beside_their_measurement(lab):
    await lab.add_measurement(
        measurement("test-2", "two"), digest=DIGEST, files={"b 'ä'.jpg": "files/1", "a": "files/2"}
    )

    ids = ["test-1", "test-2", "gone"]
    assert await lab.contents(ids) == {"test-2": CONTENT}
    assert await lab.steps(ids) == {"test-2": STEPS}
    assert await lab.cycles(ids) == {"test-2": CYCLES}
    assert await lab.files("test-2") == {"b 'ä'.jpg": "files/1", "a": "files/2"}
    assert await lab.files("test-1") == {}
    assert await lab.keys() == {*CONTENT.keys, "files/1", "files/2"}


async def test_whole_floats_keep_their_point(lab):
    await lab.add_measurement(measurement("test-2", "two"), digest=DIGEST)

    times = (await lab.steps(["test-2"]))["test-2"]["Start time [s]"]
    assert [type(time) for time in times] == [float, float]


async def test_a_table_without_columns_is_not_kept(lab):
    await lab.add_measurement(measurement("test-2", "two"), digest=Digest(CONTENT, {}, {}))

    assert await lab.steps(["test-2"]) == await lab.cycles(["test-2"]) == {}
    assert await lab.contents(["test-2"]) == {"test-2": CONTENT}


async def test_one_blob_may_be_samples_and_windows(lab):
    content = Content("same", "same", "overview")
    await lab.add_measurement(measurement("test-2", "two"), digest=Digest(content, {}, {}))

    assert await lab.contents(["test-2"]) == {"test-2": content}
    assert await lab.keys() == {"same", "overview"}


async def test_a_measurement_that_is_refused_leaves_nothing_behind(lab):
    with pytest.raises(NameHeldError):
        await lab.add_measurement(measurement("test-2"), digest=DIGEST, files={"a": "files/1"})
    with pytest.raises(ValueError, match="not JSON"):
        await lab.add_measurement(measurement("test-3", "three"), digest=Digest(CONTENT, {"odd": [object()]}, {}))

    assert await lab.keys() == frozenset()
    assert [test.id for test in (await lab.measurements(Query())).items] == ["test-1"]


async def test_a_new_digest_replaces_all_that_was_kept(running):
    await running.add_measurement(measurement("test-2", "two", tags=("a",)), digest=DIGEST, files={"a": "files/1"})
    content = Content("samples/2", "samples/2", "overviews/2")
    digest = Digest(content, {"Step count": [0]}, {})
    for measurement_id in ("run", "test-2"):
        await running.change_measurement(measurement_id, lambda old: replace(old, is_recording=False), digest=digest)

    assert await running.contents(["run", "test-2"]) == {"run": content, "test-2": content}
    assert await running.steps(["test-2"]) == {"test-2": {"Step count": [0]}}
    assert await running.cycles(["test-2"]) == {}
    assert await running.chunks("run", 0, 100) == []
    assert await running.keys() == {*content.keys, "files/1"}


async def test_a_change_without_a_digest_leaves_what_was_kept(running):
    await running.add_measurement(measurement("test-2", "two"), digest=DIGEST)
    await running.change_measurement("test-2", lambda old: replace(old, name="renamed"))
    await running.change_measurement("run", lambda old: replace(old, name="still running"))

    assert await running.contents(["test-2"]) == {"test-2": CONTENT}
    assert await running.steps(["test-2"]) == {"test-2": STEPS}
    assert len(await running.chunks("run", 0, 100)) == 3


async def test_a_change_that_is_refused_leaves_what_was_kept(running):
    with pytest.raises(NameHeldError):
        await running.change_measurement("run", lambda old: replace(old, name="test one", tags=("a",)), digest=DIGEST)

    assert (await running.measurements_by_id(["run"]))["run"].tags == ()
    assert len(await running.chunks("run", 0, 100)) == 3
    assert await running.contents(["run"]) == {}


async def test_rows_are_appended_behind_those_that_are_there(running):
    answered = await running.append_chunk("run", chunk(10, 5))

    assert answered.row_count == 15
    assert await running.measurements_by_id(["run"]) == {"run": answered}
    assert await running.chunks("run", 0, 100) == [chunk(0, 4), chunk(4, 3), chunk(7, 3), chunk(10, 5)]


@pytest.mark.parametrize("first_row", [0, 9, 11, -1])
async def test_rows_out_of_place_are_refused(running, first_row):
    with pytest.raises(OutOfPlaceError) as refused:
        await running.append_chunk("run", Chunk(first_row, 1, b""))

    assert refused.value.measurement.row_count == 10
    assert len(await running.chunks("run", 0, 100)) == 3


async def test_rows_are_appended_only_to_what_is_recording(lab):
    with pytest.raises(OutOfPlaceError) as refused:
        await lab.append_chunk("test-1", chunk(0, 1))
    with pytest.raises(RowMissingError) as missing:
        await lab.append_chunk("gone", chunk(0, 1))

    assert refused.value.measurement.id == "test-1"
    assert (missing.value.kind, missing.value.row_id) == ("CellMeasurement", "gone")


async def test_a_chunk_without_rows_is_refused(running):
    with pytest.raises(ValueError, match="at least one"):
        await running.append_chunk("run", Chunk(10, 0, b""))


async def test_of_many_who_append_the_same_rows_one_does(running):
    outcomes = await all_at_once(*[partial(running.append_chunk, "run", chunk(10, 2)) for _ in range(20)])

    assert [type(outcome) for outcome in outcomes].count(OutOfPlaceError) == 19
    assert (await running.measurements_by_id(["run"]))["run"].row_count == 12


@pytest.mark.parametrize(
    ("first_row", "at_most", "starts"),
    [
        (0, 100, [0, 4, 7]),
        (3, 100, [0, 4, 7]),
        (4, 100, [4, 7]),
        (6, 100, [4, 7]),
        (7, 1, [7]),
        (0, 2, [0, 4]),
        (10, 9, []),
        (-5, 1, [0]),
        (0, 0, []),
        (0, -1, []),
    ],
)
async def test_chunks_are_read_from_a_row_on(running, first_row, at_most, starts):
    assert [each.first_row for each in await running.chunks("run", first_row, at_most)] == starts


async def test_merged_rows_take_the_place_of_theirs(running):
    await running.merge_chunks("run", chunk(0, 7))

    assert await running.chunks("run", 0, 100) == [chunk(0, 7), chunk(7, 3)]
    assert [each.first_row for each in await running.chunks("run", 5, 100)] == [0, 7]
    assert (await running.append_chunk("run", chunk(10, 1))).row_count == 11


@pytest.mark.parametrize(("first_row", "row_count"), [(0, 6), (1, 6), (0, 11), (4, 5)])
async def test_no_row_is_lost_or_doubled_by_a_merge(running, first_row, row_count):
    with pytest.raises(ValueError, match="whole chunks"):
        await running.merge_chunks("run", chunk(first_row, row_count))

    assert await running.chunks("run", 0, 100) == [chunk(0, 4), chunk(4, 3), chunk(7, 3)]


async def test_a_merge_that_comes_after_the_end_of_the_test_does_nothing(running):
    await running.change_measurement("run", lambda old: replace(old, is_recording=False), digest=DIGEST)
    await running.merge_chunks("run", chunk(0, 7))
    await running.merge_chunks("gone", chunk(0, 7))

    assert await running.chunks("run", 0, 100) == []
