"""The panel's time: standing still, going ahead, running faster."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from emulator.commands import Command, OverridePower
from emulator.control.controlled import Controlled
from emulator.control.plan import Answer, Plan
from emulator.control.values import Powers, Seconds, Speed, Time
from emulator.control.verbs import change
from emulator.errors import ControlRefusedError


class Timing(Controlled):
    """Verbs of time. What lets time pass answers when the physics has arrived."""

    @change("freeze", replays=False)
    def freeze(self) -> Plan:
        """Let the panel's time stand still, until `speed`, `step` or `jump`."""
        return self._at_speed(0.0)

    @change("speed", replays=False)
    def speed(self, speed: Speed) -> Plan:
        """Let the panel's time run at so many seconds per second."""
        return self._at_speed(speed)

    @change("step", replays=False)
    def step(self, seconds: Seconds) -> Plan:
        """Go so many seconds ahead, at once."""
        return self.travelling(self.panel.clock.tick() + seconds)

    @change("jump", replays=False)
    def jump(self, to: Time) -> Plan:
        """Go to a time, at once; never back: `reset` begins again."""
        return self.travelling(self._tick_of(to))

    @change("advance")
    def advance(self, powers: Powers, to: Time | None = None) -> Plan:
        """Go to a time, then hold circuits at powers: one command for a machine that drives the panel."""
        journey = self.travelling(self.panel.clock.tick() if to is None else self._tick_of(to))
        commands: list[Command] = [OverridePower(self.circuit_id(name), watts) for name, watts in powers.items()]
        then = self.obeying(*commands)

        def finish() -> Answer:
            arrived = journey.finish()
            then.finish()
            return arrived

        return replace(journey, finish=finish, logged={"powers": powers})

    def _at_speed(self, speed: float) -> Plan:
        def finish() -> Answer:
            self.panel.clock.set_speed(speed)
            return self.moment()

        return Plan(finish)

    def _tick_of(self, time: int | str) -> int:
        """Epoch seconds of what was given; ControlRefusedError."""
        if isinstance(time, int):
            return time
        try:
            wanted = datetime.fromisoformat(time)
            aware = wanted if wanted.tzinfo else wanted.replace(tzinfo=ZoneInfo(self.panel.device.config.time_zone))
            return int(aware.timestamp())
        except (ValueError, OverflowError):
            possible = ["epoch seconds", "2026-06-21T12:00", "2026-06-21T12:00Z"]
            raise ControlRefusedError(f"{time[:40]!r} is no time", "to", possible) from None
