"""Cycles: sums of their steps, ratios to the first complete one, and None where nothing can be told."""

from __future__ import annotations

import math

import polars as pl
import pytest

from clients.cells.models import CYCLE_COUNT, CYCLE_FROM_CYCLER, STEP_COUNT, TEMPERATURE, TIME, VOLTAGE
from server.cells.digest.cycles import cycles_of
from tests.server.cells.tested import cycled, reference, steps_of

CYCLED = cycled(9)


def test_amounts_are_the_sums_of_the_steps():
    found = cycles_of(steps_of(CYCLED))

    lines = reference(CYCLED)
    for name in ("Charge capacity [A.h]", "Discharge capacity [A.h]", "Charge energy [W.h]", "Discharge energy [W.h]"):
        expected = [math.fsum(line[name] for line in lines[first : first + 3]) for first in (0, 3, 6)]
        assert found[name] == pytest.approx(expected)
    assert found[CYCLE_COUNT] == [0, 1, 2]
    assert found["Min voltage [V]"] == [min(line["Min voltage [V]"] for line in lines[n : n + 3]) for n in (0, 3, 6)]
    assert found["Max voltage [V]"] == [max(line["Max voltage [V]"] for line in lines[n : n + 3]) for n in (0, 3, 6)]


def test_ratios_durations_and_currents_by_hand():
    found = cycles_of(
        table(
            (0, 1.0, 100.0, 0.0, 2.0), (0, -0.5, 220.0, 2.2, 0.0), (1, 1.0, 90.0, 0.0, 1.5), (1, -0.5, 200.0, 2.0, 0.0)
        )
    )

    assert found["Coulombic efficiency"] == pytest.approx([2.0 / 2.2, 1.5 / 2.0])
    assert found["Energy efficiency"] == pytest.approx([2.0 / 2.2, 1.5 / 2.0])
    assert found["Capacity retention"] == pytest.approx([1.0, 0.75])
    assert found["Capacity fade"] == pytest.approx([0.0, 0.25])
    assert found["Energy retention"] == pytest.approx([1.0, 0.75])
    assert found["Energy fade"] == pytest.approx([0.0, 0.25])
    assert found["Capacity throughput [A.h]"] == pytest.approx([4.2, 7.7])
    assert found["Energy throughput [W.h]"] == pytest.approx([4.2 * 3.7, 7.7 * 3.7])
    assert found["Mean discharge current [A]"] == [1.0, 1.0]
    assert found["Mean charge current [A]"] == [-0.5, -0.5]
    assert found["Discharge duration [s]"] == [100.0, 90.0]
    assert found["Charge duration [s]"] == [220.0, 200.0]
    assert found["Rest duration [s]"] == [0.0, 0.0]


def test_retention_counts_from_the_first_complete_cycle():
    found = cycles_of(
        table(
            (0, 1.0, 10.0, 0.0, 0.001),
            (1, 1.0, 10.0, 0.0, 2.0),
            (1, -1.0, 10.0, 2.0, 0.0),
            (2, 1.0, 10.0, 0.0, 1.0),
            (2, -1.0, 10.0, 2.0, 0.0),
        )
    )

    assert found["Capacity retention"] == [None, 1.0, 0.5]
    assert found["Coulombic efficiency"] == [None, 1.0, 0.5]
    assert found["Mean charge current [A]"] == [None, -1.0, -1.0]


def test_mean_currents_weigh_by_duration():
    found = cycles_of(table((0, 1.0, 30.0, 0.0, 1.0), (0, 3.0, 10.0, 0.0, 1.0), (0, -1.0, 10.0, 1.0, 0.0)))

    assert found["Mean discharge current [A]"] == [1.5]


def test_rests_are_no_charge_however_they_lean():
    found = cycles_of(steps_of(CYCLED))

    assert found["Rest duration [s]"] == found["Charge duration [s]"] == found["Discharge duration [s]"] == [390.0] * 3
    assert found["Cycle duration [s]"] == [1190.0] * 3


def test_temperature_and_the_cyclers_cycle_are_there_when_the_series_has_them():
    plain = cycles_of(steps_of(CYCLED))
    more = cycles_of(
        steps_of(CYCLED.with_columns(pl.lit(4).alias(CYCLE_FROM_CYCLER), pl.Series(TEMPERATURE, [20.0, 30.0] * 180)))
    )

    assert {"Mean temperature [degC]", CYCLE_FROM_CYCLER}.isdisjoint(plain)
    assert more["Mean temperature [degC]"] == [25.0] * 3
    assert more[CYCLE_FROM_CYCLER] == [4] * 3


def test_a_curve_without_current_has_no_ratios():
    curve = pl.DataFrame({VOLTAGE: [4.2, 3.9, 3.6], "SOC": [1.0, 0.5, 0.0], STEP_COUNT: [0, 0, 1]})

    found = cycles_of(steps_of(curve))

    assert found["Max voltage [V]"] == [4.2]
    assert found["Coulombic efficiency"] == found["Cycle duration [s]"] == found["Capacity throughput [A.h]"] == [None]


def test_a_single_row_has_a_cycle_without_ratios():
    found = cycles_of(steps_of(CYCLED[:1]))

    assert found[CYCLE_COUNT] == [0]
    assert found["Mean discharge current [A]"] == [None]
    assert found["Coulombic efficiency"] == [None]
    assert found["Start time [s]"] == [CYCLED[TIME][0]]


def test_no_steps_are_no_cycles():
    assert cycles_of({}) == {}


def table(*lines: tuple[int, float, float, float, float]) -> dict[str, list[float | int | str]]:
    """Steps of (cycle, mean current, duration, charged, discharged) at 3.7 V, one behind the other."""
    at, columns = 0.0, dict[str, list[float | int | str]]()
    for number, (cycle, current, duration, charged, discharged) in enumerate(lines):
        step: dict[str, float | int | str] = {
            "Cycle count": cycle,
            "Step count": number,
            "Step type": "Constant current",
            "Start time [s]": at,
            "End time [s]": at + duration,
            "Duration [s]": duration,
            "Min voltage [V]": 3.0,
            "Max voltage [V]": 4.0,
            "Mean current [A]": current,
            "Charge capacity [A.h]": charged,
            "Discharge capacity [A.h]": discharged,
            "Charge energy [W.h]": charged * 3.7,
            "Discharge energy [W.h]": discharged * 3.7,
        }
        at += duration
        for name, value in step.items():
            columns.setdefault(name, []).append(value)
    return columns
