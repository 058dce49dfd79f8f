"""Panels of a few loads, made for one thing to be seen on them."""

from __future__ import annotations

from emulator.configuration.layout import Battery, CircuitConfig, Demand, Load, Measuring, PanelConfig, Placement
from emulator.device import Device, Fidelity

NOON = 1_782_043_200  # 2026-06-21T12:00Z
HOUR = 3600
DAY = 86_400


def steady(watts: float) -> Demand:
    """A load that draws the same for ever."""
    return Demand(watts, 0.0, watts)


def circuit(circuit_id: str, load: Load, *tabs: int, priority: str = "MUST_HAVE", **flags: bool) -> CircuitConfig:
    shares = (100,) if len(tabs) == 1 else (50, 50)
    flags.setdefault("is_sheddable", isinstance(load, Demand))
    return CircuitConfig(circuit_id, circuit_id.title(), Placement(tabs, shares, load), priority, **flags)  # type: ignore[arg-type]


def panel(
    *circuits: CircuitConfig, unmapped: tuple[Placement, ...] = (), zone: str = "UTC", **more: object
) -> PanelConfig:
    measuring = Measuring(lug_residual_w=0.0)
    fields = {"measuring": measuring, "starts_full_of_years": False, "longitude": 0.0, "latitude": 45.0} | more
    return PanelConfig("sp-small", 12, 200, circuits, unmapped, time_zone=zone, **fields)  # type: ignore[arg-type]


def device(config: PanelConfig, fidelity: Fidelity = "ideal", *, start: int = NOON, seed: int = 1) -> Device:
    return Device(config, seed=seed, start=start, fidelity=fidelity)


def battery(**changes: object) -> Battery:
    plain = {
        "capacity_wh": 10_000.0,
        "max_charge_w": 4000.0,
        "max_discharge_w": 4000.0,
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
    }
    return Battery(**(plain | changes))  # type: ignore[arg-type]
