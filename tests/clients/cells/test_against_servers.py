"""The same days of a lab against two servers on real sockets: one of the first generation, and busbar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clients.cells.errors import CellsConflictError, CellsError, CellsNotFoundError
from tests.clients.cells.flavour import Flavour, opened
from tests.clients.cells.peer import Peer
from tests.schema.serving import served
from tests.server.rest.cells.face import parquet, running, samples

ROWS = samples()


@pytest.fixture(params=["peer", "busbar"])
async def address(request: Any, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "peer":
        async with served(Peer().app) as at:
            yield f"http://{at}"
    else:
        async with running(tmp_path) as face:
            yield str(face.http.base_url)


@pytest.fixture
async def lab(address: str, kind: str) -> AsyncIterator[Flavour]:
    async with opened(kind, address) as flavour:
        yield flavour


@pytest.fixture
async def cell(lab: Flavour) -> Any:
    spec = await lab.ask(lambda c: c.cell_spec.create({"name": "design", "form_factor": "18650"}))
    return await lab.ask(lambda c: c.cell_instance.create(spec.id, {"name": "cell", "batch": "b"}))


async def test_rows_come_and_change_and_go(lab: Flavour) -> None:
    spec = await lab.ask(lambda c: c.cell_spec.create({"name": "ü'%;--", "odd": {"a": [1, None, 0.5]}}))
    assert await lab.ask(lambda c: c.cell_spec.get(spec.id)) == spec
    assert (spec.name, spec.odd) == ("ü'%;--", {"a": [1, None, 0.5]})

    changed = await lab.ask(lambda c: c.cell_spec.update(spec.id, {"form_factor": "pouch"}))
    assert (changed.form_factor, changed.odd) == ("pouch", spec.odd)

    cells = [await lab.ask(lambda c, n: c.cell_instance.create(spec.id, {"name": f"c{n}"}), n) for n in range(3)]
    listed = await lab.ask(lambda c: c.cell_instance.list(spec.id))
    assert {each.id: each for each in listed} == {each.id: each for each in cells}
    assert {each.id for each in await lab.ask(lambda c: c.cell_spec.list())} == {spec.id}

    assert await lab.ask(lambda c: c.cell_instance.delete(cells[0].id)) is None
    await lab.fails(lambda c: c.cell_instance.get(cells[0].id), CellsNotFoundError)
    assert {each.id for each in await lab.ask(lambda c: c.cell_instance.list(spec.id))} == {cells[1].id, cells[2].id}


async def test_a_taken_name_is_refused_or_got(lab: Flavour, cell: Any) -> None:
    error = await lab.fails(
        lambda c: c.cell_instance.create(cell.cell_specification_id, {"name": "cell"}), CellsConflictError
    )
    assert error.existing_id == cell.id

    got = await lab.ask(lambda c: c.cell_instance.create_or_get(cell.cell_specification_id, {"name": "cell", "x": 1}))
    assert got == cell
    spec = await lab.ask(lambda c: c.cell_spec.create_or_get({"name": "design"}))
    assert spec.id == cell.cell_specification_id


async def test_samples_go_there_and_back(lab: Flavour, cell: Any, tmp_path: Path) -> None:
    file = tmp_path / "upload.parquet"
    file.write_bytes(parquet(ROWS))
    made = await lab.ask(lambda c: c.cell_measurement.upload(cell.id, {"name": "a", "notes": "n"}, ROWS))
    by_path = await lab.ask(lambda c: c.cell_measurement.create(cell.id, {"name": "b"}, file))
    again = await lab.ask(lambda c: c.cell_measurement.create_or_get(cell.id, {"name": "b"}, file))

    assert made.measurement.notes == "n"
    assert made.instance == cell
    assert again == by_path
    assert (await lab.ask(lambda c: c.cell_measurement.time_series(by_path.id))).equals(ROWS)
    url = await lab.ask(lambda c: c.cell_measurement.signed_url(by_path.id))
    assert url.startswith("http://")

    await lab.ask(lambda c: c.cell_measurement.update(by_path.id, {"name": "c"}))
    assert {each.name for each in await lab.ask(lambda c: c.cell_measurement.list(cell.id))} == {"a", "c"}
    await lab.ask(lambda c: c.cell_measurement.delete(by_path.id))
    await lab.fails(lambda c: c.cell_measurement.get(by_path.id), CellsNotFoundError)


async def test_a_detail_has_everything(lab: Flavour, cell: Any) -> None:
    for number in range(10):
        await lab.ask(lambda c, n: c.cell_measurement.create(cell.id, {"name": f"t{n}"}, ROWS.head(60 + n)), number)

    detail = await lab.ask(lambda c: c.cell_instance.detail(cell.id))

    assert detail.instance == cell
    listed = await lab.ask(lambda c: c.cell_measurement.list(cell.id))
    assert [each.measurement for each in detail.measurements] == listed
    assert {each.measurement.name: each.time_series.height for each in detail.measurements} == {
        f"t{number}": 60 + number for number in range(10)
    }
    for each in detail.measurements:
        assert isinstance(each.steps, pl.DataFrame)
        assert each.steps["End index"].max() == each.time_series.height - 1
        assert each.cycles["Cycle count"][0] == 0


async def test_what_is_not_there_is_not_found(lab: Flavour) -> None:
    for call in (
        lambda c: c.cell_spec.get("nobody"),
        lambda c: c.cell_instance.get("nobody"),
        lambda c: c.cell_instance.detail("nobody"),
        lambda c: c.cell_measurement.delete("nobody"),
        lambda c: c.cell_measurement.get("nobody"),
    ):
        error = await lab.fails(call, CellsNotFoundError)
        assert error.error_code == "NOT_FOUND"


async def test_nobody_listens(kind: str) -> None:
    async with served(Peer().app) as at:
        pass
    async with opened(kind, f"http://{at}") as lab:
        error = await lab.fails(lambda c: c.cell_spec.list(), CellsError, "is the server running there")

    assert lab.slept == [0.0, 0.6, 1.2, 2.4, 4.8]
    assert error.status_code is None
