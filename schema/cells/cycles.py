"""The cycles of measurements: what went in and came out, charge by charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from schema import ports
from schema.cells.given import number, whole
from schema.cells.rows import FirstRows, Skip, column, rows_of
from schema.context import Info

if TYPE_CHECKING:
    from schema.cells.measurements import CellMeasurement


@strawberry.type(description="One cycle of a measurement. What its table does not tell is null.")
class Cycle:
    """Ratios are 1 where all came back; cycles that are not complete have none."""

    cycle_count: int | None = column("Cycle count", whole, "Its number in the measurement, from 0.")
    cycle_from_cycler: int | None = column("Cycle from cycler", whole, "The cycler's own number of it.")
    start_time_s: float | None = column("Start time [s]", number, "When it began, in s since the measurement's start.")
    end_time_s: float | None = column("End time [s]", number, "When it ended, in s since the measurement's start.")
    duration_s: float | None = column("Cycle duration [s]", number, "How long it took, in s.")
    charge_duration_s: float | None = column("Charge duration [s]", number, "How long it was charged, in s.")
    discharge_duration_s: float | None = column("Discharge duration [s]", number, "How long it was discharged, in s.")
    rest_duration_s: float | None = column("Rest duration [s]", number, "How long it rested, in s.")
    charge_capacity_a_h: float | None = column("Charge capacity [A.h]", number, "Charge put in, in A.h.")
    discharge_capacity_a_h: float | None = column("Discharge capacity [A.h]", number, "Charge taken out, in A.h.")
    charge_energy_w_h: float | None = column("Charge energy [W.h]", number, "Energy put in, in W.h.")
    discharge_energy_w_h: float | None = column("Discharge energy [W.h]", number, "Energy taken out, in W.h.")
    coulombic_efficiency: float | None = column("Coulombic efficiency", number, "Charge taken out over charge put in.")
    energy_efficiency: float | None = column("Energy efficiency", number, "Energy taken out over energy put in.")
    capacity_retention: float | None = column(
        "Capacity retention", number, "Discharge capacity over that of the first complete cycle."
    )
    capacity_fade: float | None = column("Capacity fade", number, "1 less `capacityRetention`.")
    energy_retention: float | None = column(
        "Energy retention", number, "Discharge energy over that of the first complete cycle."
    )
    energy_fade: float | None = column("Energy fade", number, "1 less `energyRetention`.")
    capacity_throughput_a_h: float | None = column(
        "Capacity throughput [A.h]", number, "Charge put in and taken out up to its end, in A.h."
    )
    energy_throughput_w_h: float | None = column(
        "Energy throughput [W.h]", number, "Energy put in and taken out up to its end, in W.h."
    )
    mean_charge_current_a: float | None = column(
        "Mean charge current [A]", number, "Mean current while charged, in A: negative."
    )
    mean_discharge_current_a: float | None = column(
        "Mean discharge current [A]", number, "Mean current while discharged, in A: positive."
    )
    min_voltage_v: float | None = column("Min voltage [V]", number, "Lowest voltage, in V.")
    max_voltage_v: float | None = column("Max voltage [V]", number, "Highest voltage, in V.")
    mean_temperature_deg_c: float | None = column("Mean temperature [degC]", number, "Mean temperature, in degC.")


async def cycles_of(
    parents: strawberry.Parent[list[CellMeasurement]], info: Info, first: FirstRows = 500, skip: Skip = 0
) -> list[list[Cycle]]:
    """The cycles of each measurement, in order."""
    return rows_of(Cycle, await cycle_tables_of(parents, info), info, skip, first)


async def cycle_tables_of(parents: strawberry.Parent[list[CellMeasurement]], info: Info) -> list[ports.Table]:
    """All columns of the cycles of each measurement; without any while it records."""
    found = await info.context.samples.cycles([each.measurement_id for each in parents])
    return [found.get(each.measurement_id, {}) for each in parents]
