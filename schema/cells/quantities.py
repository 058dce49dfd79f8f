"""Values with their units, as makers and labs write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.scalars import JSON

from schema.cells.given import number, split, text


@strawberry.type(description="A value with its unit.")
class Quantity:
    """Units are kept as they were given: `A.h` and `A*h` both occur."""

    value: float = strawberry.field(description="The number, in `unit`.")
    unit: str | None = strawberry.field(description="The unit as it was given; null where none was.")


@strawberry.type(description="What a cell is rated for by its maker.")
class CellRatings:
    """Each is null where it was not given, or not as a number or `{value, unit}`: see `other`."""

    capacity: Quantity | None = strawberry.field(description="Charge, mostly in A.h.")
    voltage_min: Quantity | None = strawberry.field(description="Lowest voltage allowed, mostly in V.")
    voltage_max: Quantity | None = strawberry.field(description="Highest voltage allowed, mostly in V.")
    nominal_voltage: Quantity | None = strawberry.field(description="Voltage, mostly in V.")
    energy: Quantity | None = strawberry.field(description="Energy, mostly in W.h.")
    max_charge_rate: Quantity | None = strawberry.field(description="Highest rate of charge, mostly in C or A.")
    max_discharge_rate: Quantity | None = strawberry.field(description="Highest rate of discharge, mostly in C or A.")
    other: JSON = strawberry.field(description="All other ratings, as they were given.")


def ratings(given: object) -> CellRatings | None:
    """The ratings, when they are an object."""
    if not isinstance(given, Mapping):
        return None
    read, other = split(given, dict.fromkeys(RATINGS, quantity))
    return CellRatings(other=JSON(other), **read)


RATINGS = (
    "capacity",
    "voltage_min",
    "voltage_max",
    "nominal_voltage",
    "energy",
    "max_charge_rate",
    "max_discharge_rate",
)


def quantity(given: Any) -> Quantity | None:  # noqa: ANN401 (any JSON value)
    """The quantity, when it is `{value, unit}` and nothing else, or a plain number."""
    if isinstance(given, Mapping):
        value, unit = number(given.get("value")), text(given.get("unit"))
        is_plain = set(given) <= {"value", "unit"} and unit == given.get("unit")
        return Quantity(value=value, unit=unit) if value is not None and is_plain else None
    value = number(given)
    return None if value is None else Quantity(value=value, unit=None)


@strawberry.input(description="A value with its unit.")
class QuantityInput:
    """Both are kept as they are given."""

    value: float = strawberry.field(description="The number, in `unit`.")
    unit: str = strawberry.field(description="The unit: `A.h`, `V`, `W.h`, `degC`.")


@strawberry.input(description="What a cell is rated for by its maker. In an update, null removes a rating.")
class CellRatingsInput:
    """Only what is given is kept, or changed."""

    capacity: QuantityInput | None = strawberry.field(default=strawberry.UNSET, description="Charge, mostly in A.h.")
    voltage_min: QuantityInput | None = strawberry.field(
        default=strawberry.UNSET, description="Lowest voltage allowed, mostly in V."
    )
    voltage_max: QuantityInput | None = strawberry.field(
        default=strawberry.UNSET, description="Highest voltage allowed, mostly in V."
    )
    nominal_voltage: QuantityInput | None = strawberry.field(
        default=strawberry.UNSET, description="Voltage, mostly in V."
    )
    energy: QuantityInput | None = strawberry.field(default=strawberry.UNSET, description="Energy, mostly in W.h.")
    max_charge_rate: QuantityInput | None = strawberry.field(
        default=strawberry.UNSET, description="Highest rate of charge, mostly in C or A."
    )
    max_discharge_rate: QuantityInput | None = strawberry.field(
        default=strawberry.UNSET, description="Highest rate of discharge, mostly in C or A."
    )
    fields: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Other ratings: an object, kept as it is given."
    )
