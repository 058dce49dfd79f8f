"""The nouns of the lab: what was designed, what was built, and what was measured on it.

What busbar itself keeps track of is an attribute of its own; everything else is in `fields`, exactly as it was given,
known or not, and can also be read as an attribute (`specification.form_factor`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

TIME = "Time [s]"
VOLTAGE = "Voltage [V]"
CURRENT = "Current [A]"
"""Positive = discharge."""
TEMPERATURE = "Temperature [degC]"
STEP_COUNT = "Step count"
CYCLE_COUNT = "Cycle count"
"""Both count from 0 and rise by 1."""
STEP_FROM_CYCLER = "Step from cycler"
CYCLE_FROM_CYCLER = "Cycle from cycler"
CHARGE_CAPACITY = "Charge capacity [A.h]"
DISCHARGE_CAPACITY = "Discharge capacity [A.h]"
CHARGE_ENERGY = "Charge energy [W.h]"
DISCHARGE_ENERGY = "Discharge energy [W.h]"
"""These four start anew at 0 in each step, and never fall in it."""

REQUIRED_COLUMNS = (TIME, VOLTAGE, CURRENT, STEP_COUNT)


class _WithFields:
    """Reads what is no attribute of its own from `fields`."""

    __slots__ = ()
    fields: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any JSON value)
        try:
            return object.__getattribute__(self, "fields")[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} {self.id} has no {name!r}") from None


@dataclass(frozen=True, slots=True)
class CellSpecification(_WithFields):
    """A cell as it was designed; its name is unique in its project (`fields["project_id"]`, or none)."""

    id: str
    name: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellInstance(_WithFields):
    """A cell as it was built; its name is unique in its specification."""

    id: str
    name: str
    cell_specification_id: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


class MeasurementType(StrEnum):
    """What a measurement consists of."""

    TIME_SERIES = "time_series"
    PROPERTIES = "properties"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class CellMeasurement(_WithFields):
    """A test of a cell; its name is unique in its instance.

    `end_time` is None while more may be added to it; `is_recording` says that samples are expected. `row_count` and
    `columns` are of its samples, `content_sha256` (hex) of the file that was uploaded, None while recording and for
    properties. `filenames` are those of a FILE measurement.
    """

    id: str
    name: str
    cell_instance_id: str
    measurement_type: MeasurementType = MeasurementType.TIME_SERIES
    start_time: datetime | None = None
    end_time: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    is_recording: bool = False
    row_count: int = 0
    columns: tuple[str, ...] = ()
    content_sha256: str | None = None
    filenames: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
