"""From the sums of the runs of rows to a table of steps: the columns' names, in their order."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

from clients.cells.models import (
    CHARGE_CAPACITY,
    CHARGE_ENERGY,
    CURRENT,
    CYCLE_COUNT,
    CYCLE_FROM_CYCLER,
    DISCHARGE_CAPACITY,
    DISCHARGE_ENERGY,
    STEP_COUNT,
    STEP_FROM_CYCLER,
    TEMPERATURE,
    VOLTAGE,
)
from server.cells.digest.columns import CUMULATIVE, FREQUENCY
from server.cells.digest.inspection import Shape
from server.cells.digest.kinds import END_INDEX, POWER, START_INDEX, STEP_TYPE, step_type

START_TIME, END_TIME, DURATION = "Start time [s]", "End time [s]", "Duration [s]"
PASSED = (("charged A.h", "discharged A.h"), ("charged W.h", "discharged W.h"))
INTEGRALS = {
    CHARGE_CAPACITY: PASSED[0][0],
    DISCHARGE_CAPACITY: PASSED[0][1],
    CHARGE_ENERGY: PASSED[1][0],
    DISCHARGE_ENERGY: PASSED[1][1],
}
PARTS = ("count", "mean", "squares", "lowest", "highest", "start", "end")
QUANTITIES = (VOLTAGE, CURRENT, POWER, TEMPERATURE, FREQUENCY)


def line_of_each_step(runs: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Join the runs of a step, name its kind, and put the columns in order.

    Units are in the names; current and power are above 0 in discharge. `Std` is that of a sample (n - 1), and 0 where
    there is a single value. The cycle is that of a step's first row, 0 where there is no cycle count. What is not
    there (a curve without time has no current) or not finite is null. `Cycle ... capacity` and `Cycle ... energy` are
    sums over all steps of the cycle, the same in each of its steps. Temperature, and step and cycle from the cycler,
    are there only when the series has them.
    """
    steps = runs.group_by(STEP_COUNT, maintain_order=True).agg(*_places(runs.columns), *_joined(runs.columns))
    steps = steps.with_columns(step_type(), *_amounts(steps.columns), *_statistics())
    steps = steps.with_columns(cs.float().replace([float("nan"), float("inf"), -float("inf")], None))
    return steps.with_columns(_by_cycle()).select(_order(shape))


def statistic(which: str, quantity: str) -> str:
    """`Mean voltage [V]` of `Mean` and `Voltage [V]`."""
    return f"{which} {quantity[0].lower()}{quantity[1:]}"


def _places(columns: list[str]) -> Iterator[pl.Expr]:
    yield pl.col(START_INDEX).first().cast(pl.Int64)
    yield pl.col(END_INDEX).last().cast(pl.Int64)
    has_time = START_TIME in columns
    yield pl.col(START_TIME).first() if has_time else _nothing(START_TIME)
    yield pl.col(END_TIME).last() if has_time else _nothing(END_TIME)
    cycle = pl.col(CYCLE_COUNT).first() if CYCLE_COUNT in columns else pl.lit(0)
    yield cycle.cast(pl.Int64, strict=False).fill_null(0).alias(CYCLE_COUNT)
    yield from (pl.col(name).first() for name in (STEP_FROM_CYCLER, CYCLE_FROM_CYCLER) if name in columns)


def _joined(columns: list[str]) -> Iterator[pl.Expr]:
    """Sums of sums; the moments as in `server.cells.digest.runs.Moments`, for any number of parts at once."""
    for name in QUANTITIES:
        if f"{name} count" not in columns:
            yield from (_nothing(f"{name} {part}") for part in PARTS)
            continue
        count, mean = pl.col(f"{name} count"), pl.col(f"{name} mean")
        whole = (count * mean).sum() / count.sum()
        yield count.sum()
        yield whole.alias(f"{name} mean")
        yield (pl.col(f"{name} squares") + count * (mean - whole) ** 2).sum().alias(f"{name} squares")
        yield pl.col(f"{name} lowest").min()
        yield pl.col(f"{name} highest").max()
        yield pl.col(f"{name} start").first()
        yield pl.col(f"{name} end").last()
    yield from (pl.col(name).sum() for pair in PASSED for name in pair if name in columns)
    yield from (pl.col(name).max() for name in CUMULATIVE if name in columns)


def _amounts(columns: list[str]) -> Iterator[pl.Expr]:
    """What the cycler counted, or else what was integrated."""
    for name, integral in INTEGRALS.items():
        counted = _finite(pl.col(name)) if name in columns else pl.lit(None, dtype=pl.Float64)
        summed = pl.col(integral) if integral in columns else pl.lit(None, dtype=pl.Float64)
        yield pl.coalesce(counted, summed).alias(name)
    yield (pl.col(END_TIME) - pl.col(START_TIME)).alias(DURATION)


def _statistics() -> Iterator[pl.Expr]:
    yield pl.col(f"{VOLTAGE} start").alias(statistic("Start", VOLTAGE))
    yield pl.col(f"{VOLTAGE} end").alias(statistic("End", VOLTAGE))
    for name in QUANTITIES:
        count = pl.col(f"{name} count")
        yield pl.col(f"{name} lowest").alias(statistic("Min", name))
        yield pl.col(f"{name} highest").alias(statistic("Max", name))
        yield pl.col(f"{name} mean").alias(statistic("Mean", name))
        deviation = (pl.col(f"{name} squares") / (count - 1.0).clip(lower_bound=1.0)).sqrt()
        yield pl.when(count > 0).then(deviation).alias(statistic("Std", name))


def _by_cycle() -> Iterator[pl.Expr]:
    for name in INTEGRALS:
        total = pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).over(CYCLE_COUNT)
        yield total.alias(statistic("Cycle", name))


def _finite(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_finite()).then(value)


def _nothing(name: str) -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64).alias(name)


def _order(shape: Shape) -> list[str]:
    from_cycler = [name for name in (CYCLE_FROM_CYCLER, STEP_FROM_CYCLER) if name in shape.numbers]
    quantities = [name for name in QUANTITIES if name not in (TEMPERATURE, FREQUENCY) or name in shape.numbers]
    return [
        CYCLE_COUNT,
        STEP_COUNT,
        *from_cycler,
        STEP_TYPE,
        START_INDEX,
        END_INDEX,
        START_TIME,
        END_TIME,
        DURATION,
        *(statistic(which, VOLTAGE) for which in ("Start", "End")),
        *(statistic(which, name) for name in quantities for which in ("Min", "Max", "Mean", "Std")),
        *INTEGRALS,
        *(statistic("Cycle", name) for name in INTEGRALS),
    ]
