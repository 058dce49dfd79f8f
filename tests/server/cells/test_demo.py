"""The demo's data: the same bytes each time, thirty sane tests, and seeding that adds only what is missing."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.cells.refusals import NameTaken, StorageFull
from schema.ports import Page, Uploaded, UploadTarget
from server.cells import demo


def digest(design: demo.Design, number: int) -> str:
    """Of every column of every test of one cell."""
    summed = hashlib.sha256()
    for test, columns in demo.recorded(design, number):
        summed.update(test.name.encode())
        for name, values in columns.items():
            summed.update(name.encode() + str(values.dtype).encode() + np.ascontiguousarray(values).tobytes())
    return summed.hexdigest()


def test_the_same_samples_come_out_twice_and_cells_differ():
    lfp, _, lco = demo.DESIGNS
    assert digest(lfp, 0) == digest(lfp, 0)
    assert len({digest(lfp, 1), digest(lfp, 2), digest(lco, 1)}) == 3


def test_the_same_bytes_come_out_twice():
    first, again = (
        [demo.parquet(columns) for _, columns in demo.recorded(demo.DESIGNS[2], 1)] for _attempt in range(2)
    )
    assert first == again


def test_there_are_thirty_tests_of_eight_cells_and_one_has_a_million_rows():
    cells = [(design, number) for design in demo.DESIGNS for number in range(design.cells)]
    planned = [test for design, number in cells for test in demo.tests_of(design, number)]
    assert (len(demo.DESIGNS), len(cells), len(planned)) == (3, 8, 30)
    assert [test.rows for test in planned if test.rows] == [1_000_000]


def test_the_long_test_has_exactly_a_million_rows_at_one_hertz():
    (long,) = [columns for test, columns in demo.recorded(demo.DESIGNS[1], 0) if test.rows]
    assert {len(values) for values in long.values()} == {1_000_000}
    assert np.median(np.diff(long["Time [s]"])) == pytest.approx(1.0)


class FakeLab:
    """Names are unique; what is confirmed is kept."""

    def __init__(self, refuse_at: int | None = None) -> None:
        self.rows: dict[tuple[str, ...], str] = {}
        self.puts: dict[str, bytes] = {}
        self.kept: dict[tuple[str, str], tuple[bytes, Any]] = {}
        self.refuse_at = refuse_at
        self.cells = self.uploads = self

    def _named(self, kind: tuple[str, ...], fields: Any, new: Any) -> Any:
        key = (*kind, fields["name"])
        if key in self.rows:
            return NameTaken(message="taken", kind=kind[0], name=fields["name"], existing_id=self.rows[key])
        self.rows[key] = f"id-{len(self.rows)}"
        return new(self.rows[key])

    async def create_specification(self, fields):
        return self._named(("spec",), fields, lambda row: CellSpecification(row, fields["name"]))

    async def create_instance(self, parent, fields):
        return self._named(("cell", parent), fields, lambda row: CellInstance(row, fields["name"], parent))

    async def measurements_of(self, ids, query):
        found = [CellMeasurement(name, name, at) for at, name in self.kept if at in ids]
        return {ids[0]: Page(tuple(found), tuple(each.id for each in found), has_more=False)}

    async def open(self, instance_id, name):
        return Uploaded(f"{instance_id}/{name}", (UploadTarget("time_series.parquet", f"{instance_id}/{name}"),))

    async def put(self, key, body, declared_bytes):
        self.puts[key] = b"".join([part async for part in body])
        assert len(self.puts[key]) == declared_bytes

    async def confirm(self, measurement_id, instance_id, fields):
        if len(self.kept) == self.refuse_at:
            return StorageFull(message="the disk is full")
        self.kept[instance_id, fields["name"]] = self.puts.pop(measurement_id), fields
        return SimpleNamespace(steps_created=0)


@pytest.fixture
def short(monkeypatch):
    """One design, two cells."""
    monkeypatch.setattr(demo, "DESIGNS", (demo.DESIGNS[2],))


async def test_seeding_adds_everything_once(short):
    lab: Any = FakeLab()
    assert await demo.seed(lab) == demo.Seeded(added=8, present=0)
    assert await demo.seed(lab) == demo.Seeded(added=0, present=8)
    times = [(fields["start_time"], fields["end_time"]) for _, fields in lab.kept.values()]
    assert all(start < end for start, end in times)


async def test_seeding_goes_on_where_it_was_interrupted_with_the_same_bytes(short):
    whole: Any = FakeLab()
    halted: Any = FakeLab(refuse_at=3)
    await demo.seed(whole)
    with pytest.raises(demo.DemoDataError, match="Ageing, 100 cycles: the disk is full"):
        await demo.seed(halted)
    halted.refuse_at = None
    assert await demo.seed(halted) == demo.Seeded(added=5, present=3)
    assert halted.kept == whole.kept
