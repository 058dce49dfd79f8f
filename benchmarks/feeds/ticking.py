"""A panel whose power is another one at each tick; what is newest wins."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schema.ports import Availability, PanelView

RUSH = signal.SIGUSR2
CALM_S, RUSH_S = 1.0, 0.001
SERIAL = "nj-2316-00042"
NAMES = ("Kitchen", "Refrigerator", "Pool", "Solar", "Garage", "Office", "Washer", "Heat pump")


@dataclass(frozen=True, slots=True)
class Load:
    id: str
    name: str
    power_w: float


@dataclass(frozen=True, slots=True)
class Grid:
    grid_power_w: float


@dataclass(frozen=True, slots=True)
class Seen:
    panel: Grid
    circuits: list[Load]


SEEN: Any = Seen(Grid(1250.5), [Load(f"c{number}", name, 150.25) for number, name in enumerate(NAMES)])


class Ticking:
    """The port, as far as a live feed of power asks it. Ticks come each second; from the signal RUSH on, each ms."""

    def __init__(self) -> None:
        self._every_s = CALM_S
        self._newest = _view(0)
        self._changed: asyncio.Future[None] | None = None

    def get(self, _serial: str) -> PanelView:
        return self._newest

    async def updates(self, _serial: str, _every_s: float = 0.0) -> AsyncGenerator[PanelView, None]:
        seen = None
        while True:
            if self._newest is seen:
                if self._changed is None:
                    self._changed = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._changed)
            seen = self._newest
            yield seen

    async def tick(self) -> None:
        asyncio.get_running_loop().add_signal_handler(RUSH, self._rush)
        while True:
            await asyncio.sleep(self._every_s)
            self._newest = _view(self._newest.sequence + 1)
            if self._changed is not None:
                self._changed.set_result(None)
                self._changed = None

    def _rush(self) -> None:
        self._every_s = RUSH_S


def _view(sequence: int) -> PanelView:
    at = datetime.now(UTC)
    return PanelView(SERIAL, "bench", "127.0.0.1", 80, Availability.ONLINE, sequence, at, at, SEEN)
