"""The panels of one process: read from their files, cloned, each with its own serial and seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from emulator.configuration.config import load_panel
from emulator.configuration.layout import PanelConfig
from emulator.device import Fidelity
from emulator.errors import ClockRefusedError
from emulator.firmware import DEFAULT_FIRMWARE
from emulator.journal import JOURNAL_LIMIT
from emulator.panel import EmulatedPanel, find_panel

FLEET_JOURNAL: Final = 250_000
"""Requests that all panels of a fleet remember together: the journals of 1,000 panels weigh 60 MB."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """`count` clones of each source, then the captures. `start` and `speed` left out are the file's, else now and 1."""

    sources: Sequence[str]
    count: int = 1
    seed: int = 0
    start: str | None = None
    speed: float | None = None
    fidelity: Fidelity = "strict"
    firmware: str = DEFAULT_FIRMWARE
    captures: Sequence[Path] = ()
    unlocked: bool = False

    def panels(self, now: datetime) -> list[EmulatedPanel]:
        """The panels, seeded `seed`, `seed + 1` and so on; ConfigError, ClockRefusedError, CaptureError."""
        made = [self._panel(number, config, now) for number, config in enumerate(self._configs())]
        return made + [self._replayed(number, path) for number, path in enumerate(self.captures, start=len(made))]

    def _panel(self, number: int, config: PanelConfig, now: datetime) -> EmulatedPanel:
        return EmulatedPanel.create(
            config,
            seed=self.seed + number,
            start=start_of(config, self.start, now),
            speed=config.time_acceleration if self.speed is None else self.speed,
            fidelity=self.fidelity,
            unlocked=self.unlocked,
            firmware=self.firmware,
            journal_limit=min(JOURNAL_LIMIT, FLEET_JOURNAL // (len(self.sources) * self.count)),
        )

    def _replayed(self, number: int, path: Path) -> EmulatedPanel:
        from emulator.recording.replay import replayed_panel  # noqa: PLC0415  # few replay

        return replayed_panel(
            path,
            seed=self.seed + number,
            start=None if self.start is None else parsed_start(self.start, UTC),
            speed=1.0 if self.speed is None else self.speed,
            unlocked=self.unlocked,
            firmware=self.firmware,
        )

    def _configs(self) -> Iterator[PanelConfig]:
        """Every panel's configuration; a serial that was there before gets a number at its end."""
        serials: set[str] = set()
        for source in self.sources:
            config = load_panel(find_panel(source))
            for _ in range(self.count):
                serial = _unused(config.serial, serials)
                serials.add(serial)
                yield config.with_serial(serial)


def start_of(config: PanelConfig, wanted: str | None, now: datetime) -> datetime:
    """When the panel's time begins: as wanted, as its file says, or now. Without offset it is in the panel's zone."""
    text = wanted or config.start_time
    return now if text is None else parsed_start(text, ZoneInfo(config.time_zone))


def parsed_start(text: str, zone: tzinfo) -> datetime:
    """The time that a text tells, in `zone` without an offset; ClockRefusedError."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise ClockRefusedError(f"start {text!r} is not a time such as 2026-06-21T00:00 or 2026-06-21T00:00Z") from None
    return start if start.tzinfo else start.replace(tzinfo=zone)


def _unused(serial: str, taken: set[str]) -> str:
    number, candidate = 1, serial
    while candidate in taken:
        number += 1
        candidate = f"{serial}-{number}"
    return candidate
