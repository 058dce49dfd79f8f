"""One machine: it takes a batch, is set up, works, breaks down and is repaired, and hands on when there is room."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf
from random import Random
from typing import Any, Protocol

import structlog
from simpy import Event, Interrupt, Process, Timeout

from clients.plant.models import Stage
from server.plant.batch import LINES, STOPPABLE, Batch, BatchState, Visit, VisitState
from server.plant.clock import Clock
from server.plant.configuration import MachineSettings
from server.plant.conservation import left_kg
from server.plant.events import EventKind, Stopped, Teller
from server.plant.models.errors import ModelError
from server.plant.outcome import Outcome
from server.plant.stopping import Shut, Stop

logger = structlog.get_logger()

Step = Callable[..., Outcome]
"""A stage: (material, parameters, dice) -> Outcome; the winding has two materials, the anode's and the cathode's."""

BROKE = "busbar could not work out what the machine does; its log says why"

Life = Generator[Event, Any, None]

WORKING, DONE = VisitState.WORKING, VisitState.DONE  # looked up here once: before Python 3.12 that is slow
SETUP, EVENT_WORKING, FINISHED = EventKind.MACHINE_SETUP, EventKind.MACHINE_WORKING, EventKind.STEP_FINISHED
RELEASED, STARVED = EventKind.MACHINE_RELEASED, EventKind.MACHINE_STARVED
DOWN, BLOCKED = EventKind.MACHINE_DOWN, EventKind.MACHINE_BLOCKED


class Inbox(Protocol):
    """Where a machine's batches come from."""

    def get(self) -> Batch | None:
        """The next batch, or None."""

    def wait(self) -> Event:
        """The event of the next batch."""

    def leave(self) -> Event | None:
        """Nobody waits any more; the event that was waited for."""

    def come(self, taker: Event) -> None:
        """Wait again."""

    def drop(self, batch: Batch) -> None:
        """Throw a batch away."""

    def __len__(self) -> int: ...


class Outbox(Protocol):
    """Where a machine's batches go."""

    def put(self, batch: Batch) -> Event | None:
        """Take a batch, or give the event to wait for."""

    def withdraw(self, batch: Batch) -> bool:
        """Give back a batch that waits."""

    def offer(self, batch: Batch, waiting: Event) -> None:
        """Take it again, or let it wait for that event."""


class Plant(Protocol):
    """What a machine knows of the plant around it."""

    env: Clock
    teller: Teller

    def takes(self, batch: Batch, index: int) -> None:
        """The machine of that index takes the batch."""

    def end(self, batch: Batch, state: BatchState, reason: str) -> None:
        """The batch goes no further; all that is left of it is scrap."""


