"""A batch on its way through the plant, and its visit to one machine."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from simpy import Process

from clients.plant.models import MACHINES, Line
from server.plant.material import Material
from server.plant.outcome import Outcome

LINES = tuple(Line)
STEPS = len(MACHINES)
NOTHING = tuple(Material(line) for line in LINES)
"""What a batch is before its first mixer."""


class BatchState(StrEnum):
    """Where a batch stands. The last four are for good."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    SCRAPPED = "scrapped"
    FAILED = "failed"


LIVE = (BatchState.QUEUED, BatchState.RUNNING)


class VisitState(StrEnum):
    """What a machine does with one batch."""

    SETUP = "setup"
    WORKING = "working"
    DOWN = "down"
    BLOCKED = "blocked"
    DONE = "done"
    STOPPED = "stopped"


STOPPABLE = (VisitState.SETUP, VisitState.WORKING)


class Visit:
    """One batch at one machine.

    `done_s` is what was worked before `since_s`, of `duration_s` in all; `left_kg` the solids that will come out.
    `outcome` is there while it is worked on; then an event has told it, and it is let go.
    """

    __slots__ = ("done_s", "duration_s", "left_kg", "outcome", "process", "since_s", "state", "units")

    def __init__(self, process: Process, units: int) -> None:
        self.process = process
        self.units = units
        self.state = VisitState.SETUP
        self.outcome: Outcome | None = None
        self.duration_s = 0.0
        self.done_s = 0.0
        self.since_s = 0.0
        self.left_kg = 0.0

    def progress(self, now_s: float) -> float:
        """From 0 to 1, never falling; it stands still while the machine is set up, down or blocked."""
        if self.is_done:
            return 1.0
        worked_s = self.worked_s(now_s)
        return min(1.0, worked_s / self.duration_s) if worked_s > 0 else 0.0

    @property
    def is_done(self) -> bool:
        """Whether the work is done, though the batch may still stand in the machine."""
        return self.state in (VisitState.BLOCKED, VisitState.DONE)

    def worked_s(self, now_s: float) -> float:
        """How long the machine has worked on the batch, in simulated seconds."""
        return self.done_s + (now_s - self.since_s) if self.state is VisitState.WORKING else self.done_s


class Batch:
    """What one order makes: two webs first, then cells. `own` holds the batch's own parameters by machine index."""

    __slots__ = (
        "finished_s",
        "id",
        "materials",
        "own",
        "queued_s",
        "reason",
        "recipe",
        "solids_kg",
        "stands",
        "started_s",
        "state",
        "visits",
    )

    def __init__(self, batch_id: str, own: Mapping[int, object], queued_s: float, recipe: str) -> None:
        self.id, self.recipe = batch_id, recipe
        self.own = own
        self.state = BatchState.QUEUED
        self.queued_s = queued_s
        self.started_s: float | None = None
        self.finished_s: float | None = None
        self.reason: str | None = None
        self.solids_kg = [0.0] * len(LINES)
        self.materials = list(NOTHING)
        self.visits: list[Visit | None] = [None] * STEPS
        self.stands: float | None = None

    @property
    def ended(self) -> bool:
        """Whether it left the plant, in whatever way."""
        return self.state not in LIVE

    @property
    def count(self) -> int:
        """Its cells; 0 before the winding."""
        return self.materials[-1].count

    def progress(self, now_s: float) -> float:
        """From 0 to 1, never falling: the mean over its sixteen steps. That of an ended batch stands as it was."""
        if self.stands is not None:
            return self.stands
        return sum(visit.progress(now_s) for visit in self.visits if visit is not None) / STEPS

    def end(self, state: BatchState, now_s: float, reason: str | None = None) -> None:
        """It leaves the plant at `now_s`."""
        self.stands = 1.0 if state is BatchState.COMPLETED else self.progress(now_s)
        self.state, self.finished_s, self.reason = state, now_s, reason
