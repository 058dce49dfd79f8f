from __future__ import annotations

import polars as pl
import pytest

from clients.cells.models import STEP_COUNT
from schema.cells import refusals
from schema.ports import Confirmed
from tests.server.cells.parquet import confirmed, frame, opened, parquet, put


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
    before = await bench.state()
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    refused = await bench.lab.uploads.confirm(upload.measurement_id, bench.instance_id, {}, steps)
    assert isinstance(refused, refusals.InvalidSeries), refused
    assert refused.code == "steps_invalid"
    assert await bench.state() == before


async def test_damaged_steps_are_refused(bench):
    upload = await opened(bench)
    await put(bench, upload, parquet(frame()))
    await put(bench, upload, b"PAR1 and no more", "steps.parquet")
    refused = await confirmed(bench, upload)
    assert isinstance(refused, refusals.InvalidSeries)
    assert refused.code == "steps_invalid"
