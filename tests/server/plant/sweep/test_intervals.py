"""Student's t against printed tables, and intervals against what they promise."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.plant.sweep.intervals import Interval, interval, paired, t_quantile, t_within

TABLE = {
    1: 12.70620, 2: 4.302653, 3: 3.182446, 4: 2.776445, 5: 2.570582, 6: 2.446912, 7: 2.364624, 8: 2.306004,
    9: 2.262157, 10: 2.228139, 15: 2.131450, 20: 2.085963, 29: 2.045230, 30: 2.042272, 40: 2.021075, 60: 2.000298,
    120: 1.979930, 999: 1.962341,
}  # fmt: skip
"""NIST/SEMATECH e-Handbook 1.3.6.7.2 and any other table: two-sided 95 %, by degrees of freedom."""


@pytest.mark.parametrize(("freedom", "t"), TABLE.items())
def test_the_quantile_is_the_tables(freedom: int, t: float) -> None:
    assert t_quantile(freedom) == pytest.approx(t, rel=1e-6)


def test_the_quantile_is_the_tables_at_99_percent_too() -> None:
    assert t_quantile(4, 0.99) == pytest.approx(4.604095, rel=1e-6)
    assert t_quantile(9, 0.99) == pytest.approx(3.249836, rel=1e-6)


@given(st.integers(1, 1000), st.floats(0.01, 0.999))
def test_quantile_and_probability_undo_one_another(freedom: int, confidence: float) -> None:
    assert t_within(t_quantile(freedom, confidence), freedom) == pytest.approx(confidence, abs=1e-9)


@pytest.mark.parametrize(("freedom", "confidence"), [(0, 0.95), (-1, 0.95), (3, 0.0), (3, 1.0), (3, float("nan"))])
def test_no_quantile_without_freedom_or_confidence(freedom: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_quantile(freedom, confidence)


def test_an_interval_by_hand() -> None:
    found = interval([9.0, 10.0, 11.0])
    half = 4.302653 / 3**0.5
    assert (found.n, found.mean) == (3, 10.0)
    assert found.low == pytest.approx(10 - half, rel=1e-6)
    assert found.high == pytest.approx(10 + half, rel=1e-6)


def test_too_few_runs_have_no_interval() -> None:
    assert interval([]) == Interval(0)
    assert interval([3.0]) == Interval(1, 3.0)
    assert interval([3.0, 3.0]) == Interval(2, 3.0, 3.0, 3.0)


def test_95_of_100_intervals_hold_the_true_mean() -> None:
    dice = Random(5)
    held = 0
    for _ in range(4000):
        found = interval([dice.gauss(50, 4) for _ in range(4)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 50 <= found.high
    assert 0.94 < held / 4000 < 0.96


def test_pairs_are_narrow_where_the_luck_is_shared_and_half_pairs_do_not_count() -> None:
    luck = [1.0, 50.0, 20.0, 80.0]
    difference = paired([value + 2 for value in luck], luck)
    assert difference == Interval(4, 2.0, 2.0, 2.0)
    assert paired([1.0, None, 3.0], [0.5, 1.0, None]) == Interval(1, 0.5)
