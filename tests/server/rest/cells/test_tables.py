"""Tables in JSON and Parquet."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import orjson
import polars as pl
import pytest

from schema.ports import Table
from server.graphql.encoding import encode
from server.rest.answers import Refused
from server.rest.cells.tables import as_columns, given_steps, read_columns, write_parquet


def test_a_column_with_a_fraction_has_a_point_in_each_number() -> None:
    table: Table = {"mixed": [0, 1.5, None, -2], "whole": [0, 1, None], "text": ["a", None], "flags": [True, False]}
    assert encode(as_columns(table)) == (
        b'{"mixed":[0.0,1.5,null,-2.0],"whole":[0,1,null],"text":["a",null],"flags":[true,false]}'
    )


def test_there_is_no_nan() -> None:
    assert as_columns({"x": [math.nan, math.inf, -math.inf, 1]}) == {"x": [None, None, None, 1.0]}


@pytest.mark.parametrize("steps", [None, {}, []])
def test_no_steps_are_none(steps: object) -> None:
    assert given_steps(steps) is None


@pytest.mark.parametrize("steps", ["x", [1], {"a": 1}, {"a": [1], "b": [1, 2]}, {"a": [[1]]}, {"a": [{}]}, {"a": "xy"}])
def test_steps_of_another_form_are_refused(steps: object) -> None:
    with pytest.raises(Refused) as refused:
        given_steps(steps)
    assert (refused.value.status, refused.value.detail) == (422, {"field": "steps"})


def test_steps_are_taken_as_they_are() -> None:
    steps = {"Step count": [0, 1], "Label": ["a", None], "Min voltage [V]": [3, 3.5]}
    assert given_steps(steps) == steps


def test_a_table_is_written_as_parquet(tmp_path: Path) -> None:
    table: Table = {"Step count": [0, 1], "Label": ["a", None], "Min voltage [V]": [3, 3.5], "Empty": [None, None]}
    write_parquet(table, tmp_path / "steps.parquet")
    frame = pl.read_parquet(tmp_path / "steps.parquet")
    assert frame.to_dict(as_series=False) == table
    assert frame.schema["Min voltage [V]"] == pl.Float64
    assert frame.schema["Step count"] == pl.Int64


def test_an_empty_table_is_an_empty_file(tmp_path: Path) -> None:
    write_parquet({}, tmp_path / "steps.parquet")
    assert pl.read_parquet(tmp_path / "steps.parquet").shape == (0, 0)


def test_any_parquet_column_becomes_json(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "float": [0.0, math.nan, None],
            "single": pl.Series([1.5, 2.5, math.inf], dtype=pl.Float32),
            "count": [1, None, 3],
            "text": ["a", None, "\x00"],
            "flag": [True, None, False],
            "at": [datetime(2026, 1, 1, tzinfo=UTC), None, None],
            "bytes": [b"\xff", None, b""],
            "list": [[1], None, []],
        }
    )
    frame.write_parquet(tmp_path / "any.parquet")
    told = orjson.loads(encode(read_columns(tmp_path / "any.parquet", 1_000)))
    assert told["float"] == [0.0, None, None]
    assert told["single"] == [1.5, 2.5, None]
    assert told["count"] == [1, None, 3]
    assert told["flag"] == [True, None, False]
    assert told["text"] == ["a", None, "\x00"]
    assert told["at"][0].startswith("2026-01-01")
    assert told["list"][0] == "[1]"


def test_too_many_values_are_not_written_as_json(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "b": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(Refused) as refused:
        read_columns(tmp_path / "a.parquet", 3)
    assert (refused.value.status, refused.value.code) == (422, "RESULT_TOO_LARGE")
