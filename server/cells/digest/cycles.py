"""The cycles of a series, made of its steps."""

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
    TEMPERATURE,
    VOLTAGE,
)
from schema.ports import Table
from server.cells.digest.kinds import REST, STEP_TYPE
from server.cells.digest.lines import DURATION, END_TIME, START_TIME, statistic

AMOUNTS = (CHARGE_CAPACITY, DISCHARGE_CAPACITY, CHARGE_ENERGY, DISCHARGE_ENERGY)
CYCLE_DURATION = "Cycle duration [s]"
_CHARGED, _DISCHARGED, _RESTED = "Charge duration [s]", "Discharge duration [s]", "Rest duration [s]"
_MIN_VOLTAGE, _MAX_VOLTAGE = statistic("Min", VOLTAGE), statistic("Max", VOLTAGE)
_MEAN_CURRENT, _MEAN_TEMPERATURE = statistic("Mean", CURRENT), statistic("Mean", TEMPERATURE)
_COMPLETE_PART = 0.01
_RATIOS = (
    ("Capacity", "Coulombic efficiency", CHARGE_CAPACITY, DISCHARGE_CAPACITY, "Capacity throughput [A.h]"),
    ("Energy", "Energy efficiency", CHARGE_ENERGY, DISCHARGE_ENERGY, "Energy throughput [W.h]"),
)


def cycles_of(steps: Table) -> Table:
    """One line for each cycle count, in order; a value that cannot be told is None.

    Efficiencies are discharge over charge of the cycle, retentions its discharge over that of the first complete
    cycle, fades 1 - retention: ratios, 1.0 = 100 %. A cycle is complete when it has charged and discharged at least
    1 % of the most that any cycle has; one that is not has no efficiency, retention or fade. Throughputs are charge
    plus discharge of this cycle and all before it. Mean currents are weighted by the durations of the steps, and
    below 0 in charge; a step charges when it is no rest and its mean current is below 0. The mean temperature, there
    only when the steps have one, is weighted by the durations too. `steps` are as from `StepTable.table`.
    """
    if not steps or not steps[STEP_COUNT]:
        return {}
    frame = pl.DataFrame(dict(steps), infer_schema_length=None)
    frame = frame.with_columns(cs.by_dtype(pl.Null).cast(pl.Float64))
    has_temperature = _MEAN_TEMPERATURE in frame.columns
    found = frame.group_by(CYCLE_COUNT, maintain_order=True).agg(*_sums(frame.columns))
    for ratios in _RATIOS:
        found = found.with_columns(_complete(*ratios[2:4]).alias("is complete")).with_columns(*_ratios(*ratios))
    found = found.with_columns(cs.float().replace([float("nan"), float("inf"), -float("inf")], None))
    return found.select(_order(found.columns, has_temperature=has_temperature)).to_dict(as_series=False)


def _sums(columns: list[str]) -> Iterator[pl.Expr]:
    duration, current = pl.col(DURATION), pl.col(_MEAN_CURRENT)
    moves = pl.col(STEP_TYPE) != REST
    if CYCLE_FROM_CYCLER in columns:
        yield pl.col(CYCLE_FROM_CYCLER).first()
    yield from (_sum(pl.col(name)).alias(name) for name in AMOUNTS)
    yield pl.col(_MIN_VOLTAGE).min()
    yield pl.col(_MAX_VOLTAGE).max()
    for which, way in (("charge", moves & (current < 0)), ("discharge", moves & (current > 0))):
        mean = (current * duration).filter(way).sum() / duration.filter(way).sum()
        yield mean.alias(f"Mean {which} current [A]")
        yield _sum(duration, way).alias(f"{which.capitalize()} duration [s]")
    yield _sum(duration, ~moves).alias(_RESTED)
    yield pl.col(START_TIME).first()
    yield pl.col(END_TIME).last()
    yield (pl.col(END_TIME).last() - pl.col(START_TIME).first()).alias(CYCLE_DURATION)
    if _MEAN_TEMPERATURE in columns:
        warmth = pl.col(_MEAN_TEMPERATURE)
        yield ((warmth * duration).sum() / duration.filter(warmth.is_not_null()).sum()).alias(_MEAN_TEMPERATURE)


def _sum(value: pl.Expr, where: pl.Expr | None = None) -> pl.Expr:
    """The sum of what is there; null where nothing is."""
    return pl.when(value.is_not_null().any()).then((value if where is None else value.filter(where)).sum())


def _complete(charge: str, discharge: str) -> pl.Expr:
    enough = [
        (pl.col(name) > 0) & (pl.col(name) >= _COMPLETE_PART * pl.col(name).max()) for name in (charge, discharge)
    ]
    return pl.all_horizontal(enough).fill_null(value=False)


def _ratios(word: str, efficiency: str, charge: str, discharge: str, throughput: str) -> Iterator[pl.Expr]:
    is_complete = pl.col("is complete")
    retention = pl.col(discharge) / pl.col(discharge).filter(is_complete).first()
    yield pl.when(is_complete).then(pl.col(discharge) / pl.col(charge)).alias(efficiency)
    yield pl.when(is_complete).then(retention).alias(f"{word} retention")
    yield pl.when(is_complete).then(1.0 - retention).alias(f"{word} fade")
    yield (pl.col(charge) + pl.col(discharge)).cum_sum().alias(throughput)


def _order(columns: list[str], *, has_temperature: bool) -> list[str]:
    from_cycler = [CYCLE_FROM_CYCLER] if CYCLE_FROM_CYCLER in columns else []
    ratios = [name for word, efficiency, *_ in _RATIOS for name in (efficiency, f"{word} retention", f"{word} fade")]
    return [
        CYCLE_COUNT,
        *from_cycler,
        *AMOUNTS,
        *ratios,
        *(throughput for *_, throughput in _RATIOS),
        "Mean charge current [A]",
        "Mean discharge current [A]",
        _MIN_VOLTAGE,
        _MAX_VOLTAGE,
        *([_MEAN_TEMPERATURE] if has_temperature else []),
        START_TIME,
        END_TIME,
        CYCLE_DURATION,
        _CHARGED,
        _DISCHARGED,
        _RESTED,
    ]
