"""The panel itself: who it is, its meters, its branches and its main relay."""

from __future__ import annotations

import orjson

from emulator.commands import SetMainRelay
from emulator.http import objects, wire
from emulator.http.bodies import RelayIn
from emulator.http.operations.call import Call

MANUFACTURER = "Span"


def status(call: Call[None]) -> objects.Status:
    """Read who the panel is and how it does; the one operation that needs no token."""
    panel, reading = call.panel, call.panel.reading()
    system: objects.System = {
        "manufacturer": MANUFACTURER,
        "serial": panel.device.serial,
        "model": panel.device.config.model,
        "doorState": panel.door.state(reading.tick),
        "proximityProven": panel.door.is_unlocked(reading.tick),
        "uptime": wire.uptime_s(reading),
    }
    return wire.status(system, panel.firmware.version)


def panel(call: Call[None]) -> orjson.Fragment:
    """Read the main meter, the feed-through and every branch."""
    reading = call.panel.reading()
    return wire.panel(reading, call.panel.samples(wire.uptime_s(reading), len(reading.branches)))


def power(call: Call[None]) -> objects.PanelPower:
    """Read the grid's and the feed-through's power."""
    return wire.power(call.panel.reading())


def meter(call: Call[None]) -> objects.PanelMeter:
    """Read the main meter's and the feed-through's energy."""
    return wire.meter(call.panel.reading())


def main_relay(call: Call[None]) -> objects.MainRelay:
    """Read the main relay's position."""
    return wire.main_relay(call.panel.reading())


def set_main_relay(call: Call[RelayIn]) -> objects.MainRelay:
    """Open the main relay, which takes the home off grid, or close it."""
    call.panel.command(SetMainRelay(closed=call.body.relay_state == "CLOSED"), by=call.by)
    return wire.main_relay(call.panel.reading())


def emergency_reconnect(call: Call[None]) -> objects.MainRelay:
    """Close the main relay again: what was dark or shed because of it comes back."""
    call.panel.command(SetMainRelay(closed=True), by=call.by)
    return wire.main_relay(call.panel.reading())


def islanding_state(call: Call[None]) -> objects.Islanding:
    """Read whether the home runs by itself."""
    return wire.islanding(call.panel.reading())
