"""Orders to circuits and other loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from emulator.commands import PRIORITIES, ClearOverrides, Command, OverridePower, SetPriority, SetRelay
from emulator.configuration.document import Value
from emulator.configuration.layout import PanelConfig
from emulator.configuration.section import Section
from emulator.physics.settings import MAX_MULTIPLIER, MAX_OVERRIDE_W
from emulator.scenarios.mains import POSITIONS
from emulator.scenarios.order import Order
from emulator.scenarios.targets import circuit_id, read_target, targets


@dataclass(frozen=True, slots=True)
class Relay(Order):
    """A circuit's relay opens or closes."""

    circuit: str
    is_closed: bool

    @classmethod
    def read(cls, value: Value) -> Self:
        """`circuit`, an id or a name, and `position`: OPEN or CLOSED."""
        section = Section(value)
        made = cls(section.text("circuit"), section.choice("position", POSITIONS) == "CLOSED")
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:
        """Of the circuit."""
        return (SetRelay(circuit_id(config, self.circuit), closed=self.is_closed),)

    def undoing(self, config: PanelConfig) -> Sequence[Command]:
        """The other way."""
        return (SetRelay(circuit_id(config, self.circuit), closed=not self.is_closed),)


@dataclass(frozen=True, slots=True)
class Priority(Order):
    """What becomes of a circuit off grid."""

    can_end: ClassVar[bool] = False
    circuit: str
    priority: str

    @classmethod
    def read(cls, value: Value) -> Self:
        """`circuit`, an id or a name, and `priority`."""
        section = Section(value)
        made = cls(section.text("circuit"), section.choice("priority", PRIORITIES))
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:
        """Of the circuit."""
        return (SetPriority(circuit_id(config, self.circuit), self.priority),)


@dataclass(frozen=True, slots=True)
class Power(Order):
    """Loads are held at a power (W, positive = consumption), or draw so many times what they would."""

    target: str | int | None
    power_w: float | None
    multiplier: float | None

    @classmethod
    def read(cls, value: Value) -> Self:
        """`power_w` or `multiplier`, and `target` (see `read_target`)."""
        section = Section(value)
        given = [key for key in ("power_w", "multiplier") if section.take(key) is not None]
        if len(given) != 1:
            section.refuse("power_w", "give power_w or multiplier, and not both")
        power_w = section.number("power_w", low=-MAX_OVERRIDE_W, high=MAX_OVERRIDE_W) if "power_w" in given else None
        multiplier = section.number("multiplier", high=MAX_MULTIPLIER) if "multiplier" in given else None
        made = cls(read_target(section), power_w, multiplier)
        section.done()
        return made

    def commands(self, config: PanelConfig) -> Sequence[Command]:
        """Of each load that is meant."""
        return tuple(OverridePower(one, self.power_w, self.multiplier) for one in targets(config, self.target))

    def undoing(self, config: PanelConfig) -> Sequence[Command]:
        """Let them go."""
        return tuple(OverridePower(one) for one in targets(config, self.target))


@dataclass(frozen=True, slots=True)
class Clear(Order):
    """Every load follows its own profile again."""

    can_end: ClassVar[bool] = False

    @classmethod
    def read(cls, value: Value) -> Self:
        """No arguments."""
        Section(value).done()
        return cls()

    def commands(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # as all orders
        """Of every panel."""
        return (ClearOverrides(),)
