"""The steps of measurements: what the cycler did, one after the other, and how the cell answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from schema import ports
from schema.cells.given import number, text, whole
from schema.cells.rows import FirstRows, Skip, column, rows_of
from schema.context import Info

if TYPE_CHECKING:
    from schema.cells.measurements import CellMeasurement


@strawberry.type(description="One step of a measurement. What its table does not tell is null.")
class Step:
    """Times count from the measurement's start; positive currents and powers discharge the cell."""

    step_count: int | None = column("Step count", whole, "Its number in the measurement, from 0.")
    cycle_count: int | None = column("Cycle count", whole, "The number of the cycle it is in, from 0.")
    step_from_cycler: int | None = column("Step from cycler", whole, "The cycler's own number of it.")
    cycle_from_cycler: int | None = column("Cycle from cycler", whole, "The cycler's own number of the cycle.")
    step_type: str | None = column("Step type", text, "What was done: `Constant current charge`, `Rest` and so on.")
    label: str | None = column("Label", text, "What the uploader calls it.")
    group_number: int | None = column("Group number", whole, "The uploader's number of a group of steps.")
    start_index: int | None = column("Start index", whole, "The row of its first sample, from 0.")
    end_index: int | None = column("End index", whole, "The row of its last sample, from 0.")
    start_time_s: float | None = column("Start time [s]", number, "When it began, in s since the measurement's start.")
    end_time_s: float | None = column("End time [s]", number, "When it ended, in s since the measurement's start.")
    duration_s: float | None = column("Duration [s]", number, "How long it took, in s.")
    start_voltage_v: float | None = column("Start voltage [V]", number, "First voltage, in V.")
    end_voltage_v: float | None = column("End voltage [V]", number, "Last voltage, in V.")
    min_voltage_v: float | None = column("Min voltage [V]", number, "Lowest voltage, in V.")
    max_voltage_v: float | None = column("Max voltage [V]", number, "Highest voltage, in V.")
    mean_voltage_v: float | None = column("Mean voltage [V]", number, "Mean voltage, in V.")
    std_voltage_v: float | None = column("Std voltage [V]", number, "Standard deviation of the voltage, in V.")
    min_current_a: float | None = column("Min current [A]", number, "Lowest current, in A: positive = discharge.")
    max_current_a: float | None = column("Max current [A]", number, "Highest current, in A: positive = discharge.")
    mean_current_a: float | None = column("Mean current [A]", number, "Mean current, in A: positive = discharge.")
    std_current_a: float | None = column("Std current [A]", number, "Standard deviation of the current, in A.")
    min_power_w: float | None = column("Min power [W]", number, "Lowest power, in W: positive = discharge.")
    max_power_w: float | None = column("Max power [W]", number, "Highest power, in W: positive = discharge.")
    mean_power_w: float | None = column("Mean power [W]", number, "Mean power, in W: positive = discharge.")
    std_power_w: float | None = column("Std power [W]", number, "Standard deviation of the power, in W.")
    min_temperature_deg_c: float | None = column("Min temperature [degC]", number, "Lowest temperature, in degC.")
    max_temperature_deg_c: float | None = column("Max temperature [degC]", number, "Highest temperature, in degC.")
    mean_temperature_deg_c: float | None = column("Mean temperature [degC]", number, "Mean temperature, in degC.")
    std_temperature_deg_c: float | None = column(
        "Std temperature [degC]", number, "Standard deviation of the temperature, in degC."
    )
    min_frequency_hz: float | None = column("Min frequency [Hz]", number, "Lowest frequency of a spectrum, in Hz.")
    max_frequency_hz: float | None = column("Max frequency [Hz]", number, "Highest frequency of a spectrum, in Hz.")
    charge_capacity_a_h: float | None = column("Charge capacity [A.h]", number, "Charge put in, in A.h.")
    discharge_capacity_a_h: float | None = column("Discharge capacity [A.h]", number, "Charge taken out, in A.h.")
    charge_energy_w_h: float | None = column("Charge energy [W.h]", number, "Energy put in, in W.h.")
    discharge_energy_w_h: float | None = column("Discharge energy [W.h]", number, "Energy taken out, in W.h.")
    cycle_charge_capacity_a_h: float | None = column(
        "Cycle charge capacity [A.h]", number, "Charge put in by all steps of its cycle, in A.h."
    )
    cycle_discharge_capacity_a_h: float | None = column(
        "Cycle discharge capacity [A.h]", number, "Charge taken out by all steps of its cycle, in A.h."
    )
    cycle_charge_energy_w_h: float | None = column(
        "Cycle charge energy [W.h]", number, "Energy put in by all steps of its cycle, in W.h."
    )
    cycle_discharge_energy_w_h: float | None = column(
        "Cycle discharge energy [W.h]", number, "Energy taken out by all steps of its cycle, in W.h."
    )


async def steps_of(
    parents: strawberry.Parent[list[CellMeasurement]], info: Info, first: FirstRows = 500, skip: Skip = 0
) -> list[list[Step]]:
    """The steps of each measurement, in order."""
    return rows_of(Step, await step_tables_of(parents, info), info, skip, first)


async def step_tables_of(parents: strawberry.Parent[list[CellMeasurement]], info: Info) -> list[ports.Table]:
    """All columns of the steps of each measurement; without any while it records."""
    found = await info.context.samples.steps([each.measurement_id for each in parents])
    return [found.get(each.measurement_id, {}) for each in parents]
