"""What the API asks of the plant: how it stands, what it is told to do, and what happens in it.

Simulated times are seconds since the plant's beginning; times of day are aware UTC.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from clients.plant.models import MachineFigures, MachineKey, PlantFigures
from clients.plant.parameters import Parameters
from schema.ports.events import Position
from schema.ports.series import Series

if TYPE_CHECKING:
    from schema.plant.refusals import PlantRefusal

FASTEST = 1e9
"""The highest number of simulated seconds a second; beyond it there is `max`."""


# --- how it stands -----------------------------------------------------------------------------------------


class Pace(StrEnum):
    """How simulated time follows the wall clock. FACTOR goes with a number."""

    MAX = "max"
    VISIBLE = "visible"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Speed:
    """`factor` is simulated seconds a second, above 0 up to FASTEST, where the pace is FACTOR; else None."""

    pace: Pace
    factor: float | None = None

    @classmethod
    def of(cls, given: object) -> Speed | None:
        """`max`, `visible`, or a number (or its text); None for 0, which pauses. Raises ValueError with a sentence."""
        word = given.strip().lower() if isinstance(given, str) else given
        if isinstance(word, str) and word in (Pace.MAX, Pace.VISIBLE):
            return cls(Pace(word))
        try:
            factor = math.nan if isinstance(word, bool) else float(word)  # type: ignore[arg-type]  # refused below
        except (TypeError, ValueError, OverflowError):
            factor = math.nan
        if not 0 <= factor <= FASTEST:
            shown = str(given)[:40]
            raise ValueError(f"speed is {shown!r}: it must be 0, max, visible, or a number up to {FASTEST:g}")
        return cls(Pace.FACTOR, factor) if factor else None

    def __str__(self) -> str:
        return self.pace if self.factor is None else repr(self.factor)


class PlantState(StrEnum):
    """What the plant does. STALLED: what happened cannot be written down, so that nothing more happens until it can.

    RESTORING: the server started, and brings the plant to where it was; commands are refused for that moment.
    """

    RUNNING = "RUNNING"
    IDLE = "IDLE"
    PAUSED = "PAUSED"
    RESTORING = "RESTORING"
    STALLED = "STALLED"


class MachineState(StrEnum):
    """What a machine does; STARVED is waiting for work, BLOCKED waiting for room behind it."""

    STARVED = "STARVED"
    SETUP = "SETUP"
    WORKING = "WORKING"
    DOWN = "DOWN"
    BLOCKED = "BLOCKED"


class BatchState(StrEnum):
    """Where a batch stands; all but the first two are for good. INTERRUPTED: the server could not bring it back."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    SCRAPPED = "SCRAPPED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


class StepState(StrEnum):
    """What becomes of a batch at one machine. STOPPED: it ended while it was there."""

    WAITING = "WAITING"
    SETUP = "SETUP"
    WORKING = "WORKING"
    DOWN = "DOWN"
    BLOCKED = "BLOCKED"
    DONE = "DONE"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class MachineView:
    """One machine now. `batch_ids` are all inside (a pool holds many), `current_batch_id` the one that came first.

    `progress` is the current batch's in this machine, 0 to 1; None while it is empty. `figures` are since the run
    began. `power_w` is the electrical power that it draws now; its energy is booked when a step ends.
    """

    key: MachineKey
    state: MachineState
    parameters: Parameters
    current_batch_id: str | None
    batch_ids: tuple[str, ...]
    progress: float | None
    figures: MachineFigures
    power_w: float


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a machine made of a batch: see the stage's page in `docs/plant.md` for its `readings` and `flags`.

    `duration_s` is work alone; `finished_s` when it was done. `energy_kwh` is what the machine drew, `scrap_kg` the
    solids lost here by cause, `yield_share` the solids that went out of those that came (1 where none came), `cells`
    how many cells left, 0 before the winding.
    """

    finished_s: float
    duration_s: float
    energy_kwh: float
    yield_share: float
    cells: int
    scrap_kg: Mapping[str, float]
    flags: tuple[str, ...]
    readings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StepView:
    """A batch's visit to one machine; `result` is None until it is done, `progress` goes from 0 to 1."""

    machine: MachineKey
    state: StepState
    progress: float
    result: StepResult | None = None


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch. `parameters` are its own, by machine; elsewhere the machine's hold.

    `recipe` names the cell that it is to become.

    `steps` are all sixteen, in the order of the material's way. `reason` says in a sentence why it was not completed.
    `energy_kwh` is what the machines drew for it. `cells` and `cells_kwh` are the good ones it was completed with.
    """

    id: str
    state: BatchState
    progress: float
    queued_at: datetime
    queued_s: float
    recipe: str
    started_at: datetime | None = None
    started_s: float | None = None
    finished_at: datetime | None = None
    finished_s: float | None = None
    reason: str | None = None
    parameters: Mapping[MachineKey, Parameters] = field(default_factory=dict)
    steps: tuple[StepView, ...] = ()
    energy_kwh: float = 0.0
    cells: int = 0
    cells_kwh: float = 0.0


@dataclass(frozen=True, slots=True)
class PlantView:
    """The whole plant now. `speed` is how it runs, or will when resumed. `queue` are batch ids, next one first.

    `run` counts the plant's runs: a reset begins a new one. `position` is the log's end that this view is as of.
    """

    state: PlantState
    reason: str | None
    run: int
    seed: int
    simulated_s: float
    speed: Speed
    queue: tuple[str, ...]
    running: tuple[str, ...]
    machines: tuple[MachineView, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Batches, newest first. `places` tells the place behind each, for the next page's `after`.

    `total` counts those on all pages, where that was asked for.
    """

    items: tuple[BatchView, ...]
    places: tuple[str, ...]
    has_more: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingsWish:
    """Which READINGS and RESULTS of which machine, finished in [start_s, end_s), in at most `max_points` points."""

    names: Mapping[MachineKey, tuple[str, ...]]
    start_s: float | None
    end_s: float | None
    max_points: int


