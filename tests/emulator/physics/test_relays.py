from __future__ import annotations

from dataclasses import replace

from emulator.commands import RenameCircuit, SetRelay
from emulator.physics.energy import Bus
from emulator.physics.islanding import Level
from emulator.physics.relays import Relays
from emulator.physics.settings import applied, initial_settings
from tests.emulator.small_panels import NOON, battery, circuit, panel, steady

CONFIG = panel(
    circuit("lamp", steady(100), 1),
    circuit("oven", steady(2000), 2, 4, priority="NON_ESSENTIAL"),
    circuit("store", battery(), 5, 7),
)
SETTINGS = initial_settings(CONFIG, NOON)


def relays() -> Relays:
    return Relays(CONFIG, Bus(CONFIG, 1, passes_residual=False))


def test_relays_stand_the_same_until_a_command_or_another_level() -> None:
    made = relays()

    first = made.standing(SETTINGS, Level.ON_GRID)

    assert made.standing(SETTINGS, Level.ON_GRID) is first
    assert made.standing(replace(SETTINGS, grid_up=False), Level.BACKUP) is not first


def test_an_open_circuit_opens_all_its_tabs_and_no_other() -> None:
    opened = applied(CONFIG, SETTINGS, SetRelay("oven", closed=False), NOON)

    standing = relays().standing(opened, Level.ON_GRID)

    assert standing.open_tabs == (2, 4)
    assert [tab for tab, closed in enumerate(standing.is_closed, start=1) if not closed] == [2, 4]
    assert [label.is_closed for label in standing.labels] == [True, False, True]


def test_shedding_opens_what_it_sheds() -> None:
    assert relays().standing(replace(SETTINGS, grid_up=False), Level.BACKUP).open_tabs == (2, 4)


def test_labels_say_what_commands_have_set() -> None:
    renamed = applied(CONFIG, SETTINGS, RenameCircuit("lamp", "Desk"), NOON)

    label = relays().standing(renamed, Level.ON_GRID).labels[0]

    assert (label.id, label.name, label.tabs, label.priority) == ("lamp", "Desk", (1,), "MUST_HAVE")
