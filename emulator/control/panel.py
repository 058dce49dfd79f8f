"""All the verbs of one panel, as the methods of one object: `panel.control.step(60)`."""

from __future__ import annotations

from emulator.control.access import Access
from emulator.control.again import Again
from emulator.control.circuits import Circuits
from emulator.control.mains import Mains
from emulator.control.records import Records
from emulator.control.timing import Timing
from emulator.control.trouble import Trouble
from emulator.control.verbs import TABLE as TABLE  # noqa: PLC0414  # only here it is known to be full


class PanelControl(Records, Timing, Circuits, Mains, Access, Trouble, Again):
    """Each change answers `Done` (order number, tick, what else there is to tell) or raises ControlRefusedError."""
