"""Steps: the same however the series was cut, and the same as a plain reading of what they are."""

from __future__ import annotations

import math
from typing import Any

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
    STEP_COUNT,
    STEP_FROM_CYCLER,
    TEMPERATURE,
    TIME,
    VOLTAGE,
)
from server.cells.digest.runs import PIECE_ROWS
from server.cells.digest.steps import StepTable
from server.cells.errors import SeriesError
from tests.server.cells.tested import cycled, reference, shape_of, steps_of

CYCLED = cycled()
places = st.lists(st.integers(1, 10_000), max_size=12)
amounts = st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 4))


@st.composite
def series(draw: st.DrawFn) -> pl.DataFrame:
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=8))
    count = sum(lengths)
    gaps = draw(st.lists(st.floats(0, 100).map(lambda value: round(value, 3)), min_size=count, max_size=count))
    columns = {
        TIME: np.cumsum(gaps) - gaps[0],
        VOLTAGE: draw(st.lists(amounts, min_size=count, max_size=count)),
        CURRENT: draw(st.lists(amounts, min_size=count, max_size=count)),
        STEP_COUNT: np.repeat(np.arange(len(lengths)), lengths),
        CYCLE_COUNT: np.repeat(np.arange(len(lengths)) // 2, lengths),
    }
    return pl.DataFrame(columns)


@settings(deadline=None, max_examples=40)
@given(series(), places)
def test_steps_are_as_a_plain_reading_gives_them_wherever_the_series_is_cut(frame: pl.DataFrame, cuts: list[int]):
    found = steps_of(frame, cuts)

    for row, line in enumerate(reference(frame)):
        for name, expected in line.items():
            assert found[name][row] == pytest.approx(expected, rel=1e-9, abs=1e-7), name


@settings(deadline=None, max_examples=40)
@given(places)
def test_step_types_do_not_depend_on_the_cuts(cuts: list[int]):
    kinds = ["Constant current discharge", "Rest", "Constant current charge"] * 2

    assert steps_of(CYCLED, cuts)["Step type"] == kinds


def test_a_step_longer_than_a_piece_is_one_step():
    frame = cycled(3, PIECE_ROWS + 7)

    found = steps_of(frame)

    assert found["End index"] == [PIECE_ROWS + 6, 2 * PIECE_ROWS + 13, 3 * PIECE_ROWS + 20]
    assert found["Std voltage [V]"][0] == pytest.approx(frame[: PIECE_ROWS + 7][VOLTAGE].std(), rel=1e-9)
    assert found[DISCHARGE_CAPACITY][0] == pytest.approx((PIECE_ROWS + 6) / 360, rel=1e-4)


def test_a_spread_of_microvolts_on_four_volts_is_not_lost():
    voltage = 4.0 + np.tile([-1e-7, 1e-7], 5_000)
    frame = one_step(voltage, np.linspace(1, 0.1, 10_000))

    assert steps_of(frame, [17, 4_000, 9_999])["Std voltage [V]"] == [pytest.approx(1e-7, rel=1e-3)]


def test_the_cyclers_own_counts_go_before_integrals_and_gaps_do_not_count():
    frame = CYCLED.with_columns(
        pl.Series(DISCHARGE_CAPACITY, [None, 1.25, math.nan, *[0.5] * 37, *[None] * 200], dtype=pl.Float64)
    )

    found = steps_of(frame, [2])

    integrals = steps_of(CYCLED)
    assert found[DISCHARGE_CAPACITY][0] == 1.25
    assert found[DISCHARGE_CAPACITY][1:] == integrals[DISCHARGE_CAPACITY][1:]
    assert found[CHARGE_CAPACITY] == pytest.approx(integrals[CHARGE_CAPACITY])
    assert found["Cycle discharge capacity [A.h]"][:3] == pytest.approx([1.25] * 3)


def test_what_is_missing_is_none_and_numbers_keep_their_kind():
    frame = CYCLED.drop(CYCLE_COUNT).with_columns(
        pl.Series(STEP_FROM_CYCLER, [7] * 240), pl.Series(TEMPERATURE, [math.nan] * 40 + [25.0, None] * 100)
    )

    found = steps_of(frame, [11, 60])

    assert found[STEP_FROM_CYCLER] == [7] * 6
    assert found["Mean temperature [degC]"] == [None, *[25.0] * 5]
    assert found["Std temperature [degC]"] == [None, *[0.0] * 5]
    assert found[CYCLE_COUNT] == [0] * 6
    assert {type(value) for value in found[STEP_COUNT]} == {int}
    assert {type(value) for value in found["Duration [s]"]} == {float}


def test_amounts_beyond_all_numbers_become_none():
    frame = one_step(np.full(4, 1e300), np.full(4, 1e300))

    found = steps_of(frame)

    assert found["Max power [W]"] == [None]
    assert all(math.isfinite(value) for value in floats(found))


@pytest.mark.parametrize(
    ("voltage", "current", "kind"),
    [
        (np.linspace(4, 3, 50), np.full(50, 2.0), "Constant current discharge"),
        (np.linspace(3, 4, 50), np.full(50, -2.0), "Constant current charge"),
        (np.full(50, 4.2), np.geomspace(-2, -0.1, 50), "Constant voltage charge"),
        (np.full(50, 2.5), np.geomspace(2, 0.1, 50), "Constant voltage discharge"),
        (np.linspace(4, 3, 50), 8 / np.linspace(4, 3, 50), "Constant power discharge"),
        (np.linspace(3, 4, 50), -8 / np.linspace(3, 4, 50), "Constant power charge"),
        (np.linspace(3.3, 3.4, 50), np.zeros(50), "Rest"),
        (np.linspace(3, 4, 50), np.sin(np.arange(50.0)), "Unknown step type"),
    ],
)
def test_what_stayed_constant_names_the_step(voltage, current, kind):
    reference_step = one_step(np.linspace(4, 3, 50), np.full(50, 2.0))
    frame = pl.concat([reference_step, one_step(voltage, current, step=1, after_s=500.0)])

    assert steps_of(frame)["Step type"] == ["Constant current discharge", kind]


def test_a_first_row_from_before_the_current_settled_does_not_change_the_type():
    frame = one_step(np.linspace(4, 3, 50), np.array([0.0, *[2.0] * 49]))

    assert steps_of(frame)["Step type"] == ["Constant current discharge"]


def test_a_rest_with_a_whisper_of_current_is_a_rest():
    rest = one_step(np.full(50, 3.3), np.tile([1e-4, -1e-4], 25), step=1, after_s=500.0)
    frame = pl.concat([one_step(np.linspace(4, 3, 50), np.full(50, 2.0)), rest])

    assert steps_of(frame)["Step type"][1] == "Rest"


def test_a_series_may_have_a_spectrum_in_it():
    frame = CYCLED.with_columns(pl.Series("Frequency [Hz]", [None] * 40 + [1000.0] * 40 + [None] * 160))

    assert steps_of(frame)["Step type"][:3] == ["Constant current discharge", "EIS", "Constant current charge"]


def test_an_open_circuit_curve_has_steps_without_time_or_current():
    curve = pl.DataFrame({VOLTAGE: [4.2, 3.9, 3.6, 3.7], "SOC": [1.0, 0.5, 0.0, 0.1], STEP_COUNT: [0, 0, 0, 1]})

    found = steps_of(curve, [1])

    assert found["Mean voltage [V]"] == [pytest.approx(3.9), 3.7]
    assert found["End index"] == [2, 3]
    assert found["Step type"] == ["Unknown step type"] * 2
    assert found["Duration [s]"] == found["Mean current [A]"] == found[CHARGE_CAPACITY] == [None, None]


def test_a_spectrum_is_one_step_whatever_its_step_count():
    columns = {
        "Frequency [Hz]": [1e3, 1e2, 1e1],
        "Z_Re [Ohm]": [1.0] * 3,
        "Z_Im [Ohm]": [0.1] * 3,
        STEP_COUNT: [5, 2, 9],
    }

    found = steps_of(pl.DataFrame(columns), [1])

    assert (found["Step type"], found["Start index"], found["End index"]) == (["EIS"], [0], [2])
    assert (found["Min frequency [Hz]"], found["Max frequency [Hz]"]) == ([10.0], [1000.0])


def test_columns_are_equally_long_and_in_one_order():
    found = steps_of(CYCLED)

    assert {len(column) for column in found.values()} == {6}
    assert list(found)[:6] == [CYCLE_COUNT, STEP_COUNT, "Step type", "Start index", "End index", "Start time [s]"]


def test_more_steps_than_the_limit_are_refused_at_the_first_row_too_many():
    table = StepTable(shape_of(CYCLED), max_steps=3)

    table.take(CYCLED[:100], 0)
    with pytest.raises(SeriesError) as told:
        table.take(CYCLED[100:], 100)

    assert (told.value.code, told.value.column, told.value.row) == ("too_many_steps", STEP_COUNT, 120)


def one_step(voltage: np.ndarray, current: np.ndarray, step: int = 0, after_s: float = 0.0) -> pl.DataFrame:
    time = after_s + 10.0 * np.arange(len(voltage))
    return pl.DataFrame({TIME: time, VOLTAGE: voltage, CURRENT: current, STEP_COUNT: [step] * len(voltage)})


def floats(table: Any) -> list[float]:
    return [value for column in table.values() for value in column if isinstance(value, float)]
