from __future__ import annotations

from typing import get_args

import pytest

from emulator import commands
from emulator.commands import Command
from emulator.control.history import verb_of
from emulator.control.panel import TABLE

SAID: list[tuple[Command, str]] = [
    (commands.SetRelay("c", closed=False), "relay"),
    (commands.SetPriority("c", "MUST_HAVE"), "priority"),
    (commands.RenameCircuit("c", "Hob"), "rename"),
    (commands.SetFlags("c", sheddable=False), "flags"),
    (commands.SetMainRelay(closed=True), "main-relay"),
    (commands.SetGrid(up=False), "grid"),
    (commands.SetSoc(0.5), "soc"),
    (commands.SetSocThresholds(0.1, 0.9), "thresholds"),
    (commands.OverridePower("c", power_w=5.0), "power"),
    (commands.OverridePower(30, multiplier=0.0), "power"),
    (commands.OverridePower(None), "clear"),
    (commands.OverridePower("c"), "clear"),
    (commands.ClearOverrides(), "clear"),
    (commands.Reboot(), "reboot"),
    (commands.SwapSerial("sp-2"), "swap"),
]


@pytest.mark.parametrize(("command", "path"), SAID)
def test_every_command_is_said_by_a_verb_that_takes_these_arguments(command, path):
    told, arguments = verb_of(command)

    assert told == path
    assert TABLE[told].checked(arguments) == arguments


def test_no_command_is_left_out():
    assert {type(command) for command, _ in SAID} == set(get_args(Command))


def test_a_command_and_the_verb_that_says_it_do_the_same(control, house):
    study, twin = house.circuit_id("Study"), control.panels[0].panel
    said = [
        commands.SetRelay(study, closed=False),
        commands.OverridePower(None, multiplier=0.5),
        commands.OverridePower(study),
        commands.ClearOverrides(),
        commands.SetFlags(study, user_controllable=False),
    ]
    settings = []
    for give in (
        twin.command,
        lambda command: TABLE[verb_of(command)[0]].function(house, **verb_of(command)[1]).finish(),
    ):
        house.reset()
        for command in said:
            give(command)
        settings.append(twin.device.settings)

    assert settings[0] == settings[1]
