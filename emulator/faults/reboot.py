"""What a panel's first answers after a reboot are like: energies too low, and relays not looked at yet.

The first two answers of each of /circuits, /panel and /panel/meter show counters about 8 % low, whoever asks. For
`EMPTY_S` of the panel's own time the main relay is UNKNOWN; how long that lasts on a real panel nobody has told, so the
length is our choice.
"""

from __future__ import annotations

from typing import Final

from emulator.faults.board import FaultBoard
from emulator.faults.content import EnergyDip, UnknownStates
from emulator.faults.fault import Fault
from emulator.faults.route import Route
from emulator.faults.window import Window

EMPTY_S: Final = 10
DIPPED_ANSWERS: Final = 2

_COUNTING: Final = ("/circuits", "/panel", "/panel/meter")
_MAIN_RELAY: Final = {"/panel": "main_relay", "/panel/grid": "relay"}


def restart(board: FaultBoard) -> None:
    """Have the board's panel answer as one that has just started."""
    for path in _COUNTING:
        dip = Fault("energy_dip", EnergyDip(), Route(path, "GET"), count=DIPPED_ANSWERS)
        board.put(dip, f"reboot/energy{path}")
    for path, state in _MAIN_RELAY.items():
        unknown = Fault("unknown_states", UnknownStates((state,)), Route(path, "GET"), Window(lasts_s=EMPTY_S))
        board.put(unknown, f"reboot/unknown{path}")