@dataclass(frozen=True, slots=True)
class PlantEntry:
    """One transition, as the log keeps it. `sequence` counts within the log's topic "plant", without gaps.

    `kind` is a stable word (`machine_working`); `progress` the batch's at that time; `detail` what goes with the kind.
    """

    sequence: int
    at: datetime
    simulated_s: float
    kind: str
    machine: MachineKey | None
    batch_id: str | None
    progress: float | None
    detail: Mapping[str, Any]
    position: Position


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is. `entry` is the transition that brought it here; None for a sample between two of them.

    `progress` never falls, and `position` is where to go on from; samples between are not repeated.
    """

    batch_id: str
    progress: float
    simulated_s: float
    entry: PlantEntry | None
    position: Position


# --- what it is told ---------------------------------------------------------------------------------------


class Applies(StrEnum):
    """From when a change of parameters counts."""

    NOW = "NOW"
    NEXT_BATCH = "NEXT_BATCH"


@dataclass(frozen=True, slots=True)
class ParametersChanged:
    """The machine with its new parameters. NEXT_BATCH: what is inside goes on as before."""

    machine: MachineView
    applies: Applies
    message: str


Changes = Mapping[str, Any]
"""A machine's parameters as a client sent them, some or all; unchecked."""


class Plant(Protocol):
    """The one plant of this server. What was answered is on stable storage.

    Every command may refuse PlantBusy and StorageFull beside what it names.
    """

    async def view(self) -> PlantView:
        """How it stands now."""

    async def machine(self, key: MachineKey) -> MachineView | None:
        """One machine; None for one that there is not (a mixer on the cell line)."""

    async def batch(self, batch_id: str) -> BatchView | None:
        """One batch, as long as it is kept; ended ones stay."""

    async def batches_by_id(self, ids: Sequence[str]) -> Mapping[str, BatchView]:
        """Those that are there."""

    async def batches(
        self,
        states: Sequence[BatchState] | None = None,
        limit: int = 50,
        after: str | None = None,
        with_total: bool = False,  # noqa: FBT001, FBT002 (a port's)
    ) -> BatchPage:
        """Newest first. Raises ValueError for an `after` that no page told."""

    async def readings(self, wish: ReadingsWish) -> Mapping[MachineKey, Series]:
        """Of each machine a point for each batch that it finished and that is kept; `time` is in the plant's seconds.

        A figure that a step did not show is NaN. Lows and highs of each column stay in sight.
        """

    async def figures(self, window_s: float | None = None) -> PlantFigures:
        """The key figures since the run began; with a window over about its last seconds, `since_s` says from when on.

        `window_s` is above 0; one that is longer than the run is the whole run.
        """

    async def log(
        self,
        after: Position | None = None,
        limit: int = 100,
        batch_id: str | None = None,
        machine: MachineKey | None = None,
    ) -> tuple[Sequence[PlantEntry], Position]:
        """Transitions after the position, oldest first, and where to go on; without a position, the newest `limit`.

        `batch_id` and `machine` choose among these. Raises CursorExpiredError, CursorInvalidError.
        """

    async def add_batch(
        self,
        batch_id: str | None = None,
        parameters: Mapping[MachineKey, Changes] | None = None,
        recipe: str | None = None,
    ) -> BatchView | PlantRefusal:
        """Queue a batch; without an id it gets one. What its parameters leave out is as the machine has it now.

        `recipe` names the cell that it is to become: the lab's specification with this name, made when there is none.
        Refuses InvalidParameters (also for the id and the recipe), MachineNotFound, BatchIdTaken, QueueFull.
        """

    async def cancel_batch(self, batch_id: str) -> BatchView | PlantRefusal:
        """What was made of it is scrap. Refuses BatchNotFound, BatchAlreadyFinished."""

    async def update_parameters(self, key: MachineKey, changes: Changes) -> ParametersChanged | PlantRefusal:
        """Checked as a whole, then taken over; what is not named stays. Refuses MachineNotFound, InvalidParameters."""

    async def pause(self) -> PlantView | PlantRefusal:
        """No simulated time passes until it is resumed; pausing twice changes nothing."""

    async def resume(self) -> PlantView | PlantRefusal:
        """Go on at the speed from before."""

    async def set_speed(self, speed: Speed | None) -> PlantView | PlantRefusal:
        """None pauses; any speed also resumes. What happens in the plant is the same at every speed."""

    async def reset(self) -> PlantView | PlantRefusal:
        """All batches are cancelled, machines are as configured, and the figures begin anew. Simulated time goes on."""

    def progress(self, batch_id: str | None = None, after: Position | None = None) -> AsyncIterator[BatchProgress]:
        """Of one batch, or of all: replay the transitions after the position (None: from now on), then live.

        Every transition once and in order; between them samples, at most ten a second and batch, of which a slow
        reader misses all but the newest. With a batch it ends when the batch does. Raises as `Events.follow`.
        """

    def machine_updates(
        self, key: MachineKey | None = None, after: Position | None = None
    ) -> AsyncIterator[tuple[MachineView, PlantEntry]]:
        """Each transition at the machine (None: at any), once and in order, and how the machine stands by now."""
