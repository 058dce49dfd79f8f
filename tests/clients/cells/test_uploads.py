"""Samples on their way in, to servers of both generations."""

from __future__ import annotations

import gzip
import io
import math
from pathlib import Path
from typing import Any

import httpx
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import respx

from clients.cells.errors import (
    CellsConflictError,
    CellsInvalidError,
    CellsMalformedError,
    CellsProcessingError,
)
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour

INITIATE = "/cell_instances/i1/cell_measurements/initiate-upload"
CONFIRM = "/cell_measurements/m1/confirm-upload"
OLD = {"measurement_id": "m1", "signed_url": answers.PUT_URL, "token": "t", "path": "p"}
STEPS_URL = f"{answers.STORAGE}/put-steps?signature=s3cret"
NEW = {
    "measurement_id": "m1",
    "uploads": [
        {"filename": "steps.parquet", "signed_url": STEPS_URL, "token": "", "path": "q"},
        {"filename": "time_series.parquet", "signed_url": answers.PUT_URL, "token": "", "path": "p"},
    ],
}
META = {"name": "test", "notes": "n", "protocol": {"name": "CC", "ambient_temperature_degc": 25.0}}
COLUMNS = {"Time [s]": [0, 0.5], "Voltage [V]": [3.5, math.nan], "Step count": [0, 0], "Note": ["a", None]}


@pytest.fixture
def bench(server: respx.MockRouter) -> respx.MockRouter:
    server.post(INITIATE, name="initiate").respond(json=OLD)
    server.put(answers.PUT_URL, name="put").respond(200)
    server.put(STEPS_URL, name="put steps").respond(200)
    nested = {
        "instance": answers.instance(),
        "measurement": answers.measurement(),
        "steps_created": 2,
        "file_path": "p",
    }
    server.post(CONFIRM, name="confirm").respond(json=nested)
    return server


def sent(route: respx.Route) -> Any:
    return orjson.loads(route.calls.last.request.content)


async def test_an_upload_is_three_steps(bench: respx.MockRouter, lab: Flavour) -> None:
    found = await lab.ask(lambda c: c.cell_measurement.upload("i1", META, answers.SAMPLES))

    assert found.measurement.id == "m1"
    assert found.instance.id == "i1"
    assert (found.steps_created, found.file_path) == (2, "p")
    assert [(call.request.method, call.request.url.path) for call in bench.calls] == [
        ("POST", INITIATE),
        ("PUT", "/put"),
        ("POST", CONFIRM),
    ]
    assert sent(bench["initiate"]) == {"measurement": {"name": "test", "notes": "n"}}
    assert sent(bench["confirm"]) == {"cell_instance_id": "i1", "measurement": META}
    put = bench["put"].calls.last.request
    assert put.headers["content-type"] == "application/octet-stream"
    assert "x-api-key" not in put.headers
    assert "authorization" not in put.headers
    assert str(put.url) == answers.PUT_URL
    assert pl.read_parquet(io.BytesIO(put.content)).equals(answers.SAMPLES)
    assert pq.ParquetFile(io.BytesIO(put.content)).metadata.row_group(0).column(0).compression == "ZSTD"


async def test_every_kind_of_table_is_taken(bench: respx.MockRouter, lab: Flavour, tmp_path: Path) -> None:
    file = tmp_path / "ä b.parquet"
    file.write_bytes(answers.parquet())
    arrow = answers.SAMPLES.to_arrow()
    for table in (answers.SAMPLES, arrow, answers.SAMPLES.to_dict(as_series=False), str(file), file, Stream(arrow)):
        await lab.ask(lambda c, it: c.cell_measurement.create("i1", META, it), table)

    bodies = [call.request.content for call in bench["put"].calls]
    assert len(bodies) == 6
    assert all(pl.read_parquet(io.BytesIO(body)).equals(answers.SAMPLES) for body in bodies)
    assert bodies[3] == bodies[4] == file.read_bytes()
    assert bench["put"].calls[3].request.headers["content-length"] == str(file.stat().st_size)


