from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.plant.ocv import SOC, VOLTAGE_V, soc_at, voltage_v


def test_empty_full_and_beyond() -> None:
    assert (voltage_v(0), voltage_v(1), voltage_v(-1), voltage_v(2)) == (3.0, 4.2, 3.0, 4.5)
    assert (soc_at(3.0), soc_at(4.2), soc_at(0), soc_at(5)) == (0, 1, 0, 1.15)


def test_the_points_are_met() -> None:
    assert [voltage_v(soc) for soc in SOC] == pytest.approx(VOLTAGE_V)
    assert voltage_v(0.15) == pytest.approx(3.5)


@given(st.floats(0, 1.15))
def test_the_two_are_each_other_backwards(soc: float) -> None:
    assert soc_at(voltage_v(soc)) == pytest.approx(soc, abs=1e-9)


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_more_charge_is_no_less_voltage(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert voltage_v(low) <= voltage_v(high) + 1e-12
