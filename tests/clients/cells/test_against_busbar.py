"""What only a server of the newer generation offers, against busbar on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from clients.cells import room
from clients.cells.errors import CellsConflictError, CellsInvalidError, CellsNotFoundError
from clients.cells.models import MeasurementType
from tests.clients.cells.flavour import Flavour, opened
from tests.server.rest.cells.face import running, samples

ROWS = samples()


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with running(tmp_path) as face:
        yield str(face.http.base_url)


@pytest.fixture
async def lab(address: str, kind: str) -> AsyncIterator[Flavour]:
    async with opened(kind, address) as flavour:
        yield flavour


@pytest.fixture
async def cell(lab: Flavour) -> Any:
    spec = await lab.ask(lambda c: c.cell_spec.create({"name": "design"}))
    return await lab.ask(lambda c: c.cell_instance.create(spec.id, {"name": "cell"}))


async def test_a_whole_lab(lab: Flavour, cell: Any) -> None:
    properties = {"name": "weighing", "properties": {"mass_g": 45.5}}
    weighed = await lab.ask(lambda c: c.cell_measurement.create_properties(cell.id, properties))
    test = await lab.ask(lambda c: c.cell_measurement.create(cell.id, {"name": "test", "tags": ["a"]}, ROWS.head(150)))

    assert weighed.measurement_type is MeasurementType.PROPERTIES
    assert weighed.properties == {"mass_g": 45.5}
    assert (test.tags, test.row_count, test.columns) == (("a",), 150, tuple(ROWS.columns))

    longer = await lab.ask(lambda c: c.cell_measurement.extend(test.id, ROWS.tail(50)))
    assert longer.row_count == 200
    assert (await lab.ask(lambda c: c.cell_measurement.time_series(test.id))).equals(ROWS)
    steps = await lab.ask(lambda c: c.cell_measurement.steps(test.id))
    both = await lab.ask(lambda c: c.cell_measurement.steps_and_cycles(test.id))
    assert steps["End index"].to_list() == [49, 99, 149, 199]
    assert steps.equals(both.steps)
    assert both.cycles.equals(await lab.ask(lambda c: c.cell_measurement.cycles(test.id)))

    by_name = {
        each.measurement.name: each for each in (await lab.ask(lambda c: c.cell_instance.detail(cell.id))).measurements
    }
    assert by_name["test"].time_series.equals(ROWS)
    assert by_name["weighing"].time_series is None
    alone = await lab.ask(lambda c: c.cell_measurement.detail(weighed.id))
    assert (alone.measurement, alone.specification_id, alone.steps) == (weighed, cell.cell_specification_id, None)


async def test_given_steps_are_kept(lab: Flavour, cell: Any) -> None:
    steps = {"Step count": [0, 1, 2, 3], "Label": ["a", "b", None, "d"], "Mean voltage [V]": [1, 2.5, 3, 4]}

    test = await lab.ask(lambda c: c.cell_measurement.create(cell.id, {"name": "test"}, ROWS, steps))
    kept = await lab.ask(lambda c: c.cell_measurement.steps(test.id))

    assert kept["Label"].to_list() == steps["Label"]
    assert kept["Mean voltage [V]"].to_list() == [1.0, 2.5, 3.0, 4.0]


async def test_refused_samples_leave_nothing(lab: Flavour, cell: Any) -> None:
    bad = ROWS.with_columns(pl.col("Time [s]").reverse())

    error = await lab.fails(lambda c: c.cell_measurement.create(cell.id, {"name": "test"}, bad), CellsInvalidError)

    assert error.data["detail"]["column"] == "Time [s]"
    assert await lab.ask(lambda c: c.cell_measurement.list(cell.id)) == []


async def test_a_specification_in_use_goes_only_with_its_cells(lab: Flavour, cell: Any) -> None:
    await lab.fails(lambda c: c.cell_spec.delete(cell.cell_specification_id), CellsConflictError)
    await lab.ask(lambda c: c.cell_spec.delete(cell.cell_specification_id, cascade=True))

    await lab.fails(lambda c: c.cell_instance.get(cell.id), CellsNotFoundError)


async def test_lists_are_read_page_by_page(lab: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAGE_ITEMS", 3)
    made = [await lab.ask(lambda c, n: c.cell_spec.create({"name": f"s{n}"}), number) for number in range(10)]

    listed = await lab.ask(lambda c: c.cell_spec.list())

    assert sorted(each.name for each in listed) == sorted(each.name for each in made)


async def test_arrow_goes_there_and_back(address: str, kind: str) -> None:
    async with opened(kind, address, frames="arrow") as lab:
        spec = await lab.ask(lambda c: c.cell_spec.create({"name": "design"}))
        cell = await lab.ask(lambda c: c.cell_instance.create(spec.id, {"name": "cell"}))
        await lab.ask(lambda c: c.cell_measurement.create(cell.id, {"name": "test"}, ROWS.to_arrow()))
        (detail,) = (await lab.ask(lambda c: c.cell_instance.detail(cell.id))).measurements

    assert isinstance(detail.steps, pa.Table)
    assert pl.DataFrame(detail.time_series).equals(ROWS)


async def test_without_a_server_token_any_key_will_do(address: str, kind: str) -> None:
    for api_key in (None, "anything"):
        async with opened(kind, address, api_key) as lab:
            assert await lab.ask(lambda c: c.cell_spec.list()) == []