class Stream:
    """A table of some other library."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


async def test_an_arrow_table_keeps_its_own_types(bench: respx.MockRouter, lab: Flavour) -> None:
    table = pa.table({"Time [s]": pa.array([0.0], pa.float32()), "Cycler": pa.array(["x"]).dictionary_encode()})

    await lab.ask(lambda c: c.cell_measurement.create("i1", META, table))

    body = bench["put"].calls.last.request.content
    assert pq.ParquetFile(io.BytesIO(body)).schema_arrow.types == table.schema.types


async def test_steps_go_as_json_with_a_decimal_point(bench: respx.MockRouter, lab: Flavour) -> None:
    await lab.ask(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES, COLUMNS))

    body = bench["confirm"].calls.last.request.content
    assert b'"Time [s]":[0.0,0.5]' in body
    assert b'"Voltage [V]":[3.5,null]' in body
    assert b'"Step count":[0,0]' in body
    assert b'"Note":["a",null]' in body


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table, dict])
async def test_steps_may_be_any_table(bench: respx.MockRouter, lab: Flavour, make: Any) -> None:
    steps = {"Step count": [0, 1], "Duration [s]": [1.5, 2.0]}

    await lab.ask(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES, steps=make(steps)))

    assert sent(bench["confirm"])["steps"] == steps


async def test_a_newer_server_gets_files_by_name(bench: respx.MockRouter, lab: Flavour) -> None:
    bench["initiate"].respond(json=NEW)
    bench["confirm"].respond(json={**answers.measurement(), "steps_created": 1})

    found = await lab.ask(lambda c: c.cell_measurement.upload("i1", META, answers.SAMPLES, answers.STEPS))

    assert (found.measurement.id, found.instance, found.steps_created, found.file_path) == ("m1", None, 1, None)
    assert pl.read_parquet(io.BytesIO(bench["put"].calls.last.request.content)).equals(answers.SAMPLES)
    steps = pl.read_parquet(io.BytesIO(bench["put steps"].calls.last.request.content))
    assert steps.to_dict(as_series=False) == answers.STEPS
    assert "steps" not in sent(bench["confirm"])


async def test_a_server_that_digests_later_is_asked_again(bench: respx.MockRouter, lab: Flavour) -> None:
    bench["confirm"].respond(json=answers.measurement(processing_status="pending"))
    states = ["running", "running", "ready"]
    bench.get("/cell_measurements/m1").mock(
        side_effect=[httpx.Response(200, json=answers.measurement(processing_status=state)) for state in states]
    )

    found = await lab.ask(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES))

    assert found.processing_status == "ready"
    assert lab.slept == [2.0] * 3


async def test_a_server_that_never_digests_is_given_up(bench: respx.MockRouter, lab: Flavour) -> None:
    bench["confirm"].respond(json=answers.measurement(processing_status="pending"))
    bench.get("/cell_measurements/m1").respond(json=answers.measurement(processing_status="running"))

    await lab.fails(
        lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES),
        CellsProcessingError,
        "still running after 600",
    )
    assert len(lab.slept) == 300


async def test_a_server_that_cannot_digest_says_why(bench: respx.MockRouter, lab: Flavour) -> None:
    told = answers.measurement(processing_status="failed", processing_error="no voltage")
    bench["confirm"].respond(json=told)

    await lab.fails(
        lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES),
        CellsProcessingError,
        "'test' .m1. .*no voltage",
    )


async def test_large_bodies_are_compressed(bench: respx.MockRouter, lab: Flavour) -> None:
    await lab.ask(lambda c: c.cell_measurement.create("i1", {"name": "x", "notes": "n" * 600_000}, answers.SAMPLES))

    for name in ("initiate", "confirm"):
        request = bench[name].calls.last.request
        assert request.headers["content-encoding"] == "gzip"
        assert request.content[8] == 4  # the fastest level, by RFC 1952
        assert orjson.loads(gzip.decompress(request.content))["measurement"]["notes"] == "n" * 600_000
        assert len(request.content) == int(request.headers["content-length"]) < 10_000


@pytest.mark.parametrize(("size", "is_compressed"), [(512 * 1024 - 1, False), (512 * 1024, True)])
async def test_half_a_mebibyte_is_large(server: respx.MockRouter, lab: Flavour, size: int, is_compressed: bool) -> None:
    server.post("/x").respond(json=1)

    await lab.ask(lambda c: c.post("/x", "x" * (size - 2)))

    assert (server.calls.last.request.headers.get("content-encoding") == "gzip") == is_compressed


@pytest.mark.parametrize(
    ("data", "samples", "steps", "says"),
    [
        ({}, COLUMNS, None, "needs a `name`"),
        ({"name": ""}, COLUMNS, None, "needs a `name`"),
        ({"name": 5}, COLUMNS, None, "needs a `name`"),
        (None, COLUMNS, None, "needs a `name`"),
        ({"name": "x", "a": float("nan")}, COLUMNS, None, "measurement.a is nan"),
        (META, {"a": [1.0], "b": [1.0, 2.0]}, None, "Error"),
        (META, {"a": [1.0, "x"]}, None, "Error"),
        (META, {"a": [object()]}, None, "Error"),
        (META, "/nowhere/x.parquet", None, "is no file"),
        (META, Path("/"), None, "is no file"),
        (META, __file__, None, "is no Parquet file"),
        (META, 5, None, "int is no table"),
        (META, None, None, "NoneType is no table"),
        (META, COLUMNS, 5, "int is no table"),
        (META, COLUMNS, {"a": [math.inf]}, "column 'a' has inf"),
    ],
)
async def test_what_cannot_be_uploaded_is_not_sent(bench, lab: Flavour, data, samples, steps, says) -> None:
    await lab.fails(lambda c: c.cell_measurement.create("i1", data, samples, steps), ValueError, says)

    assert bench.calls.call_count == 0


async def test_a_taken_name_is_told_before_anything_is_put(bench: respx.MockRouter, lab: Flavour) -> None:
    bench["initiate"].respond(409, json=answers.conflict({"existing_id": "m0"}))

    error = await lab.fails(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES), CellsConflictError)

    assert error.existing_id == "m0"
    assert not bench["put"].called


async def test_refused_samples_are_not_confirmed(bench: respx.MockRouter, lab: Flavour) -> None:
    bench["put"].respond(413, json={"error_code": "UPLOAD_TOO_LARGE", "message": "too long", "detail": None})
    error = await lab.fails(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES), CellsInvalidError)
    assert "s3cret" not in str(error)
    assert not bench["confirm"].called

    bench["put"].respond(200)
    detail = {"code": "time_falls", "column": "Time [s]", "row": 1}
    bench["confirm"].respond(422, json={"error_code": "INVALID_SERIES", "message": "time falls", "detail": detail})
    error = await lab.fails(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES), CellsInvalidError)
    assert error.data["detail"] == detail


@pytest.mark.parametrize(
    "opened",
    [
        {},
        [],
        {"measurement_id": "m1"},
        {"measurement_id": "m1", "signed_url": "/relative"},
        {"measurement_id": "m1", "signed_url": "ftp://x/y"},
        {"measurement_id": "m1", "signed_url": 5},
        {"measurement_id": 5, "signed_url": answers.PUT_URL},
        {"measurement_id": "m1", "uploads": [{"filename": "else", "signed_url": answers.PUT_URL}]},
    ],
)
async def test_an_opening_without_an_address_is_malformed(bench: respx.MockRouter, lab: Flavour, opened: Any) -> None:
    bench["initiate"].respond(json=opened)

    await lab.fails(lambda c: c.cell_measurement.create("i1", META, answers.SAMPLES), CellsMalformedError)
    assert not bench["put"].called


async def test_extending_puts_more_samples_behind(server: respx.MockRouter, lab: Flavour) -> None:
    target = {"filename": "time_series_extend.parquet", "signed_url": answers.PUT_URL, "token": "", "path": "p"}
    server.post("/cell_measurements/m1/initiate-extend").respond(json={"measurement_id": "m1", "uploads": [target]})
    put = server.put(answers.PUT_URL).respond(200)
    server.post("/cell_measurements/m1/confirm-extend").respond(json=answers.measurement(row_count=4))

    found = await lab.ask(lambda c: c.cell_measurement.extend("m1", answers.SAMPLES))

    assert found.row_count == 4
    assert pl.read_parquet(io.BytesIO(put.calls.last.request.content)).equals(answers.SAMPLES)
