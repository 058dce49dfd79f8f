"""Actions that are not of the device: faults, connections, the panel's computer, its door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from emulator.configuration.document import Value
from emulator.configuration.section import Section
from emulator.door import PRESSES_TO_UNLOCK
from emulator.faults.fault import Fault, read_fault
from emulator.faults.times import read_duration
from emulator.faults.window import Window
from emulator.firmware import FIRMWARES
from emulator.scenarios.action import Occasion

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel


class Happening:
    """What has nothing to check and nothing to undo, unless it says so."""

    can_end: ClassVar[bool] = False

    def check(self, panel: EmulatedPanel) -> None:
        """Any panel can."""

    def undo(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Trouble(Happening):
    """A fault, for as long as the step lasts."""

    can_end: ClassVar[bool] = True
    fault: Fault

    @classmethod
    def read(cls, value: Value) -> Self:
        """The keys of a fault, but its times: the step has them."""
        section = Section(value)
        for key in ("from", "to", "for"):
            if key in section:
                section.refuse(key, "belongs to the step: at says when, for how long")
        return cls(read_fault(section))

    def check(self, panel: EmulatedPanel) -> None:
        """FaultRefusedError."""
        panel.faults.check(self.fault)

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Add it; FaultRefusedError when there are too many."""
        panel.faults.add(replace(self.fault, window=Window(lasts_s=occasion.lasts_s)), occasion.name)

    def undo(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Take it away, if its window has not ended it."""
        if occasion.name in {fault.id for fault in panel.faults.list()}:
            panel.faults.remove(occasion.name)


@dataclass(frozen=True, slots=True)
class Offline(Happening):
    """The panel is gone for a while."""

    seconds: int

    @classmethod
    def read(cls, value: Value) -> Self:
        """`seconds`, or a duration such as "90s"."""
        section = Section(value)
        seconds = read_duration(section.need("seconds"))
        if not seconds:
            section.refuse("seconds", "lasts for no time; at least a second")
        section.done()
        return cls(seconds)

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Go."""
        panel.go_offline(self.seconds, name=occasion.name)


@dataclass(frozen=True, slots=True)
class Reboot(Happening):
    """The panel's computer restarts."""

    @classmethod
    def read(cls, value: Value) -> Self:
        """No arguments."""
        Section(value).done()
        return cls()

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Restart."""
        panel.reboot(by=occasion.by)


@dataclass(frozen=True, slots=True)
class Swap(Happening):
    """Another panel of its kind takes its place."""

    serial: str | None

    @classmethod
    def read(cls, value: Value) -> Self:
        """`serial`, the other's; unless given, the present one and "-new"."""
        section = Section(value)
        made = cls(section.text("serial") if "serial" in section else None)
        section.done()
        return made

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Replace it."""
        panel.swap(self.serial or f"{panel.device.serial}-new", by=occasion.by)


@dataclass(frozen=True, slots=True)
class Update(Happening):
    """Another firmware release is installed."""

    firmware: str

    @classmethod
    def read(cls, value: Value) -> Self:
        """`firmware`, a release's name."""
        section = Section(value)
        made = cls(section.choice("firmware", tuple(FIRMWARES)))
        section.done()
        return made

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Install it, and restart."""
        panel.update(self.firmware, by=occasion.by)


@dataclass(frozen=True, slots=True)
class Door(Happening):
    """The button in the door is pressed."""

    presses: int

    @classmethod
    def read(cls, value: Value) -> Self:
        """`presses`, as many as unlock unless given."""
        section = Section(value)
        made = cls(section.integer("presses", PRESSES_TO_UNLOCK, low=1, high=9))
        section.done()
        return made

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:  # noqa: ARG002  # as all actions
        """Press."""
        for _ in range(self.presses):
            panel.press_door()


@dataclass(frozen=True, slots=True)
class Lock(Happening):
    """Registering needs the door again, also where it never did."""

    @classmethod
    def read(cls, value: Value) -> Self:
        """No arguments."""
        Section(value).done()
        return cls()

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:  # noqa: ARG002  # as all actions
        """Lock."""
        panel.door.lock()
