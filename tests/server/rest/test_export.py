"""Export by URL, over a real socket: formats, choices, errors, and the original file where nothing was chosen."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from tests.server.rest.cells.face import Face, parquet, running, samples

MEDIA = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}


@pytest.fixture(scope="module")
async def face(tmp_path_factory: pytest.TempPathFactory):
    async with running(tmp_path_factory.mktemp("export") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
async def exported(face: Face) -> str:
    """Where the exports of one measurement are."""
    instance = await face.instance()
    measurement = await face.uploaded(instance["id"], "a test")
    return f"/export/cell_measurements/{measurement['measurement']['id']}"


@pytest.mark.parametrize("ending", list(MEDIA))
@pytest.mark.parametrize("chosen", [{}, {"columns": "Remark,Time [s]", "from": "100", "to": "1500.5"}])
async def test_every_format_whole_and_in_part(face, exported, ending, chosen):
    answer = await face.http.get(f"{exported}.{ending}", params=chosen)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA[ending]
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert f"{exported.rpartition('/')[2]}.{ending}" in answer.headers["content-disposition"]
    time = pl.col("Time [s]")
    wanted = samples().filter((time >= 100) & (time < 1500.5)).select("Remark", "Time [s]") if chosen else samples()
    if ending == "arrow":
        with pa.ipc.open_stream(answer.content) as stream:
            got = pl.DataFrame(stream.read_all())
    else:
        reads = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}
        got = reads[ending](io.BytesIO(answer.content))  # type: ignore[operator]
    assert_frame_equal(got, wanted)


async def test_the_whole_as_parquet_is_the_file_that_was_uploaded_in_ranges_too(face, exported):
    whole = await face.http.get(f"{exported}.parquet")
    assert whole.content == parquet(samples())
    tail = await face.http.get(f"{exported}.parquet", headers={"range": "bytes=-8"})
    assert (tail.status_code, tail.content) == (206, whole.content[-8:])


@pytest.mark.parametrize("ending", list(MEDIA))
async def test_head_tells_of_the_body_and_sends_none(face, exported, ending):
    answer = await face.http.head(f"{exported}.{ending}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == MEDIA[ending]


@pytest.mark.parametrize(
    ("path", "params", "status", "problem"),
    [
        ("{}.csv", {"columns": "nope,Time [s],Höhe"}, 400, "there is no column 'nope', 'Höhe'"),
        ("{}.csv", {"from": "x"}, 400, "from: 'x' is no number of seconds"),
        ("{}.csv", {"to": "nan"}, 400, "to: 'nan'"),
        ("{}.csv", {"from": "inf"}, 400, "from: 'inf'"),
        ("{}.csv", {"from": "5", "to": "5"}, 400, "must lie behind"),
        ("{}.csv", {"column": "x"}, 400, "column: is no parameter here"),
        ("{}.csv", {"escape_formulas": "yes"}, 400, "true or false"),
        ("{}.parquet", {"escape_formulas": "true"}, 400, "only for .csv"),
        ("{}.xlsx", {}, 404, ".csv, .jsonl, .parquet, .arrow"),
        ("{}", {}, 404, "one of .csv"),
        ("/export/cell_measurements/nobody.csv", {}, 404, "nobody"),
        ("/export/cell_measurements/..%2f..%2fetc.csv", {}, 404, "no measurement"),
        ("/export/cell_measurements/%00.csv", {}, 404, "no measurement"),
        ("/export/cell_measurements/.csv", {}, 404, "one of .csv"),
        ("/export/else", {}, 404, "exports are at"),
    ],
)
async def test_what_cannot_be_exported_is_refused_in_our_shape(face, exported, path, params, status, problem):
    told = await face.error("GET", path.format(exported), status, params=params)
    assert problem in told["message"]


async def test_missing_columns_are_in_the_detail(face, exported):
    told = await face.error("GET", f"{exported}.csv", 400, params={"columns": "a,b"})
    assert (told["error_code"], told["detail"]) == ("COLUMN_MISSING", {"columns": ["a", "b"]})


async def test_other_methods_are_refused(face, exported):
    await face.error("POST", f"{exported}.csv", 405)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
async def test_a_client_that_leaves_leaves_no_file_open(face):
    instance = await face.instance("long")
    measurement = (await face.uploaded(instance["id"], "long", samples(cycles=20, rows=20_000)))["measurement"]
    before = held_open()
    for _ in range(3):
        async with face.http.stream("GET", f"/export/cell_measurements/{measurement['id']}.jsonl") as answer:
            assert json.loads(await anext(answer.aiter_lines()))["Time [s]"] == 0.0
    for _ in range(500):
        if held_open() <= before:
            break
        await face.http.get("/healthz")
    assert held_open() <= before


def held_open() -> set[str]:
    """The blobs of the lab that this process, which is the server's too, has open."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(descriptor.readlink())
    return {str(link) for link in links if "cells" in link.parts and link.name.endswith("parquet")}
