"""What stands still in a machine that is stopped, and how it goes on where it was.

Everything that it waits for is taken away from it and kept: what is left of its timers, its place before the inbox and
behind the outbox. Thus a machine that nobody stops never asks whether it is, and no dice are thrown for a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simpy import Event

from server.plant.batch import STOPPABLE, Batch, Visit, VisitState
from server.plant.clock import Clock

if TYPE_CHECKING:
    from server.plant.machine import Inbox, Outbox


class Shut:
    """In the place of the inbox: nothing comes out. `waits` is what the machine waits for before it."""

    def __init__(self, behind: Inbox, env: Clock) -> None:
        self.behind, self._env = behind, env
        self.waits = behind.leave()

    def get(self) -> Batch | None:
        """Nothing."""
        return None

    def wait(self) -> Event:
        """An event that does not come before the inbox is open again."""
        self.waits = Event(self._env)
        return self.waits

    def leave(self) -> Event | None:
        """As an inbox does."""
        waits, self.waits = self.waits, None
        return waits

    def come(self, waits: Event) -> None:
        """As an inbox does."""
        self.waits = waits

    def drop(self, batch: Batch) -> None:
        """As the inbox does."""
        self.behind.drop(batch)

    def __len__(self) -> int:
        return len(self.behind)

    def open(self) -> Inbox:
        """The inbox, with the machine before it again if it waits."""
        if self.waits is not None:
            self.behind.come(self.waits)
        return self.behind


class Stop:
    """Of one machine, from its making until `end`."""

    def __init__(self, env: Clock, reason: str, inside: Sequence[tuple[Batch, Visit]], outbox: Outbox) -> None:
        self.reason = reason
        self._env, self._outbox = env, outbox
        self._were: dict[Visit, VisitState] = {}
        self._stuck: dict[Batch, Visit] = {}
        for batch, visit in inside:
            if visit.state in STOPPABLE:
                self._were[visit] = visit.state
                visit.done_s, visit.state = visit.worked_s(env.now), VisitState.DOWN
            elif visit.state is VisitState.BLOCKED and outbox.withdraw(batch):
                self._stuck[batch] = visit
        self._timers: list[tuple[Event, float]] = []

    def hold(self, events: Sequence[Event]) -> None:
        """Those of them that the clock would bring do not come, for now."""
        self._timers = self._env.hold(events)

    def drop(self, batch: Batch, visit: Visit) -> None:
        """Let go of an ended batch; a repair is brought to its end first, when the machine goes on."""
        if visit in self._were:
            visit.process.interrupt()
        elif self._stuck.pop(batch, None) is not None:
            visit.process.target.succeed()

    def end(self) -> None:
        """All goes on, with what is left of it."""
        for visit, state in self._were.items():
            if visit.state is VisitState.DOWN:
                visit.state, visit.since_s = state, self._env.now
        self._env.release(self._timers)
        for batch, visit in self._stuck.items():
            self._outbox.offer(batch, visit.process.target)
