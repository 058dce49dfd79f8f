"""One emulated panel: a device with its clock, door, clients, firmware and journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from emulator.auth import Clients
from emulator.clock import PanelClock
from emulator.commands import Command, Reboot, SwapSerial
from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import PanelConfig
from emulator.device import Device, Fidelity
from emulator.door import Door
from emulator.errors import ConfigError
from emulator.faults.board import FaultBoard
from emulator.faults.connections import Connections
from emulator.faults.reboot import restart
from emulator.firmware import DEFAULT_FIRMWARE, FIRMWARES, Firmware, firmware_named
from emulator.http import sampling
from emulator.http.exchange import Request, Response
from emulator.journal import JOURNAL_LIMIT, Journal
from emulator.physics.settings import applied
from emulator.reading import CircuitReading, Reading
from emulator.scenarios.play import Play
from emulator.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from emulator.control.panel import PanelControl

DEFAULT_START = datetime(2026, 6, 21, 12, tzinfo=UTC)
"""Noon of midsummer: the sun shines, and nothing depends on the day it is today."""


MAX_READY = 512
"""Answers kept for one reading: every circuit's, and some that spell their address in another way."""


class EmulatedPanel:
    """The device and all that stands around it; `emulator.http.answering` answers its requests.

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
        self.journal = Journal(journal_limit)
        self.connections = Connections()
        self.monotonic = monotonic
        self._first_firmware = firmware
        self._is_always_unlocked = unlocked
        self._first_speed = clock.speed
        self._begin(device, clock, seed)

    def _begin(self, device: Device, clock: PanelClock, seed: int) -> None:
        """What `reset` begins again."""
        self.device, self.clock, self.seed, self.firmware = device, clock, seed, self._first_firmware
        self.door = Door(always_unlocked=self._is_always_unlocked)
        self.clients = self._new_clients()
        self.faults = FaultBoard(
            self.now,
            seed=seed,
            zone=ZoneInfo(device.config.time_zone),
            circuits=frozenset(circuit.id for circuit in device.config.circuits),
        )
        self._play: Play | None = None
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

    def _new_clients(self) -> Clients:
        return Clients(seed=self.seed, serial=self.device.serial, commands=lambda: self.device.version)

    def reset(self, seed: int | None = None, start: int | None = None) -> None:
        """Be as when made, on the same seed and start or others: at the first speed, without clients or journal."""
        device, seed = self.device, self.seed if seed is None else seed
        clock = PanelClock(device.start if start is None else start, speed=self._first_speed, monotonic=self.monotonic)
        again = Device(device.config, seed=seed, start=clock.tick(), fidelity=device.fidelity)
        self.journal.clear()
        self._begin(again, clock, seed)

    def now(self) -> int:
        """The present tick, with all done that a scenario had to do until then: each thing at its own tick."""
        tick = self.clock.tick()
        return tick if self._play is None else self._play.caught_up(tick)

    def reading(self) -> Reading:
        """What the device shows now; the same object until the second or the device changes."""
        now = (self.now(), self.device.version)
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

    def check(self, *commands: Command) -> None:
        """Raise CommandRefusedError unless the device would obey all of these, one after another."""
        settings = self.device.settings
        for command in commands:
            settings = applied(self.device.config, settings, command, self.device.start)

    def command(self, command: Command, *, by: str = "") -> None:
        """Have the device obey now; CommandRefusedError, and nothing has changed then."""
        self.device.command(self.now(), command, by=by)
        if isinstance(command, SwapSerial):
            self.clients = self._new_clients()
            self.door = self.door.unused()
            self.connections.drop()
        if isinstance(command, Reboot):
            restart(self.faults)
            self.connections.drop()

    @cached_property
    def control(self) -> PanelControl:
        """All that can be done to the panel, as the control does it: checked, in order, and logged."""
        from emulator.control.fleet import Control  # noqa: PLC0415  # which imports this

        return Control([self]).panels[0]

    def press_door(self) -> str:
        """Press the button in the door once and say what that did."""
        return self.door.press(self.now())

    def reboot(self, *, by: str = "") -> None:
        """Restart: connections drop, uptime and boot clocks begin again, `emulator.faults.reboot` tells the rest."""
        self.command(Reboot(), by=by)

    def swap(self, serial: str, *, by: str = "") -> None:
        """Replace it by another panel of its kind, whose door is unused and which knows none of the clients.

        CommandRefusedError.
        """
        self.command(SwapSerial(serial), by=by)

    def update(self, firmware: str, *, by: str = "") -> None:
        """Install another release, which restarts the panel; UnknownFirmwareError."""
        self.firmware = firmware_named(firmware)
        self.reboot(by=by)

    def go_offline(self, seconds: int, *, name: str = "offline") -> None:
        """Be gone for so many seconds of the panel's own time: connections are reset, also new ones.

        `name` is the fault's id. FaultRefusedError for less than a second.
        """
        self.faults.add({"kind": "offline", "for": seconds}, name)
        self.connections.drop()

    def is_offline(self) -> bool:
        """Whether it resets connections as they are made."""
        tick = self.now()
        return bool(self.faults) and self.faults.refuses_connections(tick)

    def attend(self) -> None:
        """Do what is due though nobody asks: what a scenario does, and the end of connections while offline."""
        self.now()
        if self.is_offline():
            self.connections.drop()

    @property
    def scenario(self) -> Play | None:
        """What is being played, or was last."""
        return self._play

    def play(self, scenario: Scenario) -> None:
        """Play a scenario from now on, in the place of another; ScenarioRefusedError, and nothing has changed then."""
        play = Play(scenario, self, self.now())
        self.stop_scenario()
        self._play = play
        self.now()

    def stop_scenario(self) -> None:
        """End the scenario, if one is played: what it holds for a time is let go, its faults too."""
        if self._play is not None:
            self._play.stop(self.now())
            self._play = None


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
