"""Means of a few runs, and how far they can be trusted: Student's t, at 95 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan, cos, fsum, hypot, pi, sin, sqrt

CONFIDENCE = 0.95
FEWEST = 2
"""Runs from which a spread can be told."""
_HALVINGS = 200


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean of `n` runs, and the bounds that hold the true one with 95 % confidence.

    `mean` is None without runs, `low` and `high` are with fewer than two.
    """

    n: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None


def interval(values: Sequence[float]) -> Interval:
    """Mean +- t(n - 1) s / sqrt(n), with s the sample's standard deviation; all values finite."""
    n = len(values)
    if not n:
        return Interval(0)
    mean = fsum(values) / n
    if n < FEWEST:
        return Interval(n, mean)
    deviation = hypot(*(value - mean for value in values)) / sqrt(n - 1)
    half = t_quantile(n - 1) * deviation / sqrt(n)
    return Interval(n, mean, mean - half, mean + half)


def paired(values: Sequence[float | None], first: Sequence[float | None]) -> Interval:
    """Of the differences run by run, which the same seed makes alike; pairs with a missing side do not count."""
    pairs = zip(values, first, strict=True)
    return interval([mine - other for mine, other in pairs if mine is not None and other is not None])


@lru_cache(maxsize=4096)
def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """The t that a variable with so many degrees of freedom stays within, on both sides, with that confidence.

    Exact but for rounding: the angle atan(t / sqrt(freedom)) is found by halving. ValueError below 1 degree.
    """
    if freedom < 1 or not 0 < confidence < 1:
        raise ValueError(f"{freedom} degrees of freedom at {confidence}: at least 1, and between 0 and 1")
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return sqrt(freedom) * sin(low) / cos(low)


def t_within(t: float, freedom: int) -> float:
    """The probability of staying within -t and t: Abramowitz & Stegun 26.7.3 and 26.7.4, for whole degrees."""
    return _within(atan(t / sqrt(freedom)), freedom)


def _within(angle: float, freedom: int) -> float:
    """Both series at once: each term is the last one times cos^2 and the next two numbers' ratio."""
    odd, square = freedom % 2, cos(angle) ** 2
    term = cos(angle) if odd else 1.0
    terms = []
    for number in range(2 + odd, freedom + 1, 2):
        terms.append(term)
        term *= square * (number - 1) / number
    total = sin(angle) * fsum(terms)
    return (angle + total) * 2 / pi if odd else total
