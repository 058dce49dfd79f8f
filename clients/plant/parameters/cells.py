"""The four machines of the cell line. The fields are spelled as the plant's wire spells them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from clients.plant.parameters.quantity import Parameters, Quantity


class RewindingParameters(Parameters):
    """The winder, which rolls anode, cathode and separators up into cells."""

    rewinding_speed: Annotated[float, Quantity(1e-4, 5.0, "m/s", "Speed of the web onto the core.")] = 0.5
    initial_tension: Annotated[float, Quantity(0.1, 2000.0, "N", "Pull on a lane at the core.")] = 24.0
    tapering_steps: Annotated[
        float, Quantity(0.0, 1.0, "", "Taper: the share of the tension that is gone on an endless roll.")
    ] = 0.3
    environment_humidity: Annotated[float, Quantity(0.0, 100.0, "%", "Relative humidity around the winder.")] = 0.5


class ElectrolyteFillingParameters(Parameters):
    """The filling chamber. Both pressures are absolute: 101.3 kPa is no vacuum at all."""

    vacuum_level: Annotated[float, Quantity(1e-3, 110.0, "kPa", "Pressure the cell is emptied to before the dose.")] = (
        2.0
    )
    vacuum_filling: Annotated[float, Quantity(1e-3, 110.0, "kPa", "Pressure in the chamber during the dose.")] = 20.0
    soaking_time: Annotated[float, Quantity(1e-3, 2_592_000.0, "s", "Rest after the dose, for wetting.")] = 86_400.0


class FormationCyclingParameters(Parameters):
    """The first charge: constant current up to the limit, then constant voltage, for the whole duration."""

    charge_current_A: Annotated[float, Quantity(1e-4, 100.0, "A", "Of one cell.")] = 0.5  # noqa: N815 (the wire's word)
    charge_voltage_limit_V: Annotated[float, Quantity(3.0, 4.5, "V", "Of one cell.")] = 4.2  # noqa: N815 (likewise)
    initial_voltage: Annotated[float, Quantity(0.0, 4.5, "V", "Before the charge; below the limit.")] = 3.0
    formation_duration_s: Annotated[float, Quantity(1.0, 2_592_000.0, "s", "From first current to the end.")] = 86_400.0

    @model_validator(mode="after")
    def _starts_below_the_limit(self) -> Self:
        if self.initial_voltage >= self.charge_voltage_limit_V:
            raise PydanticCustomError(
                "not_below_limit",
                "must be below charge_voltage_limit_V ({limit} V)",
                {"field": "initial_voltage", "value": self.initial_voltage, "limit": self.charge_voltage_limit_V},
            )
        return self


class AgingParameters(Parameters):
    """The store in which cells rest and tell by their voltage whether they leak."""

    k_leak: Annotated[float, Quantity(1e-12, 1.0, "1/h", "Share of the charge that leaks in an hour, at 298.15 K.")] = (
        1e-5
    )
    temperature: Annotated[float, Quantity(233.15, 353.15, "K", "Of the store: kelvin, not degrees.")] = 298.15
    aging_time_days: Annotated[float, Quantity(1e-3, 365.0, "d", "How long the cells rest.")] = 10.0
