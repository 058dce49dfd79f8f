"""Charts: real samples, few of them, none of the lows and highs missing, from wherever they are quickest to have."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.cells.models import TIME
from schema.ports import Series, SeriesWish
from server.cells.charts import zoom
from server.cells.charts.overview import Fineness
from server.cells.charts.pyramid import opened
from server.cells.charts.series import SeriesReader
from server.cells.errors import SeriesError
from tests.server.cells.waves import SMALL, floats, frames, measured, tuples, wave, write_overview

times = st.none() | st.integers(-2, 600).map(float) | st.floats(0, 3000)
wishes = st.builds(
    SeriesWish,
    st.lists(st.sampled_from(["V", "n", "flat", TIME]), max_size=4).map(tuple),
    times,
    times,
    st.integers(1, 40) | st.integers(40, 800),
)


@settings(max_examples=200, deadline=None)
@given(frames(), wishes, st.sampled_from([SMALL, Fineness(2, 5, 0), Fineness()]))
def test_a_chart_is_made_of_samples_in_the_window(frame: pl.DataFrame, wish: SeriesWish, fineness: Fineness):
    with TemporaryDirectory() as folder:
        series = chart(Path(folder), frame, wish, fineness)

    inside = window(frame, wish)
    names = list(series.columns)
    assert len(series.time) <= wish.max_points
    assert series.source_points == inside.height
    assert tuples([series.time, *series.columns.values()]) <= measured(inside, [TIME, *names])
    assert (np.diff(series.time) >= 0).all()
    assert names == list(dict.fromkeys(wish.columns))


@settings(max_examples=200, deadline=None)
@given(frames(), wishes, st.sampled_from([SMALL, Fineness(2, 5, 0), Fineness()]))
def test_no_low_or_high_is_missing_but_within_a_bucket_of_the_edge(
    frame: pl.DataFrame, wish: SeriesWish, fineness: Fineness
):
    with TemporaryDirectory() as folder:
        series = chart(Path(folder), frame, wish, fineness)
        bucket = opened(Path(folder, "overview")).levels[0].bucket_rows if series.source_points else 0

    if wish.max_points < 2 + 2 * len(series.columns):
        return
    inside = window(frame, wish)
    left, right = (0 if edge is None else bucket for edge in (wish.start_s, wish.end_s))
    sure = inside[left : max(left, inside.height - right)]
    for name, column in series.columns.items():
        certain = floats(sure, name)
        if not np.isnan(certain).all():
            assert np.nanmin(column) <= np.nanmin(certain)
            assert np.nanmax(column) >= np.nanmax(certain)


def test_windows_of_every_width_and_place_are_answered_alike_by_all_levels(tmp_path: Path):
    frame = wave(20_000)
    volt, amps = floats(frame, "V"), floats(frame, "A")
    frame.write_parquet(tmp_path / "windows.parquet")
    overview = write_overview(tmp_path / "overview", frame, SMALL)
    bucket = opened(overview).levels[0].bucket_rows
    reader = SeriesReader(1)

    for width in (60, 333, 1_280, 15_001):
        for start in range(1, 20_000 - width, 1_379):
            for most in (8, 40, 200):
                series = reader.read(
                    overview, tmp_path / "windows.parquet", SeriesWish(("V", "A"), start, start + width, most)
                )
                rows = series.time.astype(int)
                assert series.source_points == width
                assert start <= rows[0] < rows[-1] < start + width
                assert (np.diff(rows) > 0).all()
                assert len(rows) <= most
                for found, all_rows in zip(series.columns.values(), (volt, amps), strict=True):
                    np.testing.assert_array_equal(found, all_rows[rows])
                    sure = all_rows[start + bucket : start + width - bucket]
                    assert found.min() <= sure.min()
                    assert found.max() >= sure.max()


@settings(max_examples=100, deadline=None)
@given(frames(), wishes)
def test_a_window_of_few_samples_is_answered_with_all_of_them(frame: pl.DataFrame, wish: SeriesWish):
    with TemporaryDirectory() as folder:
        series = chart(Path(folder), frame, wish)

    inside = window(frame, wish)
    if inside.height <= wish.max_points:
        np.testing.assert_array_equal(series.time, floats(inside, TIME))
        for name, column in series.columns.items():
            np.testing.assert_array_equal(column, floats(inside, name))


@settings(max_examples=60, deadline=None)
@given(frames(), st.integers(2, 100))
def test_a_whole_chart_has_the_first_and_the_last_sample(frame: pl.DataFrame, most: int):
    with TemporaryDirectory() as folder:
        series = chart(Path(folder), frame, SeriesWish(("V", "n", "flat"), max_points=most))

    assert {series.time[0], series.time[-1]} == {frame[TIME][0], frame[TIME][-1]}


@settings(max_examples=60, deadline=None)
@given(frames(), wishes)
def test_an_answer_from_the_levels_looks_like_one_from_the_samples(frame: pl.DataFrame, wish: SeriesWish):
    """Both count the same, and neither leaves the range of the other but at the edges."""
    with TemporaryDirectory() as folder:
        thin = chart(Path(folder), frame, wish, SMALL)
        full = chart(Path(folder), frame, wish, Fineness())

    assert thin.source_points == full.source_points
    if wish.start_s is None and wish.end_s is None and wish.max_points >= 2 + 2 * len(thin.columns):
        for name in thin.columns:
            if not np.isnan(full.columns[name]).all():
                assert np.nanmin(thin.columns[name]) == np.nanmin(full.columns[name])
                assert np.nanmax(thin.columns[name]) == np.nanmax(full.columns[name])


def test_wide_windows_are_answered_without_touching_the_samples(tmp_path: Path):
    frame = wave(100_000)
    overview = write_overview(tmp_path / "overview", frame, Fineness())

    series = SeriesReader(1).read(overview, tmp_path / "nowhere.parquet", SeriesWish(("V", "A")))

    assert 1_500 < len(series.time) <= 2_000
    assert series.source_points == 100_000


def test_narrow_windows_are_read_from_the_samples(tmp_path: Path):
    frame = wave(100_000)

    series = chart(tmp_path, frame, SeriesWish(("V",), 40_000.0, 40_500.0, 1_000), Fineness())

    assert series.time.tolist() == list(np.arange(40_000.0, 40_500.0))
    np.testing.assert_array_equal(series.columns["V"], floats(frame, "V")[40_000:40_500])


def test_more_samples_than_fit_are_answered_from_the_finest_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zoom, "MOST_VALUES", 50_000)
    frame = wave(100_000)

    wide, narrow = (
        chart(tmp_path, frame, SeriesWish(("V",), 10.0, end_s, 90_000), Fineness()) for end_s in (90_010.0, 20_010.0)
    )

    assert (wide.source_points, narrow.source_points) == (90_000, 20_000)
    assert len(wide.time) < 9_000
    assert len(narrow.time) == 20_000


def test_a_column_of_nothing_is_nothing_everywhere(tmp_path: Path):
    frame = wave(5_000).with_columns(pl.lit(None, pl.Float64).alias("nothing"))

    series = chart(tmp_path, frame, SeriesWish(("nothing", "V"), max_points=100))

    assert np.isnan(series.columns["nothing"]).all()
    assert len(series.time) > 40


@pytest.mark.parametrize("name", ["volts", "", "row", "label"])
def test_a_column_that_is_not_there_is_named(tmp_path: Path, name: str):
    overview = write_overview(tmp_path / "overview", wave(100))

    with pytest.raises(SeriesError) as raised:
        SeriesReader(1).read(overview, overview, SeriesWish(("V", name)))

    assert (raised.value.code, raised.value.column) == ("column_missing", name)


@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [
        (50.0, 50.0),
        (60.0, 40.0),
        (1e9, None),
        (None, -1.0),
        (None, 0.0),
        (np.inf, None),
        (None, -np.inf),
        (np.nan, None),
    ],
)
def test_a_window_without_samples_is_empty(tmp_path: Path, start_s: float | None, end_s: float | None):
    series = chart(tmp_path, wave(5_000), SeriesWish(("V",), start_s, end_s))

    assert (len(series.time), len(series.columns["V"]), series.source_points) == (0, 0, 0)


def test_a_window_without_ends_is_all(tmp_path: Path):
    assert chart(tmp_path, wave(5_000), SeriesWish(("V",), -np.inf, np.inf)).source_points == 5_000


@pytest.mark.parametrize("most", [0, -1])
def test_less_than_one_point_cannot_be_asked_for(tmp_path: Path, most: int):
    with pytest.raises(ValueError, match="at least one"):
        chart(tmp_path, wave(10), SeriesWish(("V",), max_points=most))


def test_one_point_is_the_last_and_two_are_the_ends(tmp_path: Path):
    found = [chart(tmp_path, wave(5_000), SeriesWish(("V", "A"), max_points=most)).time.tolist() for most in (1, 2)]

    assert found == [[4_999.0], [0.0, 4_999.0]]


def test_a_series_without_time_is_asked_for_by_row(tmp_path: Path):
    frame = pl.DataFrame({"Z": np.arange(5_000.0) ** 2})
    frame.write_parquet(tmp_path / "windows.parquet")
    overview = write_overview(tmp_path / "overview", frame, axis=None)

    series = SeriesReader(1).read(overview, tmp_path / "windows.parquet", SeriesWish(("Z",), 2_000.5, 2_011.0))

    assert series.time.tolist() == list(range(2_001, 2_011))
    assert series.columns["Z"].tolist() == [row**2 for row in range(2_001, 2_011)]


def test_files_that_are_gone_are_said_to_be_gone(tmp_path: Path):
    overview, nowhere = write_overview(tmp_path / "overview", wave(5_000)), tmp_path / "nowhere"

    with pytest.raises(FileNotFoundError):
        SeriesReader(1).read(nowhere, nowhere, SeriesWish(("V",)))
    with pytest.raises(FileNotFoundError):
        SeriesReader(1).read(overview, nowhere, SeriesWish(("V",), 10.0, 20.0))


def chart(folder: Path, frame: pl.DataFrame, wish: SeriesWish, fineness: Fineness = SMALL) -> Series:
    """As it is answered for a series that came in as these rows, in row groups of 100."""
    windows = folder / "windows[1].parquet"
    frame.write_parquet(windows, row_group_size=100)
    return SeriesReader(1).read(write_overview(folder / "overview", frame, fineness), windows, wish)


def window(frame: pl.DataFrame, wish: SeriesWish) -> pl.DataFrame:
    start_s, end_s = (
        pl.lit(default) if at is None else at for at, default in ((wish.start_s, -1.0), (wish.end_s, 1e18))
    )
    return frame.filter((pl.col(TIME) >= start_s) & (pl.col(TIME) < end_s))
