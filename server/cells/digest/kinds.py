"""What was done to the cell in a step, told by what stayed constant."""

from __future__ import annotations

import polars as pl

from clients.cells.models import CURRENT, VOLTAGE
from server.cells.digest.columns import FREQUENCY

POWER = "Power [W]"
STEP_TYPE = "Step type"
START_INDEX, END_INDEX = "Start index", "End index"
CHARGING, DISCHARGING = " charge", " discharge"
REST, SPECTRUM, UNKNOWN = "Rest", "EIS", "Unknown step type"

_REST_OF_LARGEST = 1e-3
_REST_A = 1e-6
_CONSTANT = 0.01
_CONSTANT_V_OF_RANGE = 2e-3
_CONSTANT_V = 1e-3
_FEWEST_ROWS_WITHOUT_FIRST = 3


def step_type() -> pl.Expr:
    """The type of each joined step, over the whole table: the first of these that holds.

    EIS: at least half of the rows have a frequency.
    Rest: mean and spread of the current are at most 1/1000 of the largest mean current of any step (or 1 uA).
    Constant current: the current spreads by at most 1 % of its mean, and by no more, relative to it, than the power.
    Constant power: the same of the power.
    Constant voltage: the voltage spreads by at most 1 mV, or 1/500 of the voltages of the whole series, and the
    current keeps its direction.

    Spreads are standard deviations. The first of three or more rows is left out of means and spreads: many cyclers
    record it before current and voltage have settled.
    """
    current, current_spread = _settled(CURRENT)
    power, power_spread = _settled(POWER)
    _, voltage_spread = _settled(VOLTAGE)
    still_a = pl.max_horizontal(current.abs().max() * _REST_OF_LARGEST, pl.lit(_REST_A))
    range_v = pl.col(f"{VOLTAGE} highest").max() - pl.col(f"{VOLTAGE} lowest").min()
    steady_v = pl.max_horizontal(range_v * _CONSTANT_V_OF_RANGE, pl.lit(_CONSTANT_V))
    current_part, power_part = current_spread / current.abs(), power_spread / power.abs()
    is_one_way = (pl.col(f"{CURRENT} lowest") >= -still_a) | (pl.col(f"{CURRENT} highest") <= still_a)
    rows = pl.col(END_INDEX) - pl.col(START_INDEX) + 1
    way = pl.when(current < 0).then(pl.lit(CHARGING)).otherwise(pl.lit(DISCHARGING))
    return (
        pl.when(pl.col(f"{FREQUENCY} count") * 2 >= rows)
        .then(pl.lit(SPECTRUM))
        .when((current.abs() <= still_a) & (current_spread <= still_a))
        .then(pl.lit(REST))
        .when((current_part <= _CONSTANT) & ((current_part <= power_part) | (power_part > _CONSTANT)))
        .then(pl.lit("Constant current") + way)
        .when(power_part <= _CONSTANT)
        .then(pl.lit("Constant power") + way)
        .when((voltage_spread <= steady_v) & is_one_way)
        .then(pl.lit("Constant voltage") + way)
        .otherwise(pl.lit(UNKNOWN))
        .alias(STEP_TYPE)
    )


def _settled(name: str) -> tuple[pl.Expr, pl.Expr]:
    """Mean and standard deviation (of the rows themselves, n) without the first row, where there are enough rows."""
    count, mean, squares = (pl.col(f"{name} {part}") for part in ("count", "mean", "squares"))
    first = pl.col(f"{name} start")
    rest_mean = (count * mean - first) / (count - 1)
    rest_squares = squares - (first - mean) * (first - rest_mean)
    is_long = count >= _FEWEST_ROWS_WITHOUT_FIRST
    variance = pl.when(is_long).then(rest_squares / (count - 1)).otherwise(squares / count)
    return pl.when(is_long).then(rest_mean).otherwise(mean), variance.clip(lower_bound=0.0).sqrt()
