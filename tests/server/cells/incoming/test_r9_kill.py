"""R9: an import that is killed at any moment leaves a measurement whole or absent, and no bytes that nobody names."""

from __future__ import annotations

import random
import sys

import anyio
import polars as pl
import pytest

from clients.cells.models import STEP_COUNT, VOLTAGE
from schema.ports import Bytes, Query, Series, SeriesWish
from tests.server.cells.parquet import frame
from tests.server.cells.recorded import followed

COUNT = 30_000
# Imports the same file again and again under new names, with a recording beside it; says when each begins and is kept.
PROGRAM = f"""
import itertools, sys, uuid
from pathlib import Path
import anyio
from server.cells.lab import opened_lab
from server.cells.limits import Limits
from server.clock import Clock
from server.events.hub import Hub
from server.stores.sqlite.database import Database
from tests.server.cells.parquet import frame, parquet, sent
from tests.server.cells.recorded import rows

async def imported(lab, instance_id, body):
    upload = await lab.uploads.open(instance_id, uuid.uuid4().hex)
    print("begun", flush=True)
    await lab.uploads.put(upload.targets[0].key, sent(body), len(body))
    confirmed = await lab.uploads.confirm(upload.measurement_id, instance_id, {{}})
    print("kept", confirmed.measurement.id, flush=True)

async def recorded(lab, instance_id):
    measurement = await lab.recordings.start(instance_id, {{"name": uuid.uuid4().hex}})
    for first in range(0, 1_000, 100):
        await lab.recordings.append(measurement.id, rows(first, 100), first)
        print("rows", measurement.id, first + 100, flush=True)
    await lab.recordings.finish(measurement.id)

async def main():
    data = Path(sys.argv[1])
    body = parquet(frame(0, {COUNT}))
    async with Database.open(data / "busbar.db") as database:
        async with opened_lab(database, Hub(), Clock(), data, Limits()) as lab:
            specification = await lab.cells.create_specification({{"name": uuid.uuid4().hex}})
            instance = await lab.cells.create_instance(specification.id, {{"name": "i"}})
            for number in itertools.count():
                await imported(lab, instance.id, body)
                await recorded(lab, instance.id)

anyio.run(main)
"""


async def killed(data, dice: random.Random) -> list[list[str]]:
    """What was said before the kill, which comes within a second after an import or an append began."""
    command = [sys.executable, "-c", PROGRAM, str(data)]
    output, lines = b"", dice.randint(1, 14)
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        while output.count(b"\n") < lines:
            output += await process.stdout.receive()
        await anyio.sleep(dice.random() ** 3)
        process.kill()
        async for part in process.stdout:
            output += part
    return [line.split() for line in output.decode().rpartition("\n")[0].splitlines()]


async def check(bench, said: list[list[str]], whole: pl.DataFrame) -> None:
    found = {each.id: each for each in (await bench.lab.cells.measurements(Query())).items}
    assert {words[1] for words in said if words[0] == "kept"} <= found.keys()
    for words in said:
        assert words[0] != "rows" or found[words[1]].row_count >= int(words[2])
    uploads = {name for name in bench.files() if name.startswith("uploads/")}
    assert bench.files() - uploads == await bench.store.keys(), "bytes that nobody names, or names without bytes"
    for measurement in found.values():
        if measurement.is_recording and measurement.row_count:
            finished = await bench.lab.recordings.finish(measurement.id)
            assert finished.row_count == measurement.row_count
        elif measurement.row_count == COUNT:
            file = await bench.lab.samples.parquet(measurement.id)
            assert isinstance(file, Bytes)
            assert pl.read_parquet(file.path).equals(whole)
        if measurement.row_count:
            await check_made(bench, measurement.id, measurement.row_count)


async def check_made(bench, measurement_id: str, row_count: int) -> None:
    steps = (await bench.lab.samples.steps([measurement_id]))[measurement_id]
    assert len(steps[STEP_COUNT]) == -(-row_count // 500)
    series = (await bench.lab.samples.series([measurement_id], SeriesWish((VOLTAGE,))))[measurement_id]
    assert isinstance(series, Series)
    assert series.source_points == row_count
    assert (await followed(bench, measurement_id))[-1].behind == row_count


async def lives(tmp_path, opened_bench, count: int) -> None:
    dice, whole = random.Random(9), frame(0, COUNT)
    for life in range(count):
        said = await killed(tmp_path, dice)
        async with opened_bench(first_id=1_000 * life) as bench:
            await check(bench, said, whole)
            for row in (await bench.lab.cells.specifications(Query())).items:
                await bench.lab.cells.delete_specification(row.id, cascade=True)
            assert all(name.startswith("uploads/") for name in bench.files())


@pytest.mark.timeout(600)
async def test_r9_a_killed_import_is_whole_or_absent(tmp_path, opened_bench):
    await lives(tmp_path, opened_bench, 12)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_r9_fifty_killed_imports_are_whole_or_absent(tmp_path, opened_bench):
    await lives(tmp_path, opened_bench, 50)
