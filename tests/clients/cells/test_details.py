"""A cell with everything that was measured on it, and what is left of that when parts fail."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import httpx
import polars as pl
import pytest
import respx

from clients.cells.errors import (
    CellsAuthError,
    CellsConnectionError,
    CellsDetailError,
    CellsMalformedError,
    CellsNotFoundError,
)
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour, opened

COUNT = 20
NAMES = [f"m{number}" for number in range(COUNT)]


@pytest.fixture
def cell(server: respx.MockRouter) -> respx.MockRouter:
    """A cell with 20 measurements, each of whose samples tell its number."""
    server.get("/cell_instances/i1").respond(json=answers.instance())
    rows = [answers.measurement(name, f"test {name}") for name in NAMES]
    server.get("/cell_instances/i1/cell_measurements").mock(
        side_effect=lambda request: httpx.Response(
            200, json={"items": rows[(at := int(request.url.params["offset"])) : at + 7], "total": COUNT}
        )
    )
    for number, name in enumerate(NAMES):
        where = f"/cell_measurements/{name}"
        server.get(where, name=f"{name} itself").respond(json=rows[number])
        server.get(f"{where}/steps", name=f"{name} steps").respond(json={"steps": answers.STEPS})
        server.get(f"{where}/cycles", name=f"{name} cycles").respond(json={"cycles": answers.CYCLES})
        server.get(f"{where}/steps_and_cycles", name=f"{name} both").respond(json=answers.steps_and_cycles())
        url = f"{answers.STORAGE}/{name}.parquet?signature=s3cret"
        server.get(f"{where}/time_series/signed_url", name=f"{name} url").respond(json={"signed_url": url})
        server.get(url, name=f"{name} samples").respond(content=answers.parquet(pl.DataFrame({"n": [number]})))
    return server


async def test_a_detail_has_everything_in_the_lists_order(cell: respx.MockRouter, lab: Flavour) -> None:
    detail = await lab.ask(lambda c: c.cell_instance.detail("i1"))

    assert detail.instance.id == "i1"
    assert detail.specification_id == "s1"
    assert [each.measurement.id for each in detail.measurements] == NAMES
    assert [each.time_series["n"][0] for each in detail.measurements] == list(range(COUNT))
    assert {each.specification_id for each in detail.measurements} == {"s1"}
    assert detail.measurements[3].steps.to_dict(as_series=False) == answers.STEPS
    assert detail.measurements[3].cycles.to_dict(as_series=False) == answers.CYCLES
    assert cell.calls.call_count == 1 + 3 + 3 * COUNT


@pytest.mark.parametrize("steps", [True, False])
@pytest.mark.parametrize("cycles", [True, False])
@pytest.mark.parametrize("series", [True, False])
@pytest.mark.parametrize("room", ["cell_instance", "cell_measurement"])
async def test_only_what_is_wanted_is_asked_for(cell, lab: Flavour, room, steps, cycles, series) -> None:
    found = await lab.ask(
        lambda c: getattr(c, room).detail("i1" if room == "cell_instance" else "m3", steps, cycles, series)
    )

    for detail in found.measurements if room == "cell_instance" else [found]:
        got = [part is not None for part in (detail.steps, detail.cycles, detail.time_series)]
        assert got == [steps, cycles, series]
    asked = {call.request.url.path.split("/")[-1] for call in cell.calls}
    table = {(True, True): "steps_and_cycles", (True, False): "steps", (False, True): "cycles"}.get((steps, cycles))
    assert asked & {"steps", "cycles", "steps_and_cycles"} == ({table} if table else set())
    assert ("signed_url" in asked) == series


async def test_the_detail_of_one_measurement_knows_its_specification(cell: respx.MockRouter, lab: Flavour) -> None:
    detail = await lab.ask(lambda c: c.cell_measurement.detail("m7"))

    assert (detail.measurement.id, detail.specification_id, detail.time_series["n"][0]) == ("m7", "s1", 7)


async def test_one_failing_part_leaves_all_others(cell: respx.MockRouter, lab: Flavour) -> None:
    cell["m5 samples"].respond(404, json=answers.not_found("gone"))

    error = await lab.fails(
        lambda c: c.cell_instance.detail("i1"), CellsDetailError, "'test m5' .m5.: time series fail"
    )

    assert (error.measurement_id, error.measurement_name, error.part) == ("m5", "test m5", "time series")
    assert (error.status_code, error.error_code, error.message) == (404, "NOT_FOUND", "gone")
    assert isinstance(error.__cause__, CellsNotFoundError)
    assert len(error.failures) == 1
    finished = error.finished
    assert [each.measurement.id for each in finished.measurements] == NAMES
    assert [each.time_series is None for each in finished.measurements] == [name == "m5" for name in NAMES]
    assert all(each.steps is not None and each.cycles is not None for each in finished.measurements)
    assert "s3cret" not in str(error)


async def test_several_failing_parts_are_one_error(cell: respx.MockRouter, lab: Flavour) -> None:
    cell["m9 both"].respond(json={"steps": answers.STEPS, "cycles": {"a": [1, 2], "b": [1]}})
    cell["m2 samples"].respond(content=b"no parquet")
    cell["m2 both"].respond(500)

    error = await lab.fails(lambda c: c.cell_instance.detail("i1"), CellsDetailError, "and 2 more")

    assert [(each.measurement_id, each.part) for each in error.failures] == [
        ("m2", "steps and cycles"),
        ("m2", "time series"),
        ("m9", "steps and cycles"),
    ]
    assert isinstance(error.failures[1].error, CellsMalformedError)
    assert len(lab.slept) == 5


async def test_a_failing_part_of_one_measurement(cell: respx.MockRouter, lab: Flavour) -> None:
    cell["m5 url"].respond(json={"signed_url": "/relative"})

    error = await lab.fails(lambda c: c.cell_measurement.detail("m5"), CellsDetailError, "no absolute one")

    assert error.finished.measurement.id == "m5"
    assert error.finished.steps.height == 2


async def test_without_the_cell_there_is_no_detail(cell: respx.MockRouter, lab: Flavour) -> None:
    cell.get("/cell_instances/i1").respond(404, json=answers.not_found())
    await lab.fails(lambda c: c.cell_instance.detail("i1"), CellsNotFoundError)

    cell.get("/cell_instances/i1").respond(json=answers.instance())
    cell.get("/cell_instances/i1/cell_measurements").respond(401)
    await lab.fails(lambda c: c.cell_instance.detail("i1"), CellsAuthError)


async def test_when_the_server_is_gone_the_rest_is_not_asked_for(cell: respx.MockRouter, lab: Flavour) -> None:
    for name in NAMES:
        cell[f"{name} both"].mock(side_effect=httpx.ConnectError("no"))
        cell[f"{name} url"].mock(side_effect=httpx.ConnectError("no"))

    error = await lab.fails(lambda c: c.cell_instance.detail("i1"), CellsDetailError)

    assert len(error.failures) == 2 * COUNT
    assert all(isinstance(each.error, CellsConnectionError) for each in error.failures)
    assert cell.calls.call_count <= 4 + 6 * 8 * 2


async def test_properties_and_files_have_no_tables(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/cell_instances/i1").respond(json=answers.instance())
    row = answers.measurement(measurement_type="properties")
    server.get("/cell_instances/i1/cell_measurements").respond(json=[row])
    server.get("/cell_measurements/m1").respond(json=row)
    missing = server.route(path__startswith="/cell_measurements/m1/").respond(404, json=answers.not_found())

    (detail,) = (await lab.ask(lambda c: c.cell_instance.detail("i1"))).measurements

    assert (detail.steps, detail.cycles, detail.time_series) == (None, None, None)
    assert missing.call_count == 0
    assert (await lab.ask(lambda c: c.cell_measurement.detail("m1"))).time_series is None


async def test_a_running_test_may_have_no_samples_yet(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/cell_instances/i1").respond(json=answers.instance())
    server.get("/cell_instances/i1/cell_measurements").respond(json=[answers.measurement(is_recording=True)])
    server.get("/cell_measurements/m1/steps_and_cycles").respond(json={"steps": {}, "cycles": {}})
    server.get("/cell_measurements/m1/time_series/signed_url").respond(404, json=answers.not_found())

    (detail,) = (await lab.ask(lambda c: c.cell_instance.detail("i1"))).measurements

    assert detail.time_series is None
    assert detail.steps.is_empty()


@pytest.mark.parametrize("parallel", [1, 3])
async def test_no_more_run_at_a_time_than_allowed(cell: respx.MockRouter, kind: str, parallel: int) -> None:
    running, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(parallel, timeout=10) if kind == "blocking" else None

    class Counting(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            with lock:
                running, most = running + 1, max(most, running + 1)
            if full and "samples" in request.url.path:
                full.wait()
            with lock:
                running -= 1
            return answered(request)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running, most = running + 1, max(most, running + 1)
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            running -= 1
            return answered(request)

    async with opened(kind, answers.BASE, parallel=parallel, transport=Counting()) as lab:
        detail = await lab.ask(lambda c: c.cell_instance.detail("i1"))

    assert len(detail.measurements) == 12
    assert most == parallel


def answered(request: httpx.Request) -> httpx.Response:
    """A cell with 12 measurements."""
    path = request.url.path
    if path.endswith("cell_measurements"):
        return httpx.Response(200, json=[answers.measurement(f"m{number}") for number in range(12)])
    if path.endswith("steps_and_cycles"):
        return httpx.Response(200, json=answers.steps_and_cycles())
    if path.endswith("signed_url"):
        return httpx.Response(200, json={"signed_url": f"{answers.STORAGE}/samples"})
    if path.endswith("samples"):
        return httpx.Response(200, content=answers.parquet())
    return httpx.Response(200, json=answers.instance())


async def test_a_bug_in_a_group_is_no_part_that_failed(cell, lab: Flavour, monkeypatch: Any) -> None:
    def broken(_body: bytes) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(lab.client.frames, "of_parquet", broken, raising=False)

    await lab.fails(lambda c: c.cell_instance.detail("i1"), ZeroDivisionError)
