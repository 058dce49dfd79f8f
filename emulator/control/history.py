"""What was done to a panel through its own API, as the verbs that would do the same."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, TypeAlias

from emulator.auth import ClientChange
from emulator.commands import (
    ClearOverrides,
    Command,
    OverridePower,
    Reboot,
    RenameCircuit,
    SetFlags,
    SetGrid,
    SetMainRelay,
    SetPriority,
    SetRelay,
    SetSoc,
    SetSocThresholds,
    SwapSerial,
)
from emulator.control.truth import position
from emulator.panel import EmulatedPanel
from emulator.scenarios.scenario import PREFIX

VerbCall: TypeAlias = tuple[str, dict[str, Any]]

_PanelCommand: TypeAlias = SetMainRelay | SetGrid | SetSoc | SetSocThresholds | ClearOverrides | Reboot | SwapSerial


class History:
    """Finds what has happened to the panel's device and its clients since it was last asked or told to skip."""

    def __init__(self, panel: EmulatedPanel) -> None:
        self._panel = panel
        self._device, self._obeyed = panel.device, 0
        self._clients, self._changed = panel.clients, 0

    def skip(self) -> None:
        """Take all until now as known."""
        self._device, self._obeyed = self._panel.device, self._panel.device.version
        self._clients, self._changed = self._panel.clients, self._panel.clients.changed

    def news(self) -> Iterator[tuple[int, str, VerbCall]]:
        """When, by whom and what, in the order in which it was done."""
        panel, last = self._panel, self._panel.device.version
        obeyed = self._obeyed if panel.device is self._device else 0
        changed = self._changed if panel.clients is self._clients else 0
        new_changes = panel.clients.changed - changed
        self.skip()
        commands = panel.device.commands[obeyed - last :] if obeyed < last else ()
        changes = list(panel.clients.changes)[-new_changes:] if new_changes else []
        told = [
            ((number, 0), (one.tick, one.by, verb_of(one.command)))
            for number, one in enumerate(commands, start=last - len(commands) + 1)
            if not one.by.startswith(PREFIX)  # a scenario gives its own again
        ]
        told += [((one.commands, 1), (one.tick, one.name, _client_verb(one))) for one in changes]
        yield from (what for _, what in sorted(told, key=itemgetter(0)))


def verb_of(command: Command) -> VerbCall:
    """The verb that gives the command, and its arguments."""
    match command:
        case OverridePower(target, None, None):
            return "clear", {"power_only": True, **({} if target is None else {"target": target})}
        case OverridePower():
            return "power", _given(command, "target", "power_w", "multiplier")
        case SetRelay() | SetPriority() | RenameCircuit() | SetFlags():
            return _circuit_verb(command)
    return _panel_verb(command)


def _circuit_verb(command: SetRelay | SetPriority | RenameCircuit | SetFlags) -> VerbCall:
    circuit = {"circuit": command.circuit_id}
    match command:
        case SetRelay(_, closed):
            return "relay", {**circuit, "position": position(is_closed=closed)}
        case SetPriority(_, priority):
            return "priority", {**circuit, "priority": priority}
        case RenameCircuit(_, name):
            return "rename", {**circuit, "name": name}
        case SetFlags():
            return "flags", {**circuit, **_given(command, "user_controllable", "sheddable", "never_backup")}


def _panel_verb(command: _PanelCommand) -> VerbCall:
    told: VerbCall
    match command:
        case SetMainRelay(closed):
            told = "main-relay", {"position": position(is_closed=closed)}
        case SetGrid(up):
            told = "grid", {"up": up}
        case SetSoc(soc):
            told = "soc", {"soc": soc}
        case SetSocThresholds(low, high):
            told = "thresholds", {"low": low, "high": high}
        case ClearOverrides():
            told = "clear", {"power_only": True}
        case Reboot():
            told = "reboot", {}
        case SwapSerial(serial):
            told = "swap", {"serial": serial}
    return told


def _client_verb(change: ClientChange) -> VerbCall:
    if not change.is_registered:
        return "clients/remove", {"name": change.name}
    return "clients/add", _given(change, "name", "description")


def _given(source: object, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(source, name)) is not None}
