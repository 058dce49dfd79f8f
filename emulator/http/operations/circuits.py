"""The circuits: reading them, and changing relay, priority, name and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from emulator.commands import Command, RenameCircuit, SetFlags, SetPriority, SetRelay
from emulator.http import objects, wire
from emulator.http.bodies import CircuitChange, Flag
from emulator.http.exchange import Refusal
from emulator.http.operations.call import Call
from emulator.reading import CircuitReading

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel


def circuits(call: Call[None]) -> orjson.Fragment:
    """Read all circuits."""
    return wire.circuits(call.panel.reading())


def circuit(call: Call[None]) -> objects.Circuit:
    """Read one circuit."""
    return wire.circuit(_known(call.panel, call.item), call.panel.reading().tick)


def change_circuit(call: Call[CircuitChange]) -> objects.Circuit:
    """Change any of a circuit's relay, priority, name and flags; all that the body asks, or nothing."""
    found = _known(call.panel, call.item)
    _refuse_impossible(call.panel, found, call.body)
    for command in _commands(found.id, call.body):
        call.panel.command(command, by=call.by)
    return circuit(Call(call.panel, call.by, call.item, None))


def _known(panel: EmulatedPanel, circuit_id: str) -> CircuitReading:
    found = panel.circuit(circuit_id)
    if found is None:
        raise Refusal(404, f"this panel has no circuit {circuit_id!r}")
    return found


def _refuse_impossible(panel: EmulatedPanel, found: CircuitReading, change: CircuitChange) -> None:
    """Before anything is changed: a relay that may not be switched, and what odd firmware breaks on."""
    flag = change.user_controllable_in
    is_controllable = found.is_user_controllable if flag is None else flag.value
    if change.relay_state_in is not None and not is_controllable:
        raise Refusal(409, f"circuit {found.id!r} is not user controllable: its relay stays as it is")
    if change.priority_in is not None and panel.firmware.priority_needs_battery and panel.reading().soc is None:
        raise Refusal(500, "Internal Server Error")


def _commands(circuit_id: str, change: CircuitChange) -> list[Command]:
    """Flags first: a circuit made controllable can be switched by the same body."""
    commands: list[Command] = []
    flags = [_value(flag) for flag in (change.user_controllable_in, change.sheddable_in, change.never_backup_in)]
    if flags != [None, None, None]:
        commands.append(SetFlags(circuit_id, *flags))
    if change.priority_in is not None:
        commands.append(SetPriority(circuit_id, change.priority_in.priority))
    if change.circuit_name_in is not None:
        commands.append(RenameCircuit(circuit_id, change.circuit_name_in.name))
    if change.relay_state_in is not None:
        commands.append(SetRelay(circuit_id, closed=change.relay_state_in.relay_state == "CLOSED"))
    return commands


def _value(flag: Flag | None) -> bool | None:
    return None if flag is None else flag.value
