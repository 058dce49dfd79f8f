"""What a step of a scenario does to its panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, Self

from emulator.configuration.document import Value

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel


class Occasion(NamedTuple):
    """One time that an action happens: by whom, under which name (for its fault), for how long."""

    by: str
    name: str
    lasts_s: int | None


class Action(Protocol):
    """One verb with its arguments. `can_end` tells whether it can be undone after a time."""

    can_end: ClassVar[bool]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Take the arguments from a scenario's file; ConfigError."""

    def check(self, panel: EmulatedPanel) -> None:
        """Raise EmulatorError on a panel that cannot do it, before anything is played."""

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Do it, at the panel's `now`; EmulatorError."""

    def undo(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Have it as it was; EmulatorError."""
