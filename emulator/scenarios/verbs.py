"""The verbs that a scenario may use, by name: the same words and arguments as those of the panel's control."""

from __future__ import annotations

from typing import Final

from emulator.scenarios.action import Action
from emulator.scenarios.circuits import Clear, Power, Priority, Relay
from emulator.scenarios.happenings import Door, Lock, Offline, Reboot, Swap, Trouble, Update
from emulator.scenarios.mains import Charge, Grid, MainRelay, Thresholds

VERBS: Final[dict[str, type[Action]]] = {
    "fault": Trouble,
    "offline": Offline,
    "reboot": Reboot,
    "swap": Swap,
    "update": Update,
    "door": Door,
    "lock": Lock,
    "grid": Grid,
    "main-relay": MainRelay,
    "relay": Relay,
    "priority": Priority,
    "power": Power,
    "clear": Clear,
    "soc": Charge,
    "thresholds": Thresholds,
}
