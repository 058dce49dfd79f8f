"""An action that is a few commands to the device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from emulator.commands import Command
from emulator.configuration.layout import PanelConfig
from emulator.physics.settings import applied, initial_settings
from emulator.scenarios.action import Occasion

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel


class Order(ABC):
    """An action that is a few commands."""

    can_end: ClassVar[bool] = True

    @abstractmethod
    def commands(self, config: PanelConfig) -> Sequence[Command]:
        """What a panel of this layout is told; ScenarioRefusedError when it lacks what they are about."""

    def undoing(self, config: PanelConfig) -> Sequence[Command]:  # noqa: ARG002  # for those that can be undone
        """What has it as it was."""
        return ()

    def check(self, panel: EmulatedPanel) -> None:
        """Raise CommandRefusedError or ScenarioRefusedError unless a panel of this layout would obey."""
        config = panel.device.config
        settings = initial_settings(config, panel.device.start)
        for command in (*self.commands(config), *self.undoing(config)):
            settings = applied(config, settings, command, panel.device.start)

    def do(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Give the commands."""
        for command in self.commands(panel.device.config):
            panel.command(command, by=occasion.by)

    def undo(self, panel: EmulatedPanel, occasion: Occasion) -> None:
        """Give those that undo them."""
        for command in self.undoing(panel.device.config):
            panel.command(command, by=occasion.by)
