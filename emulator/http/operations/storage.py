"""The battery's charge and the thresholds that shed by it."""

from __future__ import annotations

from emulator.commands import SetSoc, SetSocThresholds
from emulator.http import objects, wire
from emulator.http.bodies import ChargeIn, StateOfEnergyIn, ThresholdsIn, problem
from emulator.http.exchange import Refusal
from emulator.http.operations.call import Call


def state_of_energy(call: Call[None]) -> objects.StateOfEnergy:
    """Read the battery's charge; a panel without a battery answers an empty object inside."""
    return wire.state_of_energy(call.panel.reading())


def set_state_of_energy(call: Call[StateOfEnergyIn]) -> objects.StateOfEnergy:
    """Set the emulated battery's charge."""
    if call.panel.reading().soc is None:
        raise Refusal(409, "this panel has no battery whose charge could be set")
    call.panel.command(SetSoc(call.body.soe.percentage / 100), by=call.by)
    return wire.state_of_energy(call.panel.reading())


def thresholds(call: Call[None]) -> objects.Thresholds:
    """Read at which charge NICE_TO_HAVE circuits are shed off grid, and at which they return."""
    return wire.thresholds(call.panel.reading())


def set_thresholds(call: Call[ThresholdsIn]) -> objects.Thresholds:
    """Set one threshold or both; the low one may not lie above the high one."""
    reading = call.panel.reading()
    low = _fraction(call.body.nice_to_have_threshold_low_soe, reading.soc_low_threshold)
    high = _fraction(call.body.nice_to_have_threshold_high_soe, reading.soc_high_threshold)
    if low > high:
        where = ("body", "nice_to_have_threshold_low_soe", "percentage")
        raise Refusal(422, [problem(where, f"{low:.0%} lies above the high threshold of {high:.0%}", "value_error")])
    call.panel.command(SetSocThresholds(low, high), by=call.by)
    return wire.thresholds(call.panel.reading())


def _fraction(wanted: ChargeIn | None, present: float) -> float:
    return present if wanted is None else wanted.percentage / 100
