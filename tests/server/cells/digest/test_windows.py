"""The copy that windows are read from where the uploaded file's row groups are too large for that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from clients.cells.models import TIME
from server.cells.charts.points import stored
from server.cells.digest.inspection import Shape
from server.cells.digest.windows import GROUP_ROWS, LARGEST_GROUP_ROWS, WindowsCopy, is_wanted


@pytest.mark.parametrize("slice_rows", [300_001, GROUP_ROWS, 50_000, 7_777])
def test_a_copy_has_the_same_numbers_in_small_groups(tmp_path: Path, slice_rows: int):
    frame = numbered(300_001)

    copied = copy(tmp_path, frame, slice_rows)

    assert_frame_equal(pl.read_parquet(copied), frame.drop("label"))
    footer = pq.read_metadata(copied)
    groups = [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
    assert groups == [GROUP_ROWS, GROUP_ROWS, 300_001 - 2 * GROUP_ROWS]


def test_a_copy_of_few_rows_is_complete(tmp_path: Path):
    assert pl.read_parquet(copy(tmp_path, numbered(3), 2)).height == 3


def test_only_what_has_too_large_groups_is_copied():
    def shape(*groups: int) -> Shape:
        return Shape(sum(groups), (TIME,), (TIME,), groups, TIME)

    assert is_wanted(shape(10, LARGEST_GROUP_ROWS + 1))
    assert not is_wanted(shape(LARGEST_GROUP_ROWS, LARGEST_GROUP_ROWS))


@pytest.mark.parametrize(
    ("first", "behind"), [(0, 1), (16_380, 16_390), (131_000, 140_000), (299_999, 300_001), (5, 5)]
)
def test_rows_are_read_from_the_middle(tmp_path: Path, first: int, behind: int):
    frame = numbered(300_001)

    points = stored(copy(tmp_path, frame, 100_000), first, behind, TIME, ("n", "gaps"))

    assert points.rows.tolist() == list(range(first, behind))
    np.testing.assert_array_equal(points.time, frame[TIME][first:behind].to_numpy())
    np.testing.assert_array_equal(points.columns[0], frame["n"][first:behind].to_numpy())
    np.testing.assert_array_equal(points.columns[1], frame["gaps"][first:behind].to_numpy())


def test_names_of_columns_are_no_patterns(tmp_path: Path):
    frame = pl.DataFrame({"^.*$": [1, 2], "*": [3, 4], "a.b": [5, 6], "a": [7, 8]})
    frame.write_parquet(tmp_path / "odd.parquet")

    points = stored(tmp_path / "odd.parquet", 1, 2, None, ("a.b", "*", "a", "^.*$"))

    assert [column.tolist() for column in points.columns] == [[6.0], [4.0], [8.0], [2.0]]


def copy(folder: Path, frame: pl.DataFrame, slice_rows: int) -> Path:
    shape = Shape(frame.height, tuple(frame.columns), (TIME, "n", "gaps"), (frame.height,), TIME)
    with WindowsCopy(folder / "windows.parquet", shape) as windows:
        for rows in frame.iter_slices(slice_rows):
            windows.take(rows)
    return folder / "windows.parquet"


def numbered(rows: int) -> pl.DataFrame:
    row = np.arange(rows)
    frame = pl.DataFrame({TIME: row * 0.1, "n": row % 1000, "label": ["x"] * rows})
    return frame.with_columns(pl.when(pl.col("n") % 3 != 0).then(pl.col("n") * 0.5).alias("gaps"))