class Machine:
    """Works on one batch at a time.

    Failures depend on operation: the machine fails after having worked for a random time (exponential, mean
    `mtbf_s`; having no memory, it is drawn afresh for each batch and after each repair), and goes on where it was when
    repaired (exponential, mean `mttr_s`). From `stop` to `start` all of it stands still: what is worked at, a set-up,
    a repair, and what is blocked; nothing is taken in.
    """

    def __init__(
        self, plant: Plant, index: int, settings: MachineSettings, step: Step, seed: str, inbox: Inbox, outbox: Outbox
    ) -> None:
        self.key = settings.key
        self.parameters = settings.parameters
        self.inbox, self.outbox = inbox, outbox
        self.inside: list[Batch] = []
        self.index, self._gives_to = index, LINES.index(self.key.line)
        self._winds = self.key.stage is Stage.REWINDING
        self._announces = self.key.stage in (Stage.MIXING, Stage.REWINDING)
        self._plant, self._env, self._tell, self._step = plant, plant.env, plant.teller.tell, step
        self._dice = Random(f"{seed}/{self.key.line}/{self.key.stage}/physics")  # noqa: S311 (chance, no secret)
        self._failures = Random(f"{seed}/{self.key.line}/{self.key.stage}/failures")  # noqa: S311 (likewise)
        self._setup_s, self._mtbf_s, self._mttr_s = settings.setup_s, settings.mtbf_s, settings.mttr_s
        self._starved = True
        self._stop: Stop | None = None
        self.process: Process = self._env.process(self._live())

    def drop(self, batch: Batch) -> None:
        """Let go of an ended batch: work on it stops at once, a repair is first brought to its end."""
        self.inbox.drop(batch)
        visit = batch.visits[self.index]
        if visit is not None and visit.state in STOPPABLE:
            visit.process.interrupt()
        elif visit is not None and self._stop is not None:
            self._stop.drop(batch, visit)

    @property
    def stopped_because(self) -> str | None:
        """Why it was stopped; None when it was not, whatever else it waits for."""
        return None if self._stop is None else self._stop.reason

    def stop(self, reason: str) -> bool:
        """Let all of it stand still; False when it does already."""
        if self._stop is not None:
            return False
        inside = [(batch, visit) for batch in self.inside if (visit := batch.visits[self.index]) is not None]
        self._stop = Stop(self._env, reason, inside, self.outbox)
        self._stop.hold([self.process.target, *(visit.process.target for _, visit in inside)])
        self.inbox = Shut(self.inbox, self._env)
        self._tell(self._env.now, DOWN, self.key, None, 1, Stopped(reason))
        return True

    def start(self) -> bool:
        """Let all of it go on where it was; False when it was not stopped."""
        if self._stop is None:
            return False
        assert isinstance(self.inbox, Shut)  # noqa: S101 (since it was stopped)
        self._stop.end()
        self._stop, self.inbox = None, self.inbox.open()
        self._tell(self._env.now, EventKind.MACHINE_STARTED, self.key)
        return True

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
            self._tell(self._env.now, STARVED, self.key)

    def _serve(self, batch: Batch, process: Process, units: int) -> Life:
        """The whole visit, from the set-up until the batch has left, or has ended while it was here."""
        visit = self._take(batch, process, units)
        parameters = batch.own.get(self.index, self.parameters)
        try:
            if self._setup_s > 0:
                self._tell(self._env.now, SETUP, self.key, batch.id, units)
                yield Timeout(self._env, self._setup_s)
            if self._begin(batch, visit, parameters):
                if self._mtbf_s is not None:
                    yield from self._work_in_parts(batch, visit, self._mtbf_s)
                else:
                    self._go(batch, visit)
                    yield Timeout(self._env, visit.duration_s)
        except Interrupt:
            self._halt(visit, VisitState.STOPPED)
        room = self._leave(batch, visit)
        if room is not None:
            yield room
            visit.state = DONE
            self._tell(self._env.now, RELEASED, self.key, batch.id, units)
        self.inside.remove(batch)

    def _take(self, batch: Batch, process: Process, units: int) -> Visit:
        self._starved = False
        self.inside.append(batch)
        visit = batch.visits[self.index] = Visit(process, units)
        if self._announces:
            self._plant.takes(batch, self.index)
        return visit

    def _begin(self, batch: Batch, visit: Visit, parameters: object) -> bool:
        """Compute what the machine will make of the batch; False when its physics cannot."""
        try:
            outcome, given_kg = self._make(batch, parameters)
            if not 0 < outcome.duration_s < inf:
                raise ValueError(f"it would take {outcome.duration_s} s")
        except (ArithmeticError, ValueError) as error:
            return self._fail(batch, visit, str(error))
        except ModelError:
            raise
        except Exception:  # a bug in one stage must not take the other batches with it; it is logged
            logger.exception("machine_broke", machine=f"{self.key.line}/{self.key.stage}", batch=batch.id)
            return self._fail(batch, visit, BROKE)
        visit.left_kg = left_kg(self.key, given_kg, outcome)
        visit.outcome = outcome
        visit.duration_s = outcome.duration_s * self._rounds(batch, visit)
        return True

    def _fail(self, batch: Batch, visit: Visit, why: str) -> bool:
        visit.state = VisitState.STOPPED
        self._plant.end(batch, BatchState.FAILED, f"{self.key.line}/{self.key.stage}: {why}")
        return False

    def _make(self, batch: Batch, parameters: object) -> tuple[Outcome, float]:
        """What comes of the batch, and the solids that it is made of, in kg."""
        own, given_kg = self._gives_to, batch.solids_kg
        if self._winds:
            return self._step(*batch.materials[:own], parameters, self._dice), sum(given_kg[:own])
        return self._step(batch.materials[own], parameters, self._dice), given_kg[own]

    def _rounds(self, batch: Batch, visit: Visit) -> int:  # noqa: ARG002 (a pool needs them)
        return 1

    def _work_in_parts(self, batch: Batch, visit: Visit, mtbf_s: float) -> Life:
        """Work, fail, be repaired, until all is done or the batch has ended under repair."""
        rest_s, good_s = visit.duration_s, self._failures.expovariate(1.0) * mtbf_s
        while rest_s > good_s:
            self._go(batch, visit)
            yield Timeout(self._env, good_s)
            self._halt(visit, VisitState.DOWN)
            self._tell(self._env.now, DOWN, self.key, batch.id, visit.units)
            yield Timeout(self._env, self._failures.expovariate(1.0) * self._mttr_s)
            if batch.ended:
                visit.state = VisitState.STOPPED
                return
            rest_s, good_s = rest_s - good_s, self._failures.expovariate(1.0) * mtbf_s
        self._go(batch, visit)
        yield Timeout(self._env, rest_s)

    def _go(self, batch: Batch, visit: Visit) -> None:
        visit.state, visit.since_s = WORKING, self._env.now
        self._tell(visit.since_s, EVENT_WORKING, self.key, batch.id, visit.units)

    def _halt(self, visit: Visit, state: VisitState) -> None:
        visit.done_s, visit.state = visit.worked_s(self._env.now), state

    def _leave(self, batch: Batch, visit: Visit) -> Event | None:
        """Hand the batch on; the event to wait for when there is no room for it."""
        outcome = visit.outcome
        if visit.state is not WORKING or outcome is None:
            self._tell(self._env.now, RELEASED, self.key, batch.id, visit.units)
            return None
        visit.state, visit.outcome = DONE, None
        batch.materials[self._gives_to] = outcome.material
        batch.solids_kg[self._gives_to] = visit.left_kg
        self._tell(self._env.now, FINISHED, self.key, batch.id, visit.units, outcome)
        if visit.left_kg <= 0:
            self._plant.end(batch, BatchState.SCRAPPED, f"nothing is left behind {self.key.line}/{self.key.stage}")
            return None
        room = self.outbox.put(batch)
        if room is not None:
            visit.state = VisitState.BLOCKED
            self._tell(self._env.now, BLOCKED, self.key, batch.id, visit.units)
        return room
