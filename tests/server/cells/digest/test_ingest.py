"""Coming in: one pass that checks a series and makes everything of it, or leaves nothing behind."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE
from schema.ports import SeriesWish, Table
from server.cells.charts.pyramid import opened
from server.cells.charts.series import SeriesReader
from server.cells.digest.ingest import Digested, digest
from server.cells.digest.windows import LARGEST_GROUP_ROWS
from server.cells.errors import SeriesError
from server.cells.limits import Limits


def test_a_series_becomes_steps_cycles_and_an_overview(tmp_path: Path):
    source = written(tmp_path / "in.parquet", cycled(50_000))

    digested = digested_in(tmp_path, source)

    assert digested.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert digested.shape.rows == 50_000
    assert digested.steps[STEP_COUNT] == list(range(50))
    assert len(digested.cycles["Cycle count"]) >= 1
    assert opened(digested.overview).rows == 50_000
    assert digested.windows == source


def test_what_came_in_can_be_charted(tmp_path: Path):
    frame = cycled(50_000)
    digested = digested_in(tmp_path, written(tmp_path / "in.parquet", frame))

    whole, part = (
        SeriesReader(1).read(digested.overview, digested.windows, SeriesWish((VOLTAGE,), start_s, end_s, 500))
        for start_s, end_s in ((None, None), (700.0, 800.0))
    )

    assert (whole.source_points, part.source_points) == (50_000, 100)
    assert whole.columns[VOLTAGE].max() == frame[VOLTAGE].max()
    assert part.columns[VOLTAGE].tolist() == frame[VOLTAGE][700:800].to_list()


def test_the_overview_is_the_same_however_much_is_decoded_at_once(tmp_path: Path):
    source = written(tmp_path / "in.parquet", cycled(40_000), row_group_size=1_234)

    found = [
        digested_in(tmp_path, source, limits=replace(Limits(), max_rows_at_once=rows)).overview.read_bytes()
        for rows in (999, 40_000)
    ]

    assert found[0] == found[1]


def test_large_row_groups_are_copied_for_windows_and_the_source_stays(tmp_path: Path):
    frame = cycled(LARGEST_GROUP_ROWS + 5)
    source = written(tmp_path / "in.parquet", frame.with_columns(pl.lit("x").alias("label")), frame.height)
    before = source.read_bytes()

    digested = digested_in(tmp_path, source)

    assert digested.windows.parent == tmp_path / "out"
    footer = pq.read_metadata(digested.windows)
    assert max(footer.row_group(number).num_rows for number in range(footer.num_row_groups)) <= 131_072
    assert pl.read_parquet(digested.windows).equals(frame)
    assert source.read_bytes() == before


def test_steps_that_come_along_are_kept_as_they_are(tmp_path: Path):
    given: Table = {STEP_COUNT: [0, 1], "Step type": ["Rest", None], "mine": [1.5, "two"]}
    source = written(tmp_path / "in.parquet", cycled(2_000))

    digested = digested_in(tmp_path, source, given)

    assert digested.steps == given
    assert digested.cycles == digested_in(tmp_path, source).cycles


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, STEP_COUNT),
        ({"Step type": ["Rest"]}, STEP_COUNT),
        ({STEP_COUNT: [0, 1], "Step type": ["Rest"]}, "'Step type' 1"),
    ],
)
def test_steps_that_do_not_fit_together_are_refused(tmp_path: Path, given: Table, told: str):
    source = written(tmp_path / "in.parquet", cycled(2_000))

    with pytest.raises(SeriesError, match=told) as raised:
        digested_in(tmp_path, source, given)

    assert raised.value.code == "steps_invalid"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_fault_in_the_last_row_leaves_nothing_behind(tmp_path: Path):
    rows = LARGEST_GROUP_ROWS + 5
    falling = cycled(rows).with_columns(
        pl.when(pl.int_range(rows) < rows - 1).then(pl.col(TIME)).otherwise(5.0).alias(TIME)
    )
    source = written(tmp_path / "in.parquet", falling, rows)

    with pytest.raises(SeriesError) as raised:
        digested_in(tmp_path, source)

    assert raised.value.column == TIME
    assert raised.value.row == rows - 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_a_damaged_file_leaves_nothing_behind(tmp_path: Path, at: float):
    source = written(tmp_path / "in.parquet", cycled(50_000), row_group_size=5_000)
    body = bytearray(source.read_bytes())
    place = int(len(body) * at)
    body[place : place + 200] = bytes(200)
    source.write_bytes(body)

    with pytest.raises(SeriesError):
        digested_in(tmp_path, source)

    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["overview.arrow", "windows.parquet"])
def test_a_disk_without_room_leaves_nothing_behind(tmp_path: Path, name: str):
    source = written(tmp_path / "in.parquet", cycled(LARGEST_GROUP_ROWS + 5), LARGEST_GROUP_ROWS + 5)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        digested_in(tmp_path, source)

    assert list((tmp_path / "out").iterdir()) == []


def digested_in(folder: Path, source: Path, given: Table | None = None, limits: Limits | None = None) -> Digested:
    (folder / "out").mkdir(exist_ok=True)
    return digest(source, folder / "out", limits or Limits(), given)


def written(path: Path, frame: pl.DataFrame, row_group_size: int | None = None) -> Path:
    pq.write_table(frame.to_arrow(), path, row_group_size=row_group_size)
    return path


def cycled(rows: int) -> pl.DataFrame:
    """Steps of 1,000 s: discharge, rest, charge, rest; positive current lowers the voltage."""
    row = np.arange(rows)
    current_a = np.array([1.0, 0.0, -1.0, 0.0])[row // 1_000 % 4]
    charge_a_h = np.cumsum(current_a) / 3_600
    noise = np.random.default_rng(0).standard_normal(rows)
    volt = 3.9 - charge_a_h - 0.05 * current_a + 1e-4 * noise
    return pl.DataFrame({TIME: row * 1.0, VOLTAGE: volt, CURRENT: current_a, STEP_COUNT: row // 1_000})
