"""One panel under control: what all its verbs share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from emulator.clock import LATEST_TICK
from emulator.commands import Command
from emulator.control.history import History
from emulator.control.log import CommandLog, Done, Entry, Through
from emulator.control.plan import Answer, Plan
from emulator.control.verbs import Verb
from emulator.errors import CommandRefusedError, ControlRefusedError
from emulator.panel import EmulatedPanel

PIECE_S = 7200
"""Simulated seconds that pass at once before others have their turn: about ten milliseconds of physics."""

_ARGUMENTS = {"circuit_id": "circuit", "closed": "position"}
"""What verbs call the fields of commands."""


class Conductor(Protocol):
    """Who carries verbs out, one after another: `emulator.control.fleet.Control`."""

    def do(self, verb: Verb, selected: Sequence[Controlled], arguments: Mapping[str, Any], by: str) -> list[Done]:
        """Plan for all that are selected, then carry out."""

    def next_order(self) -> int:
        """The number of the next entry of any log."""

    def taken_serials(self) -> set[str]:
        """Those that a panel cannot be given."""


class Controlled:
    """A panel, where it listens, its command log, and who gives the commands when Python code does."""

    def __init__(self, panel: EmulatedPanel, conductor: Conductor, *, by: str = "") -> None:
        self.panel, self.conductor, self.by = panel, conductor, by
        self.port: int | None = None
        self.log = CommandLog()
        self._history = History(panel)

    @property
    def serial(self) -> str:
        """The panel's serial now."""
        return self.panel.device.serial

    def does(self, verb: Verb, arguments: Mapping[str, Any]) -> Done:
        """Carry a change out in Python; ControlRefusedError."""
        return self.conductor.do(verb, [self], arguments, self.by)[0]

    def catch_up(self) -> None:
        """Take what the panel's clients have done since the last time into the log."""
        for tick, by, (verb, arguments) in self._history.news():
            self._record(tick, by, "panel", verb, arguments)

    def noted(self, verb: Verb, arguments: Mapping[str, Any], by: str) -> Entry:
        """Enter a change that the control has made just now."""
        self._history.skip()
        return self._record(self.panel.now(), by, "control", verb.path, arguments)

    def note_again(self, entry: Entry) -> None:
        """Enter what a replay has done just now, as it was said to have been done first."""
        self._history.skip()
        self._record(entry.tick, entry.by, entry.through, entry.verb, entry.arguments)

    def forget(self) -> None:
        """Begin a new log."""
        self._history.skip()
        self.log.clear()

    def obeying(self, *commands: Command) -> Plan:
        """Have the device obey all of these, or none; ControlRefusedError."""
        self.check(*commands)

        def finish() -> Answer:
            for command in commands:
                self.panel.command(command, by=self.by)
            return {}

        return Plan(finish, is_brief=True)

    def doing(self, act: Callable[[], object]) -> Plan:
        """Do something that cannot be refused and tells nothing."""

        def finish() -> Answer:
            act()
            return {}

        return Plan(finish)

    def check(self, *commands: Command) -> None:
        """Raise ControlRefusedError unless the device would obey these one after another."""
        try:
            self.panel.check(*commands)
        except CommandRefusedError as error:
            where = _ARGUMENTS.get(error.where, error.where)
            raise ControlRefusedError(f"panel {self.serial}: {error.reason}", where) from error

    def travelling(self, tick: int) -> Plan:
        """Let the panel's time pass until `tick`, in pieces, its physics with it; ControlRefusedError."""
        now = self.panel.clock.tick()
        if not now <= tick <= LATEST_TICK:
            span = f"{self.when(now)} ({now}) to {self.when(LATEST_TICK)} ({LATEST_TICK})"
            raise ControlRefusedError(f"{tick} is not in the future of panel {self.serial}", "time", [span])
        return Plan(lambda: self.arrive(tick), lambda: self._pieces(tick), passes_s=tick - now)

    def playing(self) -> Answer | None:
        """The scenario that is played, or was last."""
        return None if self.panel.scenario is None else self.panel.scenario.as_json()

    def moment(self) -> Answer:
        """The panel's time."""
        tick = self.panel.clock.tick()
        return {"tick": tick, "time": self.when(tick), "speed": self.panel.clock.speed}

    def when(self, tick: int) -> str:
        """A tick as the time that a clock beside the panel shows."""
        zone = ZoneInfo(self.panel.device.config.time_zone)
        return datetime.fromtimestamp(tick, UTC).astimezone(zone).isoformat()

    def circuit_id(self, wanted: str) -> str:
        """The id of the circuit that has this id or, alone, this name; ControlRefusedError lists all."""
        device = self.panel.device
        named = {
            config.id: now.name for config, now in zip(device.config.circuits, device.settings.circuits, strict=True)
        }
        found = [wanted] if wanted in named else [one for one, name in named.items() if name == wanted]
        if len(found) == 1:
            return found[0]
        listed = [f"{one} ({name})" for one, name in named.items()]
        reason = "several circuits have that name" if found else f"panel {self.serial} has no such circuit"
        raise ControlRefusedError(reason, "circuit", listed)

    def target(self, wanted: str | int | None) -> str | int | None:
        """What a command takes for a circuit's id or name, an unmapped tab, or None; ControlRefusedError."""
        if isinstance(wanted, str):
            return self.circuit_id(wanted)
        tabs = sorted(tab for placement in self.panel.device.config.unmapped for tab in placement.tabs)
        if wanted is not None and wanted not in tabs:
            raise ControlRefusedError(
                f"{wanted} is no unmapped tab of {self.serial} with a load", "target", [str(tab) for tab in tabs]
            )
        return wanted

    def _pieces(self, tick: int) -> Iterator[None]:
        clock = self.panel.clock
        while (now := clock.tick()) + PIECE_S < tick:
            clock.jump(now + PIECE_S)
            self.panel.reading()
            yield

    def arrive(self, tick: int) -> Answer:
        """Be at `tick` at least, and show what the physics is then."""
        clock = self.panel.clock
        clock.jump(max(tick, clock.tick()))
        self.panel.reading()
        return self.moment()

    def _record(self, tick: int, by: str, through: Through, verb: str, arguments: Mapping[str, Any]) -> Entry:
        entry = Entry(self.conductor.next_order(), tick, by, through, verb, dict(arguments))
        self.log.record(entry)
        return entry
