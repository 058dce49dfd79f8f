"""Tables as polars or pyarrow has them."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import respx

from clients.cells.errors import CellsMalformedError
from clients.cells.frames import ARROW, POLARS
from tests.clients.cells import answers
from tests.clients.cells.flavour import opened

FRAMES = {"polars": pl.DataFrame, "arrow": pa.Table}


def columns(frame: Any) -> Any:
    return frame.to_dict(as_series=False) if isinstance(frame, pl.DataFrame) else frame.to_pydict()


@pytest.mark.parametrize("frames", FRAMES)
async def test_every_table_is_of_the_chosen_kind(server: respx.MockRouter, kind: str, frames: str) -> None:
    server.get("/cell_measurements/m1/steps").respond(json={"steps": answers.STEPS})
    server.get("/cell_measurements/m1/cycles").respond(json={"cycles": answers.CYCLES})
    server.get("/cell_measurements/m1/steps_and_cycles").respond(json=answers.steps_and_cycles())
    server.get("/cell_measurements/m1/time_series/signed_url").respond(json={"signed_url": answers.GET_URL})
    got = server.get(answers.GET_URL).respond(content=answers.parquet())

    async with opened(kind, answers.BASE, frames=frames) as lab:
        steps = await lab.ask(lambda c: c.cell_measurement.steps("m1"))
        cycles = await lab.ask(lambda c: c.cell_measurement.cycles("m1"))
        both = await lab.ask(lambda c: c.cell_measurement.steps_and_cycles("m1"))
        series = await lab.ask(lambda c: c.cell_measurement.time_series("m1"))

    assert {type(each) for each in (steps, cycles, both.steps, both.cycles, series)} == {FRAMES[frames]}
    assert columns(steps) == columns(both.steps) == answers.STEPS
    assert columns(cycles) == columns(both.cycles) == answers.CYCLES
    assert columns(series) == answers.SAMPLES.to_dict(as_series=False)
    assert "x-api-key" not in got.calls.last.request.headers


@pytest.mark.parametrize("frames", [POLARS, ARROW])
def test_a_column_that_begins_with_whole_numbers_keeps_its_fractions(frames: Any) -> None:
    assert columns(frames.of_columns({"a": [0, 1.5, None]})) == {"a": [0.0, 1.5, None]}


@pytest.mark.parametrize("frames", [POLARS, ARROW])
def test_a_file_and_a_frame_are_the_same(frames: Any) -> None:
    made = frames.of_columns({"a": [0.5], "ä": ["x"], "none": [None]})

    assert columns(frames.of_parquet(frames.to_parquet(made))) == {"a": [0.5], "ä": ["x"], "none": [None]}


@pytest.mark.parametrize("frames", [POLARS, ARROW])
@pytest.mark.parametrize("body", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", answers.parquet()[:-9]])
def test_what_is_no_parquet_is_a_value_error(frames: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Error|Invalid"):
        frames.of_parquet(body)


@pytest.mark.parametrize("frames", FRAMES)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"steps": []},
        {"steps": {"a": 5}},
        {"steps": {"a": [1], "b": []}},
        {"steps": {"a": [1, 2], "b": "xy"}},
        {"cycles": {}},
    ],
)
async def test_a_bad_table_is_malformed(server: respx.MockRouter, kind: str, frames: str, answer: Any) -> None:
    server.get("/cell_measurements/m1/steps").respond(json=answer)

    async with opened(kind, answers.BASE, frames=frames) as lab:
        await lab.fails(lambda c: c.cell_measurement.steps("m1"), CellsMalformedError)


def test_a_dictionary_column_survives_the_arrow_way() -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array(["x", "y"]).dictionary_encode()}), file)

    assert ARROW.of_parquet(file.getvalue()).to_pydict() == {"a": ["x", "y"]}
