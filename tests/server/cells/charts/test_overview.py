"""The pyramid: real rows, the lows and highs of every bucket, and the same bytes however the series was cut."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.cells.models import TIME
from server.cells.charts.overview import Fineness
from server.cells.charts.pyramid import FACTOR, opened
from tests.server.cells.waves import SMALL, floats, frames, write_overview


@settings(max_examples=60, deadline=None)
@given(frames(), st.lists(st.integers(1, 700), max_size=12), st.sampled_from([SMALL, Fineness(1, 1, 0), Fineness()]))
def test_the_same_series_gives_the_same_bytes_however_it_is_cut(
    frame: pl.DataFrame, cuts: list[int], fineness: Fineness
):
    with TemporaryDirectory() as folder:
        whole = write_overview(Path(folder, "whole"), frame, fineness)
        sliced = write_overview(Path(folder, "sliced"), frame, fineness, cuts)

        assert whole.read_bytes() == sliced.read_bytes()


@settings(max_examples=60, deadline=None)
@given(frames())
def test_each_level_has_the_lows_and_highs_of_its_buckets_and_nothing_else(frame: pl.DataFrame):
    with TemporaryDirectory() as folder:
        pyramid = opened(write_overview(Path(folder, "overview"), frame))

        for level in pyramid.levels:
            expected = {0, frame.height - 1}
            for name in frame.columns[1:]:
                expected |= extreme_rows(floats(frame, name), level.bucket_rows)
            assert level.rows.tolist() == sorted(expected)


@settings(max_examples=40, deadline=None)
@given(frames())
def test_each_row_of_a_level_is_a_row_of_the_series(frame: pl.DataFrame):
    with TemporaryDirectory() as folder:
        pyramid = opened(write_overview(Path(folder, "overview"), frame))

        for level in pyramid.levels:
            points = level.points(0, frame.height, [pyramid.places[name] for name in frame.columns])
            for name, column in zip(frame.columns, points.columns, strict=True):
                np.testing.assert_array_equal(column, floats(frame, name)[level.rows])
            np.testing.assert_array_equal(points.time, floats(frame, TIME)[level.rows])


def test_levels_grow_coarser_by_the_same_factor_until_few_rows_are_left(tmp_path: Path):
    pyramid = opened(write_overview(tmp_path / "overview", noise(400_000, 5), Fineness()))

    sizes = [len(level.rows) for level in pyramid.levels]
    buckets = [level.bucket_rows for level in pyramid.levels]
    assert buckets == [240, 240 * FACTOR]
    assert sizes[0] > 4_000 >= sizes[-1]


@pytest.mark.parametrize("columns", [1, 5, 59])
def test_all_levels_together_have_less_than_a_twentieth_of_the_rows(tmp_path: Path, columns: int):
    frame = noise(200_000, columns)

    pyramid = opened(write_overview(tmp_path / "overview", frame, Fineness()))

    assert sum(len(level.rows) for level in pyramid.levels) < frame.height / 20


def test_a_short_series_is_kept_whole(tmp_path: Path):
    frame = noise(2_000, 5)

    pyramid = opened(write_overview(tmp_path / "overview", frame, Fineness()))

    assert pyramid.is_whole
    assert [level.rows.tolist() for level in pyramid.levels] == [list(range(2_000))]


def test_integers_booleans_and_nulls_become_numbers(tmp_path: Path):
    frame = pl.DataFrame(
        {TIME: [0, 1, 2], "on": [True, None, False], "n": pl.Series([1, None, 2**53], dtype=pl.UInt64)}
    )

    pyramid = opened(write_overview(tmp_path / "overview", frame, Fineness()))

    points = pyramid.levels[0].points(0, 3, [pyramid.places["on"], pyramid.places["n"]])
    np.testing.assert_array_equal(points.columns, [[1.0, np.nan, 0.0], [1.0, np.nan, 2.0**53]])


def test_names_are_names_and_never_patterns(tmp_path: Path):
    names = ["^.*$", "*", "row", "a.b", "🔋", "'; --"]
    frame = pl.DataFrame({TIME: [0.0, 1.0], **{name: [float(place), 7.0] for place, name in enumerate(names)}})

    pyramid = opened(write_overview(tmp_path / "overview", frame, Fineness()))

    points = pyramid.levels[0].points(0, 1, [pyramid.places[name] for name in names])
    assert [column[0] for column in points.columns] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_series_without_time_counts_its_rows(tmp_path: Path):
    frame = pl.DataFrame({"Z_Re [Ohm]": np.arange(300.0)})

    pyramid = opened(write_overview(tmp_path / "overview", frame, axis=None))

    assert pyramid.levels[0].time.tolist() == pyramid.levels[0].rows.tolist()
    assert [pyramid.bracket(at) for at in (-5.0, 0.0, 17.2, 18.0, 299.0, 299.5, 1e300)] == [
        (0, 0),
        (0, 0),
        (18, 18),
        (18, 18),
        (299, 299),
        (300, 300),
        (300, 300),
    ]


@settings(max_examples=60, deadline=None)
@given(frames(), st.floats(-10, 5000) | st.integers(-10, 500).map(float))
def test_a_bracket_holds_the_first_row_at_or_after_a_time(frame: pl.DataFrame, at_s: float):
    with TemporaryDirectory() as folder:
        low, high = opened(write_overview(Path(folder, "overview"), frame)).bracket(at_s)

        assert low <= int(floats(frame, TIME).searchsorted(at_s)) <= high


def extreme_rows(column: np.ndarray, bucket_rows: int) -> set[int]:
    """Found the slow way: in each bucket the first lowest and the first highest value that is one."""
    found = set()
    for begin in range(0, len(column), bucket_rows):
        there = [row for row in range(begin, min(begin + bucket_rows, len(column))) if not np.isnan(column[row])]
        if there:
            found |= {min(there, key=column.__getitem__), max(there, key=column.__getitem__)}
    return found


def noise(rows: int, columns: int) -> pl.DataFrame:
    dice = np.random.default_rng(0)
    named = {f"c{number}": dice.standard_normal(rows) for number in range(columns)}
    return pl.DataFrame({TIME: np.arange(float(rows)), **named})
