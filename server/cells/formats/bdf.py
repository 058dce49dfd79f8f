"""The Battery Data Format 1.3 of the Battery Data Alliance: its columns, and which of them are ours.

https://w3id.org/battery-data-alliance/ontology/battery-data-format. Each quantity has a label for people
(`Test Time / s`) and a name for machines (`test_time_second`); files may use either. Positive current charges.
`Charging Capacity` and its kin count from the start of the test and stay under their own names; those that are ours,
which start anew in each step, are `Step Charging Capacity` and its kin. Its `Step Index` is a row's place within its
step, and so tells nothing of steps that their count or id does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clients.cells import models
from server.cells.digest.columns import FREQUENCY, Z_IM, Z_RE
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.layout import Layout, Taken, needed

SIGN = Sign.CHARGE_POSITIVE

_SINGLE = {
    "test_time_second": "Test Time / s",
    "voltage_volt": "Voltage / V",
    "current_ampere": "Current / A",
    "unix_time_second": "Unix Time / s",
    "step_time_second": "Step Time / s",
    "cycle_count": "Cycle Count / 1",
    "step_count": "Step Count / 1",
    "step_id": "Step ID",
    "step_index": "Step Index / 1",
    "step_type": "Step Type",
    "record_index": "Record Index / 1",
    "power_watt": "Power / W",
    "ambient_temperature_celsius": "Ambient Temperature / degC",
    "surface_temperature_celsius": "Surface Temperature / degC",
    "ambient_pressure_pa": "Ambient Pressure / Pa",
    "applied_pressure_pa": "Applied Pressure / Pa",
    "surface_pressure_pa": "Surface Pressure / Pa",
    "internal_resistance_ohm": "Internal Resistance / ohm",
    "ac_internal_resistance_ohm": "AC Internal Resistance / ohm",
    "dc_internal_resistance_ohm": "DC Internal Resistance / ohm",
    "real_impedance_ohm": "Real Impedance / ohm",
    "imaginary_impedance_ohm": "Imaginary Impedance / ohm",
    "absolute_impedance_ohm": "Absolute Impedance / ohm",
    "frequency_hertz": "Frequency / Hz",
    "phase_degree": "Phase / deg",
}
_TEMPERATURES = {f"temperature_t{number}_celsius": f"Temperature T{number} / degC" for number in range(1, 6)}
_ACCUMULATED = {
    f"{scope}{kind}_{quantity}".lower(): f"{scope}{kind} {quantity}".replace("_", " ").title()
    for scope in ("", "step_", "cycle_")
    for kind in ("charging", "discharging", "net", "cumulative")
    for quantity in ("capacity", "energy")
}
_UNITS = {"capacity": ("_ah", " / Ah"), "energy": ("_wh", " / Wh")}

LABELS: Mapping[str, str] = {
    **_SINGLE,
    **_TEMPERATURES,
    **{
        name + _UNITS[name.rsplit("_", 1)[1]][0]: label + _UNITS[name.rsplit("_", 1)[1]][1]
        for name, label in _ACCUMULATED.items()
    },
}
"""Every quantity's label, by its name."""

OURS: Mapping[str, str] = {
    "test_time_second": models.TIME,
    "voltage_volt": models.VOLTAGE,
    "current_ampere": models.CURRENT,
    "temperature_t1_celsius": models.TEMPERATURE,
    "step_charging_capacity_ah": models.CHARGE_CAPACITY,
    "step_discharging_capacity_ah": models.DISCHARGE_CAPACITY,
    "step_charging_energy_wh": models.CHARGE_ENERGY,
    "step_discharging_energy_wh": models.DISCHARGE_ENERGY,
    "frequency_hertz": FREQUENCY,
    "real_impedance_ohm": Z_RE,
    "imaginary_impedance_ohm": Z_IM,
}
"""Quantities that are the same as a column of ours. BDF names T1 as the home of a temperature without a place."""

_FORMER = {f"Surface Temperature T{number} / degC": f"temperature_t{number}_celsius" for number in range(1, 6)}
_BY_SPELLING = {label.casefold(): name for name, label in LABELS.items()}
_BY_SPELLING |= {label.casefold(): name for label, name in _FORMER.items()} | {name: name for name in LABELS}
_REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")


def quantity(column: str) -> str | None:
    """The machine's name of the quantity in this column; None for a column that BDF does not know."""
    return _BY_SPELLING.get(" ".join(column.split()).casefold())


def is_bdf(columns: Sequence[str]) -> bool:
    """Whether these are the columns of such a file: each required one is there."""
    return {quantity(column) for column in columns}.issuperset(_REQUIRED)


def layout(columns: Sequence[str]) -> Layout:
    """How a BDF file with these columns is read. Raises FormatError."""
    sources = _sources(columns)
    takes = {ours: Taken(sources[name]) for name, ours in OURS.items() if name in sources}
    if models.TEMPERATURE not in takes and "surface_temperature_celsius" in sources:
        takes[models.TEMPERATURE] = Taken(sources.pop("surface_temperature_celsius"))
    needed(takes, {OURS[name]: LABELS[name] for name in _REQUIRED}, columns, "BDF")
    keeps = {LABELS[name]: source for name, source in sources.items() if name not in OURS}
    keeps |= {column: column for column in columns if quantity(column) is None}
    for theirs, ours in (("cycle_count", models.CYCLE_FROM_CYCLER), ("step_count", models.STEP_FROM_CYCLER)):
        if theirs in sources:
            keeps[ours] = keeps.pop(LABELS[theirs])
    if "step_id" in sources:
        keeps[models.STEP_FROM_CYCLER] = keeps.pop(LABELS["step_id"])
    steps = sources.get("step_count") or sources.get("step_id")
    return Layout("bdf", takes, keeps, steps, sources.get("cycle_count"), SIGN)


def exported(columns: Sequence[str]) -> dict[str, str]:
    """What to call each column in a BDF file, in BDF's order, columns it does not know at the end.

    Raises FormatError for samples without time, voltage or current.
    """
    names = {ours: LABELS[name] for name, ours in OURS.items()}
    cycles = models.CYCLE_FROM_CYCLER if models.CYCLE_FROM_CYCLER in columns else models.CYCLE_COUNT
    names |= {models.STEP_COUNT: LABELS["step_count"], cycles: LABELS["cycle_count"]}
    names |= {models.STEP_FROM_CYCLER: LABELS["step_id"]}
    for column in (models.TIME, models.VOLTAGE, models.CURRENT):
        if column not in columns:
            raise FormatError(f"BDF files have {names[column]!r}, and this measurement has no {column!r}")
    known = [column for column in names if column in columns]
    labels = {column: names[column] for column in known}
    return labels | {column: column for column in columns if column not in names and column not in labels.values()}


def _sources(columns: Sequence[str]) -> dict[str, str]:
    """The file's own column of each quantity. Raises FormatError where two columns are one quantity."""
    sources: dict[str, str] = {}
    for column in columns:
        name = quantity(column)
        if name in sources:
            raise FormatError(f"the columns {sources[name]!r} and {column!r} are the same quantity; take one out")
        if name is not None:
            sources[name] = column
    return sources
