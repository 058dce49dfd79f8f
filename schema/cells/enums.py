"""The closed sets of words about the lab."""

from __future__ import annotations

from enum import StrEnum

from clients.cells.models import MeasurementType
from schema.words import shown

__all__ = ["CellMeasurementOrderField", "CellOrderField", "Direction", "MeasurementState", "MeasurementType"]


class MeasurementState(StrEnum):
    """Whether samples are still expected."""

    RECORDING = "RECORDING"
    COMPLETE = "COMPLETE"


class Direction(StrEnum):
    """Which end of a list comes first."""

    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


class CellOrderField(StrEnum):
    """What specifications and instances can be ordered by; the values are the port's."""

    NAME = "name"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class CellMeasurementOrderField(StrEnum):
    """What measurements can be ordered by; the values are the port's."""

    NAME = "name"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    START_TIME = "start_time"


_ORDERS = {
    "NAME": "By name.",
    "CREATED_AT": "By when busbar got to know it.",
    "UPDATED_AT": "By when it was last changed.",
}

shown(
    MeasurementType,
    "What a measurement consists of.",
    {
        "TIME_SERIES": "Samples over time, with steps and cycles.",
        "PROPERTIES": "Values without samples: `properties`.",
        "FILE": "Files that busbar keeps as they came: `files`.",
    },
)
shown(
    MeasurementState,
    "Whether a measurement's samples are still coming in.",
    {"RECORDING": "More samples are expected; `measurementProgress` shows them.", "COMPLETE": "It is whole."},
)
shown(
    Direction,
    "Which end of a list comes first.",
    {"ASCENDING": "The lowest, the oldest, A.", "DESCENDING": "The highest, the newest, Z."},
)
shown(CellOrderField, "What specifications and instances can be ordered by.", _ORDERS)
shown(
    CellMeasurementOrderField,
    "What measurements can be ordered by.",
    {**_ORDERS, "START_TIME": "By when the test began."},
)
