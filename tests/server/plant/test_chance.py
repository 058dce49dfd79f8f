"""Probabilities and quantiles against exact sums."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.plant.chance import beyond, how_many, more_than, outside


def binomial_cdf(taken: int, of: int, chance: float) -> float:
    return sum(math.comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(taken + 1))


def test_sigmas() -> None:
    assert outside(2.0, 0.0, 1.0) == pytest.approx(1 - 0.9545, abs=1e-4)
    assert beyond(1.0, 1.0, 3.0) == 0.5
    assert outside(1.0, 100.0, 1.0) == 1


def test_poisson() -> None:
    assert more_than(0, 0.05) == pytest.approx(1 - math.exp(-0.05))
    assert more_than(2, 1.0) == pytest.approx(1 - math.exp(-1) * 2.5)
    assert more_than(-1, 3.0) == 1
    assert more_than(1_000_000, 30.0) == 0
    assert more_than(1_000_000, 1e6) == pytest.approx(0.5, abs=1e-3)


@given(st.floats(0, 0.999999), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_quantile_is_where_the_sum_passes_the_throw(throw: float, of: int, chance: float) -> None:
    taken = how_many(throw, of, chance)
    assert binomial_cdf(taken, of, chance) >= throw - 1e-9
    assert taken == 0 or binomial_cdf(taken - 1, of, chance) <= throw + 1e-9


@given(st.floats(0, 1), st.integers(0, 10**9), st.floats(0, 1))
def test_never_more_than_there_are(throw: float, of: int, chance: float) -> None:
    assert 0 <= how_many(throw, of, chance) <= of


@pytest.mark.parametrize(("of", "chance"), [(48, 0.03), (100, 0.9), (10_000, 0.3), (10**6, 1e-5)])
def test_the_mean_over_many_throws(of: int, chance: float) -> None:
    dice = Random(5)
    drawn = [how_many(dice.random(), of, chance) for _ in range(4000)]
    deviation = math.sqrt(of * chance * (1 - chance) / 4000)
    assert sum(drawn) / 4000 == pytest.approx(of * chance, abs=4 * deviation)


def test_none_and_all() -> None:
    assert how_many(0.999, 10, 0.0) == 0
    assert how_many(0.0, 10, 1.0) == 10
    assert how_many(0.5, 10, 5e-324) == 0
