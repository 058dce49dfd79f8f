"""What a panel does wrong on demand: faults are told as plain mappings, kept on a board, and strike matching requests.

`fault_of` says what a mapping must be made of; `FaultBoard` has the order in which faults compose.
"""

from __future__ import annotations

from emulator.faults.fault import Fault as Fault
from emulator.faults.fault import fault_of as fault_of
