"""The columns that mean something to the lab, and what kind of samples they make together."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from clients.cells.models import (
    CHARGE_CAPACITY,
    CHARGE_ENERGY,
    CURRENT,
    DISCHARGE_CAPACITY,
    DISCHARGE_ENERGY,
    REQUIRED_COLUMNS,
    STEP_COUNT,
    TIME,
    VOLTAGE,
)

FREQUENCY = "Frequency [Hz]"
Z_RE, Z_IM = "Z_Re [Ohm]", "Z_Im [Ohm]"
OCP_AXES = ("Capacity [A.h]", "Stoichiometry", "SOC")
CUMULATIVE = (CHARGE_CAPACITY, DISCHARGE_CAPACITY, CHARGE_ENERGY, DISCHARGE_ENERGY)


class Kind(StrEnum):
    """What the samples are. TIME_SERIES alone has a time axis; a time series may have spectra in some of its steps."""

    TIME_SERIES = "time_series"
    OCP = "ocp"
    EIS = "eis"


def kind_of(columns: Collection[str]) -> Kind:
    """A spectrum has a frequency, a time series everything it needs; an open-circuit curve neither time nor current.

    What fits nothing counts as a time series, which is what most files were meant to be.
    """
    if all(name in columns for name in REQUIRED_COLUMNS):
        return Kind.TIME_SERIES
    if FREQUENCY in columns:
        return Kind.EIS
    is_timeless = TIME not in columns and CURRENT not in columns
    return Kind.OCP if is_timeless and any(name in columns for name in OCP_AXES) else Kind.TIME_SERIES


def required_columns(columns: Collection[str]) -> tuple[str, ...]:
    """What samples with these columns cannot do without, in the order in which they are asked for."""
    kind = kind_of(columns)
    if kind is Kind.EIS:
        return FREQUENCY, Z_RE, Z_IM
    if kind is Kind.OCP:
        return VOLTAGE, next(name for name in OCP_AXES if name in columns), STEP_COUNT
    return REQUIRED_COLUMNS
