from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schema.cells import refusals
from schema.ports import Confirmed
from server.cells.limits import Limits
from server.clock import Clock
from tests.server.cells.parquet import frame, opened, parquet, put, sent


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
