"""How the plant stands, its machines, its batches, and what happened there.

Simulated times are seconds since the plant's beginning; times of day are aware UTC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from clients.plant.models import MachineFigures, MachineKey
from clients.plant.parameters import Parameters
from schema.ports.events import Position

FASTEST = 1e9
"""The highest number of simulated seconds a second; beyond it there is `max`."""


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
    `stopped_because` says in a sentence why it is stopped, and DOWN until somebody starts it; None when it is not.
    """

    key: MachineKey
    state: MachineState
    parameters: Parameters
    current_batch_id: str | None
    batch_ids: tuple[str, ...]
    progress: float | None
    figures: MachineFigures
    power_w: float
    stopped_because: str | None = None


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
