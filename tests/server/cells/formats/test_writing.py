"""What is written: every format, every part of it, and nothing held that need not be."""

from __future__ import annotations

import io
import json
import tracemalloc
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from server.cells.formats import writing
from server.cells.formats.choices import Selection, Target
from server.cells.formats.errors import FormatError
from server.cells.formats.writing import ColumnsMissingError, encoded
from tests.server.cells.formats.files import measured

OURS = (Target.CSV, Target.JSONL, Target.PARQUET, Target.ARROW)


def written(path: Path, target: Target, **selection: Any) -> bytes:
    with closing(encoded(path, Selection(**selection), target)) as export:
        return b"".join(export)


def read(body: bytes, target: Target) -> pl.DataFrame:
    if target is Target.ARROW:
        with pa.ipc.open_stream(body) as stream:
            return pl.DataFrame(stream.read_all())
    by_target = {Target.CSV: pl.read_csv, Target.JSONL: pl.read_ndjson, Target.PARQUET: pl.read_parquet}
    return by_target[target](io.BytesIO(body))  # type: ignore[operator,no-any-return]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "time_series.parquet"
    measured().with_columns(pl.lit("x").alias("Remark, free")).write_parquet(path, row_group_size=100)
    return path


@pytest.fixture(params=[64, 100_000])
def part_rows(request, monkeypatch):
    monkeypatch.setattr(writing, "ROWS_AT_ONCE", request.param)


@pytest.mark.parametrize("target", OURS)
def test_everything_comes_back(path, target, part_rows):
    assert_frame_equal(read(written(path, target), target), pl.read_parquet(path))


@pytest.mark.parametrize("target", OURS)
@pytest.mark.parametrize(("start_s", "end_s"), [(1000.0, 5000.0), (None, 3000.0), (9000.0, None), (1030.0, 1100.0)])
def test_a_range_of_time_without_its_end_and_columns_in_the_wished_order(path, target, start_s, end_s, part_rows):
    columns = ("Voltage [V]", "Remark, free", "Step count")
    got = read(written(path, target, columns=columns, start_s=start_s, end_s=end_s), target)
    time = pl.col("Time [s]")
    whole = pl.read_parquet(path).filter((time >= (start_s or 0.0)) & (time < (end_s or 1e9)))
    assert whole.height > 0
    assert_frame_equal(got, whole.select(columns))


@pytest.mark.parametrize(("first", "behind"), [(99, 200), (100, 199), (0, 1), (50, 51)])
def test_a_range_begins_with_its_first_sample_and_ends_before_its_last(path, part_rows, first, behind):
    time = pl.read_parquet(path)["Time [s]"]
    got = read(written(path, Target.CSV, start_s=time[first], end_s=time[behind]), Target.CSV)
    assert got["Time [s]"].to_list() == time[first:behind].to_list()


@pytest.mark.parametrize("target", OURS)
def test_an_empty_range_is_a_file_without_rows(path, target):
    body = written(path, target, start_s=1e8)
    assert body == b"" if target is Target.JSONL else read(body, target).is_empty()


def test_columns_may_be_named_by_commas_though_names_may_have_some(path):
    got = read(written(path, Target.CSV, columns=("Step count, Time [s]", "Remark, free")), Target.CSV)
    assert got.columns == ["Step count", "Time [s]", "Remark, free"]


def test_columns_that_are_not_there_are_named_all(path):
    with pytest.raises(ColumnsMissingError, match="there is no column 'a', 'b'; the columns are 'Time") as caught:
        encoded(path, Selection(columns=("a", "Time [s]", "b")), Target.CSV)
    assert caught.value.columns == ("a", "b")


def test_what_json_has_no_word_for_is_null(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Time [s]": [0.0, 1.0, 2.0], "x": [float("nan"), float("-inf"), None]}).write_parquet(path)
    lines = written(path, Target.JSONL).decode().splitlines()
    assert [json.loads(line)["x"] for line in lines] == [None, None, None]


def test_formulas_are_escaped_where_it_is_asked_for(tmp_path):
    path = tmp_path / "a.parquet"
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", "a=b", "", None]
    frame = pl.DataFrame({"=cmd()": texts, "n": [-1.5] * len(texts), "at": [datetime(2026, 1, 1)] * len(texts)})  # noqa: DTZ001
    frame.write_parquet(path)
    plain = pl.read_csv(io.BytesIO(written(path, Target.CSV)), missing_columns="raise")
    assert plain.columns[0] == "=cmd()"
    assert plain["=cmd()"][0] == "=1+1"
    safe = pl.read_csv(io.BytesIO(written(path, Target.CSV, escapes_formulas=True)))
    assert safe.columns == ["'=cmd()", "n", "at"]
    assert safe["'=cmd()"].to_list()[:8] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "plain", "a=b"]
    assert safe["n"].to_list() == [-1.5] * len(texts)


@pytest.mark.parametrize("target", [Target.CSV, Target.JSONL])
def test_bytes_have_no_place_in_text(tmp_path, target):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Time [s]": [0.0], "raw": [b"\0"], "list": [[1]]}).write_parquet(path)
    with pytest.raises(FormatError, match=f"{target} cannot hold the column 'raw'"):
        encoded(path, Selection(), target)
    assert written(path, target, columns=("Time [s]",))


def test_a_range_without_time_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Frequency [Hz]": [1.0]}).write_parquet(path)
    with pytest.raises(FormatError, match=r"have no 'Time \[s\]', so no range"):
        encoded(path, Selection(start_s=0.0), Target.CSV)


def test_a_file_that_is_deleted_meanwhile_is_written_to_its_end(path):
    whole = written(path, Target.CSV)
    with closing(encoded(path, Selection(), Target.CSV)) as export:
        path.unlink()
        assert b"".join(export) == whole


def test_a_broken_file_is_told(path):
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match="the samples cannot be read"):
        encoded(path, Selection(), Target.CSV)


@pytest.mark.parametrize("target", list(Target))
def test_an_export_that_is_not_read_closes_its_file(path, target):
    export = encoded(path, Selection(), target)
    export.close()
    half = encoded(path, Selection(), target)
    next(half)
    half.close()


@pytest.mark.parametrize("target", [Target.PARQUET, Target.ARROW])
def test_what_was_sent_is_not_held(tmp_path, target):
    path = tmp_path / "long.parquet"
    pl.DataFrame({"Time [s]": pl.arange(0, 8_000_000, eager=True).cast(pl.Float64)}).write_parquet(path)
    tracemalloc.start()
    try:
        with closing(encoded(path, Selection(), target)) as export:
            sent = sum(len(part) for part in export)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 16_000_000
    assert peak < sent / 3
