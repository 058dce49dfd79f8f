"""One machine: it takes a batch, is set up, works, breaks down and is repaired, and hands on when there is room."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf, isfinite
from random import Random
from typing import Any, Protocol

from simpy import Environment, Event, Interrupt, Process, Timeout

from clients.plant.models import Stage
from server.plant.batch import LINES, STOPPABLE, Batch, BatchState, Visit, VisitState
from server.plant.configuration import MachineSettings
from server.plant.conservation import check
from server.plant.events import EventKind, Teller
from server.plant.outcome import Outcome

Step = Callable[..., Outcome]
"""A stage: (material, parameters, dice) -> Outcome; the winding has two materials, the anode's and the cathode's."""

Life = Generator[Event, Any, None]


class Inbox(Protocol):
    """Where a machine's batches come from."""

    def get(self) -> Batch | None:
        """The next batch, or None."""

    def wait(self) -> Event:
        """The event of the next batch."""

    def drop(self, batch: Batch) -> None:
        """Throw a batch away."""

    def __len__(self) -> int: ...


class Outbox(Protocol):
    """Where a machine's batches go."""

    def put(self, batch: Batch) -> Event | None:
        """Take a batch, or give the event to wait for."""


class Plant(Protocol):
    """What a machine knows of the plant around it."""

    env: Environment
    teller: Teller

    def takes(self, batch: Batch, index: int) -> None:
        """The machine of that index takes the batch."""

    def end(self, batch: Batch, state: BatchState, reason: str) -> None:
        """The batch goes no further; all that is left of it is scrap."""


class Machine:
    """Works on one batch at a time.

    Failures depend on operation: the machine fails after having worked for a random time (exponential, mean
    `mtbf_s`; having no memory, it is drawn afresh for each batch and after each repair), and goes on where it was when
    repaired (exponential, mean `mttr_s`).
    """

    def __init__(
        self, plant: Plant, index: int, settings: MachineSettings, step: Step, seed: str, inbox: Inbox, outbox: Outbox
    ) -> None:
        self.key = settings.key
        self.parameters = settings.parameters
        self.inbox, self.outbox = inbox, outbox
        self.inside: list[Batch] = []
        self.index, self._gives_to = index, LINES.index(self.key.line)
        self._takes_from = (0, 1) if self.key.stage is Stage.REWINDING else (self._gives_to,)
        self._plant, self._env, self._settings, self._step = plant, plant.env, settings, step
        self._dice = Random(f"{seed}/{self.key.line}/{self.key.stage}/physics")  # noqa: S311 (chance, no secret)
        self._failures = Random(f"{seed}/{self.key.line}/{self.key.stage}/failures")  # noqa: S311 (likewise)
        self._starved = True
        self.process: Process = self._env.process(self._live())

    def drop(self, batch: Batch) -> None:
        """Let go of an ended batch: work on it stops at once, a repair is first brought to its end."""
        self.inbox.drop(batch)
        visit = batch.visits[self.index]
        if visit is not None and visit.state in STOPPABLE:
            visit.process.interrupt()

    def _live(self) -> Life:
        while True:
            batch = self.inbox.get()
            if batch is None:
                self._starve()
                batch = yield self.inbox.wait()
            if not batch.ended:
                yield from self._serve(batch, self.process, 1)

    def _starve(self) -> None:
        if not self._starved:
            self._starved = True
            self._tell(EventKind.MACHINE_STARVED)

    def _serve(self, batch: Batch, process: Process, units: int) -> Life:
        """The whole visit, from the set-up until the batch has left, or has ended while it was here."""
        self._starved = False
        self.inside.append(batch)
        visit = batch.visits[self.index] = Visit(process, units)
        self._plant.takes(batch, self.index)
        try:
            done = yield from self._work(batch, visit)
        except Interrupt:
            done = False
        visit.done_s, visit.state = visit.worked_s(self._env.now), VisitState.DONE if done else VisitState.STOPPED
        if done:
            yield from self._hand_on(batch, visit)
        else:
            self._tell(EventKind.MACHINE_RELEASED, batch, units)
        self.inside.remove(batch)

    def _work(self, batch: Batch, visit: Visit) -> Generator[Event, Any, bool]:
        """Set up and work; False when the batch ended meanwhile."""
        parameters = batch.own.get(self.index, self.parameters)
        if self._settings.setup_s > 0:
            self._tell(EventKind.MACHINE_SETUP, batch, visit.units)
            yield Timeout(self._env, self._settings.setup_s)
        if not self._begin(batch, visit, parameters):
            return False
        rest_s, good_s = visit.duration_s, self._next_failure_s()
        while rest_s > good_s:
            yield from self._run(batch, visit, good_s)
            yield from self._repair(batch, visit)
            if batch.ended:
                return False
            rest_s, good_s = rest_s - good_s, self._next_failure_s()
        yield from self._run(batch, visit, rest_s)
        return True

    def _begin(self, batch: Batch, visit: Visit, parameters: object) -> bool:
        """Compute what the machine will make of the batch; False when its physics cannot."""
        given = [batch.materials[line] for line in self._takes_from]
        try:
            outcome = self._step(*given, parameters, self._dice)
            if not (isfinite(outcome.duration_s) and outcome.duration_s > 0):
                raise ValueError(f"a duration of {outcome.duration_s} s")
        except (ArithmeticError, ValueError) as error:
            visit.state = VisitState.STOPPED
            self._plant.end(batch, BatchState.FAILED, f"{self.key.line}/{self.key.stage}: {error}")
            return False
        check(self.key, given, outcome)
        visit.outcome = outcome
        visit.duration_s = outcome.duration_s * self._rounds(batch, visit)
        return True

    def _rounds(self, batch: Batch, visit: Visit) -> int:  # noqa: ARG002 (a pool needs them)
        return 1

    def _run(self, batch: Batch, visit: Visit, time_s: float) -> Life:
        visit.state, visit.since_s = VisitState.WORKING, self._env.now
        self._tell(EventKind.MACHINE_WORKING, batch, visit.units)
        yield Timeout(self._env, time_s)

    def _repair(self, batch: Batch, visit: Visit) -> Life:
        visit.done_s, visit.state = visit.worked_s(self._env.now), VisitState.DOWN
        self._tell(EventKind.MACHINE_DOWN, batch, visit.units)
        yield Timeout(self._env, self._failures.expovariate(1.0) * self._settings.mttr_s)

    def _next_failure_s(self) -> float:
        mtbf_s = self._settings.mtbf_s
        return inf if mtbf_s is None else self._failures.expovariate(1.0) * mtbf_s

    def _hand_on(self, batch: Batch, visit: Visit) -> Life:
        outcome = visit.outcome
        assert outcome is not None  # noqa: S101 (worked to the end)
        batch.materials[self._gives_to] = outcome.material
        self._tell(EventKind.STEP_FINISHED, batch, visit.units, outcome)
        if outcome.material.solid_kg <= 0:
            self._plant.end(batch, BatchState.SCRAPPED, f"nothing is left behind {self.key.line}/{self.key.stage}")
            return
        room = self.outbox.put(batch)
        if room is not None:
            visit.state = VisitState.BLOCKED
            self._tell(EventKind.MACHINE_BLOCKED, batch, visit.units)
            yield room
            visit.state = VisitState.DONE
            self._tell(EventKind.MACHINE_RELEASED, batch, visit.units)

    def _tell(self, kind: EventKind, batch: Batch | None = None, units: int = 1, detail: object = None) -> None:
        self._plant.teller.tell(self._env.now, kind, self.key, None if batch is None else batch.id, units, detail)
