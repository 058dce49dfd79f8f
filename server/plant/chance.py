"""Chance in closed form: how likely something is, and how many of many it takes, from one throw of the dice.

One throw each, whatever the parameters are, so that runs which differ in a parameter share their luck.
"""

from __future__ import annotations

import math
from statistics import NormalDist

MANY = 40.0
"""The expected number from which a binomial or Poisson distribution is taken for a normal one."""
_NORMAL = NormalDist()
_ROOT_2 = math.sqrt(2)


def beyond(limit: float, mean: float, deviation: float) -> float:
    """The probability that a normal variable is above `limit`; `deviation` above 0."""
    return 0.5 * math.erfc((limit - mean) / (deviation * _ROOT_2))


def outside(tolerance: float, error: float, deviation: float) -> float:
    """The probability that a normal variable around `error` is further than `tolerance` from 0."""
    spread = deviation * _ROOT_2
    return 0.5 * math.erfc((tolerance - error) / spread) + 0.5 * math.erfc((tolerance + error) / spread)


def more_than(count: int, mean: float) -> float:
    """The probability that a Poisson variable is above `count`; 1 for a negative count."""
    if count < 0:
        return 1.0
    if mean > MANY:
        return beyond(count + 0.5, mean, math.sqrt(mean))
    if count > mean + 20 * math.sqrt(mean) + 20:
        return 0.0
    term = total = math.exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return max(0.0, 1 - total)


def how_many(throw: float, of: int, probability: float) -> int:
    """The binomial quantile: how many `of` them it takes at luck `throw` (0 to 1). Rises with all three."""
    if of <= 0 or probability <= 0:
        return 0
    if probability > 0.5:  # noqa: PLR2004 (beyond the half, those that it does not take are counted)
        return of - how_many(1 - throw, of, 1 - probability)
    if of * probability > MANY:
        return _nearly_normal(throw, of, probability)
    term = total = (1 - probability) ** of
    taken, odds = 0, probability / (1 - probability)
    while throw > total and taken < of and term > 0:
        taken += 1
        term *= odds * (of - taken + 1) / taken
        total += term
    return taken


def _nearly_normal(throw: float, of: int, probability: float) -> int:
    deviation = math.sqrt(of * probability * (1 - probability))
    inside = min(max(throw, 1e-12), 1 - 1e-12)
    return min(of, max(0, round(of * probability + deviation * _NORMAL.inv_cdf(inside))))
