"""Reads a battery: a template's battery_behavior, or the `bess` block of a battery that hangs at the lugs."""

from __future__ import annotations

from typing import Final

from emulator.configuration.layout import HOURS_A_DAY, Battery, DispatchMode
from emulator.configuration.schedule import factors_by_hour, hours_of
from emulator.configuration.section import Section, entries, number

MAX_POWER_W: Final = 1e5
_MODES: Final[dict[str, DispatchMode]] = {
    "custom": "schedule",
    "self-consumption": "self_consumption",
    "solar-gen": "self_consumption",
    "solar-excess": "self_consumption",
    "backup": "backup",
}


def battery(stored: Section) -> Battery:
    """Powers have either sign. Hours that a profile leaves out run at 0.1 (charge) or 0.3 (discharge) of the most."""
    stored.ignore("enabled")
    charge_w = abs(_power(stored, ("max_charge_power", "max_charge_w"), 3000.0))
    discharge_w = abs(_power(stored, ("max_discharge_power", "max_discharge_w"), 2500.0))
    schedule = _schedule(stored, charge_w, discharge_w)
    plain = "custom" if any(schedule) else "self-consumption"
    made = Battery(
        capacity_wh=1000 * stored.number("nameplate_capacity_kwh", 13.5, low=0.1, high=1000),
        max_charge_w=charge_w,
        max_discharge_w=discharge_w,
        charge_efficiency=stored.number("charge_efficiency", 0.95, low=0.1, high=1),
        discharge_efficiency=stored.number("discharge_efficiency", 0.95, low=0.1, high=1),
        reserve=stored.number("backup_reserve_pct", 20.0, high=100) / 100,
        initial_soc=stored.number("initial_soe_pct", 60.0, high=100) / 100,
        mode=_MODES[stored.choice("charge_mode", tuple(_MODES), plain)],
        schedule_w=schedule,
    )
    stored.done()
    return made


def _power(stored: Section, keys: tuple[str, ...], default: float) -> float:
    for key in keys:
        default = stored.number(key, default, low=-MAX_POWER_W, high=MAX_POWER_W)
    return default


def _schedule(stored: Section, charge_w: float, discharge_w: float) -> tuple[float, ...]:
    """The wish by hour, W, positive = charge."""
    charging, discharging = hours_of(stored, "charge_hours"), hours_of(stored, "discharge_hours")
    idling = hours_of(stored, "idle_hours") - charging - discharging
    sun = factors_by_hour(stored, ("solar_intensities", "solar_intensity_profile"))
    demand = factors_by_hour(stored, ("demand_factors", "demand_factor_profile"))
    idle = (
        [number(value, -MAX_POWER_W, MAX_POWER_W) for value in entries(value)]
        if (value := stored.take("idle_power_range"))
        else [0.0]
    )
    wish = [0.0] * HOURS_A_DAY
    for hour in range(HOURS_A_DAY):
        if hour in charging:
            wish[hour] = charge_w * min(sun.get(hour, 0.1), 1.0)
        elif hour in discharging:
            wish[hour] = -discharge_w * min(demand.get(hour, 0.3), 1.0)
        elif hour in idling and idle:
            wish[hour] = sum(idle) / len(idle)
    return tuple(wish)
