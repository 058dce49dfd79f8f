"""The panel as physics has it, before any meter: W, Wh and settings, power positive for consumption."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from emulator.configuration.layout import PanelConfig
from emulator.panel import EmulatedPanel
from emulator.physics.settings import Override
from emulator.reading import CircuitReading, Truth


def of(panel: EmulatedPanel) -> dict[str, Any]:
    """All that is electrical about the panel now."""
    device, reading = panel.device, panel.reading()
    true = device.truth(panel.clock.tick())
    on_tabs = sum(power for power, placed in zip(true.power_mw, device.config.placements, strict=True) if placed.tabs)
    return {
        "booted": reading.booted_tick,
        "main_relay": position(is_closed=reading.main_relay_closed),
        "grid_up": reading.grid_is_up,
        "supply": true.level.name,
        "grid_w": true.grid_mw / 1000,
        "feedthrough_w": (true.grid_mw - on_tabs) / 1000,
        "imported_wh": true.imported_mwh / 1000,
        "exported_wh": true.exported_mwh / 1000,
        "soc": reading.soc,
        "soc_thresholds": {"low": reading.soc_low_threshold, "high": reading.soc_high_threshold},
        "circuits": [
            _circuit(row, shown, device.settings.overrides, true) for row, shown in enumerate(reading.circuits)
        ],
        "unmapped": [
            {"tabs": list(placed.tabs), **_load(row, device.settings.overrides, true)}
            for row, placed in enumerate(device.config.unmapped, start=len(device.config.circuits))
        ],
    }


def position(*, is_closed: bool) -> str:
    """A relay's position by its name."""
    return "CLOSED" if is_closed else "OPEN"


def fingerprint(config: PanelConfig) -> str:
    """The same for the same configuration and serial, another for any other."""
    return hashlib.sha256(repr(config).encode()).hexdigest()[:16]


def _circuit(row: int, shown: CircuitReading, overrides: Mapping[int, Override], true: Truth) -> dict[str, Any]:
    return {
        "id": shown.id,
        "name": shown.name,
        "tabs": list(shown.tabs),
        "relay": position(is_closed=shown.is_closed),
        "priority": shown.priority,
        "user_controllable": shown.is_user_controllable,
        "sheddable": shown.is_sheddable,
        "never_backup": shown.is_never_backup,
        **_load(row, overrides, true),
    }


def _load(row: int, overrides: Mapping[int, Override], true: Truth) -> dict[str, Any]:
    override = overrides.get(row)
    return {
        "power_w": true.power_mw[row] / 1000,
        "consumed_wh": true.consumed_mwh[row] / 1000,
        "produced_wh": true.produced_mwh[row] / 1000,
        "override": override and {"power_w": override.power_w, "multiplier": override.multiplier},
    }
