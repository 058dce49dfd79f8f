"""Orders to the whole panel: grid, main relay, battery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from emulator.commands import Command, SetGrid, SetMainRelay, SetSoc, SetSocThresholds
from emulator.configuration.document import Value
from emulator.configuration.layout import PanelConfig
from emulator.configuration.section import Section
from emulator.scenarios.order import Order

POSITIONS: Final = ("OPEN", "CLOSED")


@dataclass(frozen=True, slots=True)
class Grid(Order):
    """The utility fails or returns."""

    up: bool

    @classmethod
    def read(cls, value: Value) -> Self:
        """`up`: false or true."""
        section = Section(value)
        if section.take("up") is None:
            section.refuse("up", "missing; false when the grid fails, true when it returns")
        made = cls(section.flag("up", default=True))
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """Of every panel."""
        return (SetGrid(self.up),)

    def undoing(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """The other way."""
        return (SetGrid(not self.up),)


@dataclass(frozen=True, slots=True)
class MainRelay(Order):
    """The main relay opens or closes."""

    is_closed: bool

    @classmethod
    def read(cls, value: Value) -> Self:
        """`position`: OPEN or CLOSED."""
        section = Section(value)
        made = cls(section.choice("position", POSITIONS) == "CLOSED")
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """Of every panel."""
        return (SetMainRelay(self.is_closed),)

    def undoing(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """The other way."""
        return (SetMainRelay(not self.is_closed),)


@dataclass(frozen=True, slots=True)
class Charge(Order):
    """The battery's state of charge is set."""

    can_end: ClassVar[bool] = False
    soc: float

    @classmethod
    def read(cls, value: Value) -> Self:
        """`soc`, 0 to 1."""
        section = Section(value)
        made = cls(section.number("soc", high=1))
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """Of a panel with a battery."""
        return (SetSoc(self.soc),)


@dataclass(frozen=True, slots=True)
class Thresholds(Order):
    """Where NICE_TO_HAVE circuits are shed off grid, and where they return."""

    can_end: ClassVar[bool] = False
    low: float
    high: float

    @classmethod
    def read(cls, value: Value) -> Self:
        """`low` and `high`, 0 to 1."""
        section = Section(value)
        made = cls(section.number("low", high=1), section.number("high", high=1))
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """Of every panel."""
        return (SetSocThresholds(self.low, self.high),)
