"""Which way current counts, as the samples show.

Charge raises a cell's voltage. So where voltage is set against the charge that has passed, step by step, it rises with
charge counted charge-positive and falls with charge counted discharge-positive. Steps vote with the charge they moved;
those at constant voltage, at rest or in noise have next to no voice.
"""

from __future__ import annotations

import polars as pl

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE
from server.cells.formats.choices import Sign

VOICE_V = 0.005
"""A step whose voltage follows the charge by less than this has less voice, in proportion."""
AGREEMENT = 0.5
"""The share of the votes by which one side must lead."""


class SignVote:
    """Counts the votes of one file, part by part."""

    def __init__(self) -> None:
        self._rising = 0.0
        self._all = 0.0

    def take(self, frame: pl.DataFrame) -> None:
        """Rows in order, with time, voltage, current and, where there is one, the step."""
        votes = _votes(frame)
        self._rising += float(votes.filter(votes > 0).sum())
        self._all += float(votes.abs().sum())

    def verdict(self) -> Sign | None:
        """What the samples show; None when they show neither clearly."""
        lead = 2 * self._rising - self._all
        if not self._all or abs(lead) < AGREEMENT * self._all:
            return None
        return Sign.CHARGE_POSITIVE if lead > 0 else Sign.DISCHARGE_POSITIVE


def _votes(frame: pl.DataFrame) -> pl.Series:
    """One for each run of one direction: positive where voltage rises with charge; its size in A s."""
    direction = pl.col(CURRENT).sign()
    begins = direction != direction.shift()
    if STEP_COUNT in frame.columns:
        begins |= pl.col(STEP_COUNT) != pl.col(STEP_COUNT).shift()
    passed = (pl.col(CURRENT) * pl.col(TIME).diff().fill_null(0.0)).cum_sum()
    runs = (
        frame.lazy()
        .with_columns(begins.fill_null(value=True).cum_sum().alias("run"), passed.alias("passed"))
        .filter(pl.col(CURRENT) != 0.0, pl.all_horizontal(pl.col(TIME, VOLTAGE, CURRENT).is_finite()))
        .group_by("run")
        .agg(
            pl.corr("passed", VOLTAGE).alias("corr"),
            pl.col(VOLTAGE).std().alias("spread"),
            (pl.col("passed").last() - pl.col("passed").first()).abs().alias("moved"),
        )
        .filter(pl.col("corr").is_finite())
    )
    voice = (pl.col("corr").abs() * pl.col("spread") / VOICE_V).clip(upper_bound=1.0)
    return runs.select((pl.col("moved") * pl.col("corr") * pl.col("corr").abs() * voice).alias("vote")).collect()[
        "vote"
    ]
