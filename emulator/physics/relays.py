"""How the relays stand, and all else of the circuits that stays as it is from one command or shedding to the next."""

from __future__ import annotations

from typing import NamedTuple

from emulator.configuration.layout import PanelConfig
from emulator.physics.energy import Bus
from emulator.physics.islanding import Level
from emulator.physics.settings import Settings
from emulator.reading import CircuitReading, Counters


class Standing(NamedTuple):
    """Under `settings` and at `level`: the circuits without numbers, and whether each tab is closed."""

    settings: Settings
    level: Level
    labels: tuple[CircuitReading, ...]
    is_closed: tuple[bool, ...]
    open_tabs: tuple[int, ...]


class Relays:
    """The relays of one panel; remembers how they stood last."""

    def __init__(self, config: PanelConfig, bus: Bus) -> None:
        self._config, self._bus = config, bus
        self._last: Standing | None = None

    def standing(self, settings: Settings, level: Level) -> Standing:
        """How they stand; a tab without a circuit is closed."""
        last = self._last
        if last is None or last.settings is not settings or last.level is not level:
            last = self._last = self._stand(settings, level)
        return last

    def _stand(self, settings: Settings, level: Level) -> Standing:
        labels = self._labels(settings, level)
        is_open = {tab for label in labels if not label.is_closed for tab in label.tabs}
        is_closed = tuple(tab not in is_open for tab in range(1, self._config.tabs + 1))
        return Standing(settings, level, labels, is_closed, tuple(sorted(is_open)))

    def _labels(self, settings: Settings, level: Level) -> tuple[CircuitReading, ...]:
        """The panel opens relays itself when it sheds."""
        shed = self._bus.shed(settings, level)
        return tuple(
            CircuitReading(
                id=config.id,
                name=now.name,
                tabs=config.tabs,
                is_closed=now.is_closed and not gone,
                power_mw=0,
                energy=Counters(0, 0),
                energy_tick=0,
                priority=now.priority,
                is_user_controllable=now.is_user_controllable,
                is_sheddable=now.is_sheddable,
                is_never_backup=now.is_never_backup,
            )
            for config, now, gone in zip(self._config.circuits, settings.circuits, shed, strict=True)
        )
