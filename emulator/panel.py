"""One emulated panel: a device with its clock, door, clients, firmware and journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from emulator import sampling
from emulator.auth import Clients
from emulator.clock import PanelClock
from emulator.commands import Command, SwapSerial
from emulator.config import load_panel, shipped_panels
from emulator.device import Device, Fidelity
from emulator.door import Door
from emulator.errors import ConfigError
from emulator.exchange import Request, Response
from emulator.firmware import DEFAULT_FIRMWARE, FIRMWARES, Firmware, firmware_named
from emulator.journal import JOURNAL_LIMIT, Journal
from emulator.layout import PanelConfig
from emulator.reading import CircuitReading, Reading

DEFAULT_START = datetime(2026, 6, 21, 12, tzinfo=UTC)
"""Noon of midsummer: the sun shines, and nothing depends on the day it is today."""


MAX_READY = 512
"""Answers kept for one reading: every circuit's, and some that spell their address in another way."""


class EmulatedPanel:
    """The device and all that stands around it; `emulator.answering` answers its requests.

    `ready` holds the answers that show nothing but the present reading; it is emptied when the reading changes.
    """

    def __init__(
        self,
        device: Device,
        clock: PanelClock,
        *,
        seed: int = 0,
        unlocked: bool = False,
        firmware: Firmware = FIRMWARES[DEFAULT_FIRMWARE],
        journal_limit: int = JOURNAL_LIMIT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.firmware = firmware
        self.journal = Journal(journal_limit)
        self.monotonic = monotonic
        self._is_always_unlocked = unlocked
        self._first_speed = clock.speed
        self._begin(device, clock, seed)

    def _begin(self, device: Device, clock: PanelClock, seed: int) -> None:
        """What `reset` begins again."""
        self.device, self.clock, self.seed = device, clock, seed
        self.door = Door(always_unlocked=self._is_always_unlocked)
        self.clients = Clients(seed=seed, serial=device.serial)
        self.ready: dict[str, Response] = {}
        self._began = clock.tick()
        self._shown: tuple[int, int] | None = None
        self._reading: Reading

    @classmethod
    def create(
        cls,
        source: str | Path | PanelConfig,
        *,
        seed: int = 0,
        start: datetime | int = DEFAULT_START,
        speed: float = 1.0,
        fidelity: Fidelity = "strict",
        unlocked: bool = False,
        firmware: str = DEFAULT_FIRMWARE,
        journal_limit: int = JOURNAL_LIMIT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> EmulatedPanel:
        """A panel from a YAML file, a shipped one's name ("house-32") or a configuration.

        `start` is aware, or epoch seconds; `speed` 0 freezes the clock. ConfigError, ClockRefusedError,
        UnknownFirmwareError.
        """
        config = source if isinstance(source, PanelConfig) else load_panel(find_panel(source))
        clock = PanelClock(epoch_tick(start), speed=speed, monotonic=monotonic)
        device = Device(config, seed=seed, start=clock.tick(), fidelity=fidelity)
        return cls(
            device,
            clock,
            seed=seed,
            unlocked=unlocked,
            firmware=firmware_named(firmware),
            journal_limit=journal_limit,
            monotonic=monotonic,
        )

    def reset(self, seed: int | None = None, start: int | None = None) -> None:
        """Be as when made, on the same seed and start or others: at the first speed, without clients or journal."""
        device, seed = self.device, self.seed if seed is None else seed
        clock = PanelClock(device.start if start is None else start, speed=self._first_speed, monotonic=self.monotonic)
        again = Device(device.config, seed=seed, start=clock.tick(), fidelity=device.fidelity)
        self.journal.clear()
        self._begin(again, clock, seed)

    def reading(self) -> Reading:
        """What the device shows now; the same object until the second or the device changes."""
        now = (self.clock.tick(), self.device.version)
        if now != self._shown:
            self.ready.clear()
            self._reading = self.device.reading(now[0])
            self._shown = now
        return self._reading

    def replayed(self, request: Request) -> Response | None:  # noqa: ARG002  # for those that have one
        """What a recording answers; a living panel has none."""
        return None

    def lag_s(self) -> int:
        """Simulated seconds since the device was last looked at."""
        return self.clock.tick() - (self._shown[0] if self._shown else self._began)

    def keep_ready(self, path: str, response: Response) -> None:
        """Keep an answer that shows nothing but the present reading."""
        if len(self.ready) < MAX_READY:
            self.ready[path] = response

    def circuit(self, circuit_id: str) -> CircuitReading | None:
        """What the device shows of one circuit now."""
        return next((found for found in self.reading().circuits if found.id == circuit_id), None)

    def samples(self, uptime_s: int, branches: int) -> list[sampling.Sample]:
        """When each branch was measured: in pairs on the strict panel, all at once on the ideal one."""
        take = sampling.pairwise if self.device.fidelity == "strict" else sampling.at_once
        return take(uptime_s, branches)

    def command(self, command: Command, *, by: str = "") -> None:
        """Have the device obey now; CommandRefusedError, and nothing has changed then.

        Another serial is another panel, which knows none of the clients.
        """
        self.device.command(self.clock.tick(), command, by=by)
        if isinstance(command, SwapSerial):
            self.clients = Clients(seed=self.seed, serial=self.device.serial)

    def press_door(self) -> str:
        """Press the button in the door once and say what that did."""
        return self.door.press(self.clock.tick())


def find_panel(source: str | Path) -> Path:
    """The file of a shipped panel, by name, or the file itself; ConfigError when it is neither."""
    shipped = shipped_panels()
    if str(source) in shipped:
        return shipped[str(source)]
    path = Path(source)
    if not path.is_file():
        raise ConfigError(str(source), 1, "", f"no such file, and the shipped panels are {_listed(shipped)}")
    return path


def epoch_tick(start: datetime | int) -> int:
    """Epoch seconds of an aware time, or the number itself."""
    return start if isinstance(start, int) else int(start.timestamp())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
