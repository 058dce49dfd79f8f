"""Few points out of many: what must not be lost, and what the downsampler must never be asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from server.cells.charts.points import Points
from server.cells.charts.thinning import thinned

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.lists(st.lists(numbers, min_size=30, max_size=30), min_size=1, max_size=4), st.integers(1, 40))
def test_whatever_the_numbers_are_there_are_never_too_many_points(columns: list[list[float]], most: int):
    few = thinned(points(*(np.array(column) for column in columns)), most)

    assert 1 <= len(few) <= min(most, 30)
    assert (np.diff(few.rows) > 0).all()


@pytest.mark.parametrize("time", [np.zeros(5_000), np.r_[np.arange(10.0), 1e12 + np.arange(4_990.0)]])
def test_time_that_repeats_or_jumps_costs_no_points(time: NDArray[np.float64]):
    column = np.random.default_rng(0).standard_normal(5_000)
    every = Points(np.arange(5_000), time, (column,))

    assert len(thinned(every, 1_000)) > 900


def test_a_single_spike_is_never_lost():
    for place in range(1, 2_999, 37):
        column = np.random.default_rng(0).standard_normal(3_000)
        column[place] = 1e9
        noisy = 1e6 * np.random.default_rng(1).standard_normal(3_000)

        few = thinned(points(column, noisy), 60)

        assert place in few.rows


def test_points_are_shared_out_between_the_columns():
    early, late = np.zeros(4_000), np.zeros(4_000)
    early[:2_000] = np.random.default_rng(0).standard_normal(2_000)
    late[2_000:] = np.random.default_rng(1).standard_normal(2_000)

    rows = thinned(points(early, late), 400).rows

    assert 100 < (rows < 2_000).sum() < 300


def test_gaps_leave_the_values_between_them():
    column = np.full(4_000, np.nan)
    column[::10] = np.random.default_rng(0).standard_normal(400)

    few = thinned(points(column), 300)

    assert (~np.isnan(few.columns[0])).sum() >= len(few) - 2 > 250


def points(*columns: NDArray[np.float64]) -> Points:
    rows = np.arange(len(columns[0]))
    return Points(rows, rows.astype(np.float64), columns)
