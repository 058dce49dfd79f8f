"""Checks: each fault is named by its column and first row, and cutting the series changes no verdict."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.cells.models import (
    CHARGE_CAPACITY,
    CURRENT,
    CYCLE_COUNT,
    DISCHARGE_CAPACITY,
    DISCHARGE_ENERGY,
    STEP_COUNT,
    TIME,
    VOLTAGE,
)
from server.cells.digest.runs import PIECE_ROWS
from server.cells.digest.validation import Checks
from server.cells.errors import SeriesError
from tests.server.cells.tested import cycled, shape_of, verdict

CYCLED = cycled()
ROWS = CYCLED.height
places = st.lists(st.integers(1, 10_000), max_size=12)
rows = st.integers(0, ROWS - 1)


def planted(column: str, row: int, value: float | None, frame: pl.DataFrame = CYCLED) -> pl.DataFrame:
    values: list[float | None] = [None if each is None else float(each) for each in frame[column]]
    values[row] = value
    return frame.with_columns(pl.Series(column, values, dtype=pl.Float64))


def counted(of_step: list[float], column: str = DISCHARGE_CAPACITY) -> pl.DataFrame:
    """Every step with these values of the column."""
    return CYCLED.with_columns(pl.Series(column, np.tile(of_step, 6)))


@settings(deadline=None, max_examples=40)
@given(places)
def test_a_sound_series_passes_wherever_it_is_cut(cuts: list[int]):
    assert verdict(CYCLED, cuts) is None


@settings(deadline=None)
@given(
    st.sampled_from([TIME, VOLTAGE, CURRENT, STEP_COUNT, CYCLE_COUNT]),
    rows,
    st.sampled_from([None, math.nan, math.inf, -math.inf]),
    places,
)
def test_a_planted_hole_is_named_by_column_and_row(column: str, row: int, value: float | None, cuts: list[int]):
    code = "value_missing" if value is None else "value_not_finite"

    assert verdict(planted(column, row, value), cuts) == (code, column, row)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([TIME, VOLTAGE, STEP_COUNT, CYCLE_COUNT]), rows, st.sampled_from([math.nan, -3.0, 0.5, 1e9])
        ),
        min_size=1,
        max_size=4,
    ),
    places,
)
def test_of_several_faults_the_same_one_is_named_wherever_the_series_is_cut(faults, cuts):
    frame = CYCLED
    for column, row, value in faults:
        frame = planted(column, row, value, frame)

    assert verdict(frame, cuts) == verdict(frame)


@settings(deadline=None, max_examples=40)
@given(places)
def test_a_series_backwards_falls_in_its_second_row(cuts: list[int]):
    backwards = CYCLED.with_columns(pl.col(TIME).reverse() - CYCLED[TIME][-1])

    assert verdict(CYCLED.with_columns(pl.col(TIME).reverse()), cuts) == ("time_not_from_zero", TIME, 0)
    assert verdict(backwards, cuts) == ("time_falls", TIME, 1)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, ROWS - 1), places)
def test_time_may_stand_still_and_may_not_fall(row: int, cuts: list[int]):
    before = CYCLED[TIME][row - 1]

    assert verdict(planted(TIME, row, before), cuts) is None
    assert verdict(planted(TIME, row, math.nextafter(before, -1.0)), cuts) == ("time_falls", TIME, row)


@pytest.mark.parametrize(("start", "expected"), [(1e-6, None), (-1e-6, None), (2e-6, ("time_not_from_zero", TIME, 0))])
def test_time_starts_at_zero_to_a_microsecond(start, expected):
    assert verdict(planted(TIME, 0, start)) == expected


@settings(deadline=None, max_examples=60)
@given(rows, st.sampled_from([-1.0, 2.0, 0.5, 1.5, 1e300]), places)
def test_a_step_count_that_jumps_is_named_where_it_does(row: int, rise: float, cuts: list[int]):
    before = 0.0 if row == 0 else float(CYCLED[STEP_COUNT][row - 1])

    code = "step_not_from_zero" if row == 0 else "step_jumps"
    assert verdict(planted(STEP_COUNT, row, before + rise), cuts) == (code, STEP_COUNT, row)


def test_a_step_count_of_unsigned_numbers_may_not_fall():
    frame = CYCLED.with_columns(pl.Series(STEP_COUNT, [0] * 100 + [1] * 100 + [0] * 40, dtype=pl.UInt8))

    assert verdict(frame, [100]) == ("step_jumps", STEP_COUNT, 200)


@pytest.mark.parametrize(
    ("row", "value", "code"),
    [(5, 0.5, "cycle_not_whole"), (0, -1.0, "cycle_not_whole"), (200, 0.0, "cycle_falls"), (120, 0.0, None)],
)
def test_cycle_counts_are_whole_and_never_fall(row, value, code):
    expected = (code, CYCLE_COUNT, row) if code else None

    assert verdict(planted(CYCLE_COUNT, row, value)) == expected
    assert verdict(planted(CYCLE_COUNT, row, value), [row, row + 1]) == expected


def test_a_cycle_count_may_begin_and_leap_where_it_likes():
    assert verdict(CYCLED.with_columns(pl.col(CYCLE_COUNT) * 10 + 3)) is None


@settings(deadline=None, max_examples=40)
@given(places)
def test_a_capacity_that_starts_anew_in_each_step_passes(cuts: list[int]):
    rising = (np.arange(40) / 360).tolist()

    assert verdict(counted(rising), cuts) is None
    assert verdict(counted([value * 3.7 for value in rising], DISCHARGE_ENERGY), cuts) is None


@settings(deadline=None, max_examples=40)
@given(places)
def test_a_capacity_counted_over_steps_is_named_at_its_second_step(cuts: list[int]):
    frame = CYCLED.with_columns(pl.Series(CHARGE_CAPACITY, np.arange(ROWS) / 360))

    assert verdict(frame, cuts) == ("cumulative_not_from_zero", CHARGE_CAPACITY, 40)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 39), places)
def test_a_capacity_that_falls_in_a_step_is_named_where_it_does(row: int, cuts: list[int]):
    rising = [0.0, *(np.arange(1, 40) / 360 + 1).tolist()]
    rising[row] -= 0.9
    expected = None if row == 1 else ("cumulative_falls", DISCHARGE_CAPACITY, row)

    assert verdict(counted(rising), cuts) == expected


def test_a_slow_fall_is_no_noise_in_the_end():
    falling = [0.0, *(1 - 1e-4 * np.arange(39)).tolist()]

    assert verdict(counted(falling)) == ("cumulative_falls", DISCHARGE_CAPACITY, 12)


@pytest.mark.parametrize(("fall", "is_noise"), [(0.9e-3, True), (1.1e-3, False)])
def test_noise_is_a_thousandth_of_the_largest_value_so_far(fall, is_noise):
    frame = counted([0.0, *[1.0] * 20, *[1.0 - fall] * 19])

    assert verdict(frame) == (None if is_noise else ("cumulative_falls", DISCHARGE_CAPACITY, 21))


def test_a_cycler_may_count_before_it_records():
    assert (
        verdict(counted([10 / 3600 + value / 360 for value in range(40)]).with_columns(pl.lit(0).alias("x")))
        is not None
    )
    late = CYCLED.with_columns(
        pl.Series(DISCHARGE_CAPACITY, [0.0] * 120 + [(row + 1) / 360 for row in range(40)] + [0.0] * 80)
    )
    assert verdict(late) is None


def test_gaps_in_a_counted_column_are_passed_over():
    values: list[float | None] = [0.0, None, 0.5, math.nan, 0.4, *[0.6] * 35] + [0.0] * 200

    frame = CYCLED.with_columns(pl.Series(DISCHARGE_CAPACITY, values))

    assert verdict(frame, [3]) == ("cumulative_falls", DISCHARGE_CAPACITY, 4)
    assert verdict(CYCLED.with_columns(pl.lit(None, dtype=pl.Float64).alias(DISCHARGE_CAPACITY))) is None


@settings(deadline=None, max_examples=40)
@given(places)
def test_charge_taken_for_discharge_is_told_in_the_end(cuts: list[int]):
    assert verdict(CYCLED.with_columns(-pl.col(CURRENT)), cuts) == ("current_sign", CURRENT, 0)


def test_one_odd_step_is_outvoted_and_names_no_row():
    odd = CYCLED.with_columns(
        pl.when(pl.col(STEP_COUNT) == 0).then(-pl.col(CURRENT)).otherwise(pl.col(CURRENT)).alias(CURRENT)
    )

    assert verdict(odd) is None
    assert verdict(odd.with_columns(-pl.col(CURRENT)), [7, 90]) == ("current_sign", CURRENT, 80)


def test_steps_of_two_rows_have_a_vote():
    frame = pl.DataFrame(
        {
            TIME: [0.0, 60.0, 60.0, 120.0],
            VOLTAGE: [3.0, 3.5, 3.5, 3.0],
            CURRENT: [1.0, 1.0, -1.0, -1.0],
            STEP_COUNT: [0, 0, 1, 1],
        }
    )

    assert verdict(frame, [1, 2, 3]) == ("current_sign", CURRENT, 0)
    assert verdict(frame.with_columns(-pl.col(CURRENT)), [1, 2, 3]) is None


@pytest.mark.parametrize("rows_in_step", [1, 40])
def test_what_says_nothing_about_the_sign_passes(rows_in_step):
    resting = cycled(6, rows_in_step).with_columns(pl.lit(3.7).alias(VOLTAGE))

    assert verdict(resting) is None
    assert verdict(resting.with_columns(pl.lit(0.0).alias(CURRENT))) is None


def test_values_beyond_squaring_bring_no_traceback():
    assert verdict(CYCLED.with_columns(pl.lit(1e300).alias(CURRENT), pl.lit(-1e300).alias(VOLTAGE))) is None


def test_rows_are_counted_over_pieces():
    frame = cycled(3, PIECE_ROWS)

    assert verdict(planted(VOLTAGE, 2 * PIECE_ROWS + 5, math.nan, frame)) == (
        "value_not_finite",
        VOLTAGE,
        2 * PIECE_ROWS + 5,
    )


def test_an_open_circuit_curve_needs_numbers_and_steps_only():
    curve = pl.DataFrame({VOLTAGE: [4.2, 3.9, 3.6], "SOC": [1.0, 0.5, 0.0], STEP_COUNT: [0, 0, 1]})

    assert verdict(curve, [1]) is None
    assert verdict(planted("SOC", 2, None, curve)) == ("value_missing", "SOC", 2)
    assert verdict(planted(STEP_COUNT, 1, 2.0, curve)) == ("step_jumps", STEP_COUNT, 1)


def test_a_spectrum_needs_numbers_only():
    spectrum = pl.DataFrame({"Frequency [Hz]": [1e3, 1e2], "Z_Re [Ohm]": [1.0, 2.0], "Z_Im [Ohm]": [0.1, math.inf]})

    assert verdict(spectrum, [1]) == ("value_not_finite", "Z_Im [Ohm]", 1)
    assert verdict(planted("Z_Im [Ohm]", 1, -0.1, spectrum)) is None


def test_the_message_names_column_row_and_values():
    checks = Checks(shape_of(CYCLED))

    with pytest.raises(SeriesError, match=r"Time \[s\] falls from 40 to 30 \(row 5, from 0\)"):
        checks.take(planted(TIME, 5, 30.0), 0)
