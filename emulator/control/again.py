"""Beginning again: reset, another seed, and the replay of a command log."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.clock import PanelClock
from emulator.control.controlled import Controlled
from emulator.control.plan import Answer, Plan
from emulator.control.recording import Recording, SavedLog, recorded
from emulator.control.values import Seed
from emulator.control.verbs import TABLE, change
from emulator.device import Device
from emulator.panel import EmulatedPanel

FROZEN = 0.0


class Again(Controlled):
    """Verbs that forget what has been."""

    @change("reset", replays=False)
    def reset(self, seed: Seed | None = None) -> Plan:
        """Be as when made: first time and speed; clients, faults, scenario, journal and command log are forgotten."""
        return Plan(lambda: self._begin(seed, None))

    @change("seed", replays=False)
    def seed(self, seed: Seed) -> Plan:
        """Begin again, as `reset` does, with another seed."""
        return Plan(lambda: self._begin(seed, None))

    @change("replay", replays=False)
    def replay(self, log: SavedLog) -> Plan:
        """Begin again and live through a command log: the panel then stands still where the log was read."""
        recording = recorded(log, self.panel)
        rehearsal = self._rehearsal(recording)

        def pieces() -> Iterator[None]:
            yield from rehearsal.lives_through(recording)  # refuses here, if at all, where nothing is changed by it
            self._begin(recording.seed, recording.start)
            self.panel.clock.freeze()
            yield from self.lives_through(recording)

        return Plan(
            self.moment,
            pieces,
            passes_s=recording.until - recording.start,
            logged={"commands": len(recording.entries)},
        )

    def lives_through(self, recording: Recording) -> Iterator[None]:
        """Do everything of the recording at its time, in pieces, and enter it into the log."""
        for entry in recording.entries:
            yield from self.travelling(entry.tick).pieces()
            self.arrive(entry.tick)
            verb = TABLE[entry.verb]
            if verb.replays:
                plan: Plan = verb.function(self, **verb.checked(entry.arguments))
                yield from plan.pieces()
                plan.finish()
            self.note_again(entry)
        yield from self.travelling(recording.until).pieces()
        self.arrive(recording.until)

    def _rehearsal(self, recording: Recording) -> Again:
        from emulator.control.fleet import Control  # noqa: PLC0415  # which is made of this

        reserved = self.conductor.taken_serials() - {self.serial}
        return Control([_beside(self.panel, recording)], reserved=reserved).panels[0]

    def _begin(self, seed: int | None, start: int | None) -> Answer:
        self.panel.reset(seed, start)
        self.forget()
        return self.moment()


def _beside(panel: EmulatedPanel, recording: Recording) -> EmulatedPanel:
    """Another panel of the same kind, at the recording's beginning."""
    device = Device(panel.device.config, seed=recording.seed, start=recording.start, fidelity=panel.device.fidelity)
    clock = PanelClock(recording.start, speed=FROZEN, monotonic=panel.monotonic)
    return EmulatedPanel(device, clock, seed=recording.seed, firmware=panel.firmware, monotonic=panel.monotonic)
