"""The demo's data: the same bytes each time, thirty sane tests, and seeding that adds only what is missing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clients.cells.models import CellMeasurement
from schema.cells.refusals import StorageFull
from schema.ports import Query
from server.cells.demo import seeding
from server.cells.demo.protocols import ageing
from server.cells.lab import Lab


def digest(design: seeding.Design, number: int) -> str:
    """Of every column of every test of one cell."""
    summed = hashlib.sha256()
    for test, columns in seeding.recorded(design, number):
        summed.update(test.name.encode())
        for name, values in columns.items():
            summed.update(name.encode() + str(values.dtype).encode() + np.ascontiguousarray(values).tobytes())
    return summed.hexdigest()


def test_the_same_samples_come_out_twice_and_cells_differ():
    lfp, _, lco = seeding.DESIGNS
    assert digest(lfp, 0) == digest(lfp, 0)
    assert len({digest(lfp, 1), digest(lfp, 2), digest(lco, 1)}) == 3


def test_the_same_bytes_come_out_twice():
    first, again = (
        [seeding.parquet(columns) for _, columns in seeding.recorded(seeding.DESIGNS[2], 1)] for _attempt in range(2)
    )
    assert first == again


def test_there_are_thirty_tests_of_eight_cells_and_one_has_a_million_rows():
    cells = [(design, number) for design in seeding.DESIGNS for number in range(design.cells)]
    planned = [test for design, number in cells for test in seeding.tests_of(design, number)]
    assert (len(seeding.DESIGNS), len(cells), len(planned)) == (3, 8, 30)
    assert [test.rows for test in planned if test.rows] == [1_000_000]


def test_the_long_test_has_exactly_a_million_rows_at_one_hertz():
    (long,) = [columns for test, columns in seeding.recorded(seeding.DESIGNS[1], 0) if test.rows]
    assert {len(values) for values in long.values()} == {1_000_000}
    assert np.median(np.diff(long["Time [s]"])) == pytest.approx(1.0)


class FullDisk:
    """The lab's uploads, until the disk is full after so many."""

    def __init__(self, uploads: Any, taken: int) -> None:
        self._uploads, self._left = uploads, taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uploads, name)

    async def confirm(self, *arguments):
        self._left -= 1
        return await self._uploads.confirm(*arguments) if self._left >= 0 else StorageFull(message="the disk is full")


@pytest.fixture
def short(monkeypatch):
    """One design, two cells, nothing that takes long."""
    monkeypatch.setattr(seeding, "DESIGNS", (seeding.DESIGNS[2],))
    monkeypatch.setattr(seeding, "ageing", lambda _cycles, every_s: ageing(5, every_s))


async def kept(lab: Lab) -> dict[tuple[str, str], CellMeasurement]:
    page = await lab.cells.measurements(Query())
    return {(each.cell_instance_id, each.name): each for each in page.items}


async def test_seeding_adds_everything_once_and_the_lab_finds_it_sound(bench, short):
    assert await seeding.seed(bench.lab) == seeding.Seeded(added=8, present=0)
    first = await kept(bench.lab)
    assert await seeding.seed(bench.lab) == seeding.Seeded(added=0, present=8)
    assert await kept(bench.lab) == first
    assert all(each.start_time and each.end_time and each.start_time < each.end_time for each in first.values())
    assert all(each.row_count > 1000 for each in first.values())
    cycles = await bench.lab.samples.cycles([each.id for each in first.values()])
    for table in cycles.values():
        efficiency = [value for value in table["Coulombic efficiency"][1:] if value is not None]
        assert all(0.9 < value < 1.1 for value in efficiency)


async def test_seeding_goes_on_where_it_was_interrupted_with_the_same_bytes(bench, short):
    await seeding.seed(bench.lab)
    whole = {name: each.content_sha256 for (_, name), each in (await kept(bench.lab)).items()}
    for each in (await bench.lab.cells.specifications(Query())).items:
        await bench.lab.cells.delete_specification(each.id, cascade=True)
    halted = replace(bench.lab, uploads=FullDisk(bench.lab.uploads, 3))
    with pytest.raises(seeding.DemoDataError, match="Ageing, 100 cycles: the disk is full"):
        await seeding.seed(halted)
    assert len(await kept(bench.lab)) == 3
    assert await seeding.seed(bench.lab) == seeding.Seeded(added=5, present=3)
    assert {name: each.content_sha256 for (_, name), each in (await kept(bench.lab)).items()} == whole
