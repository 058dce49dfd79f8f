"""Columns of equal length, by name: how samples and tables travel in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema.bounds import MAX_APPEND_COLUMNS, MAX_TEXT_CHARACTERS
from schema.errors import ApiError

if TYPE_CHECKING:
    Columns = Mapping[str, Any]
else:
    Columns = NewType("Columns", dict)


def read_columns(value: object) -> dict[str, list[Any]]:
    """Lists by name; raises ApiError for anything else. What is in the lists is the lab's business."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MAX_APPEND_COLUMNS:
        raise ApiError(f'columns are an object of 1 to {MAX_APPEND_COLUMNS} lists, like {{"Time [s]": [0.0, 0.1]}}')
    for name, cells in value.items():
        if not isinstance(cells, list) or len(name) > MAX_TEXT_CHARACTERS:
            raise ApiError(f'column {name[:60]!r} is no list; write columns like {{"Time [s]": [0.0, 0.1]}}')
    return dict(value)


COLUMNS: dict[object, ScalarDefinition] = {
    Columns: strawberry.scalar(
        name="Columns",
        description=(
            'Columns of equal length, by name: `{"Time [s]": [0.0, 0.1], "Voltage [V]": [3.6, 3.61]}`. The unit is in '
            "the name; null means unknown. `Time [s]` counts seconds from the measurement's own start, and positive "
            "currents discharge the cell."
        ),
        serialize=dict,
        parse_value=read_columns,
    )
}
