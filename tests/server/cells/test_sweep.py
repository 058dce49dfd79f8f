from __future__ import annotations

import anyio

from clients.cells.models import CellMeasurement
from schema.ports import Confirmed
from server.cells.limits import Limits
from tests.server.cells.parquet import confirmed, extended, frame, opened, parquet, put, uploaded
from tests.server.cells.recorded import rows


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


async def test_a_sweep_beside_everything_takes_nothing_away(opened_bench):
    async with opened_bench(Limits(sweep_every_s=0.001)) as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        for number in range(5):
            first = await uploaded(bench, frame(0, 1_200), f"test {number}")
            await extended(bench, first.measurement.id, parquet(frame(1_200, 10)))
            recording = await bench.lab.recordings.start(bench.instance_id, {"name": f"running {number}"})
            await bench.lab.recordings.append(recording.id, rows(0, 600))
            assert isinstance(await bench.lab.recordings.finish(recording.id), CellMeasurement)
        assert await bench.store.keys() == bench.files()


async def test_a_delete_that_was_cut_off_is_cleared_away_after_a_start(opened_bench):
    async with opened_bench() as bench:
        spec = await bench.lab.cells.create_specification({"name": "s"})
        bench.instance_id = (await bench.lab.cells.create_instance(spec.id, {"name": "i"})).id
        await uploaded(bench, frame())
        await bench.store._database.write(
            lambda connection: connection.execute(
                "INSERT INTO cell_doomed VALUES ('cell_specification', ?)", (spec.id,)
            )
        )
    async with opened_bench(Limits(sweep_every_s=0.001), first_id=100) as bench:
        with anyio.fail_after(10):
            while bench.files():  # noqa: ASYNC110 - files ring no bell
                await anyio.sleep(0.001)
        assert await bench.store.keys() == frozenset()
