"""What the plant's server answers, as nouns. Simulated times are seconds since the plant's beginning, `*_at` are UTC.

States are the server's words in lower case, as in `GET /factory/status` of docs/plant.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clients.plant.models import MachineFigures, MachineKey, PlantFigures
from clients.plant.parameters import Parameters

BATCH_ENDINGS = frozenset(("batch_completed", "batch_cancelled", "batch_scrapped", "batch_failed", "batch_interrupted"))
"""The kinds of transition that are a batch's last."""


@dataclass(frozen=True, slots=True)
class Started:
    """A batch that the plant took."""

    batch_id: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a machine made of a batch; a figure that is no number is None.

    `duration_s` is work alone, `scrap_kg` the solids lost by cause, `yield_share` the solids that went out of those
    that came, `cells` how many left, 0 before the winding.
    """

    finished_s: float
    duration_s: float
    energy_kwh: float | None
    yield_share: float | None
    cells: int
    scrap_kg: Mapping[str, float | None]
    flags: tuple[str, ...]
    readings: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A batch's visit to one machine; `progress` goes from 0 to 1, `result` is None until it is done."""

    machine: MachineKey
    state: str
    progress: float
    result: StepResult | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch. `parameters` are its own, by machine; `reason` says in a sentence why it was not completed."""

    id: str
    recipe: str | None
    state: str
    progress: float
    queued_at: datetime
    queued_s: float
    started_at: datetime | None
    started_s: float | None
    finished_at: datetime | None
    finished_s: float | None
    reason: str | None
    energy_kwh: float
    cells: int
    cells_kwh: float
    parameters: Mapping[MachineKey, Parameters]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine now; `progress` is the current batch's in it, None while it is empty. `power_w` is drawn now.

    `stopped_because` says why it stands still until it is started; None when it is not stopped.
    """

    key: MachineKey
    state: str
    parameters: Parameters
    current_batch_id: str | None
    batch_ids: tuple[str, ...]
    progress: float | None
    power_w: float
    figures: MachineFigures
    stopped_because: str | None = None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Batches, newest first; `next` is the next page's `after`, None on the last one."""

    items: tuple[Batch, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class PlantStatus:
    """The whole plant now. `cursor` is where `follow` goes on from here, `sequence` the newest transition's number.

    `speed` is `max`, `visible`, or simulated seconds a second. `queue` are batch ids, next one first.
    """

    state: str
    reason: str | None
    run: int
    seed: int
    simulated_s: float
    speed: str
    queue: tuple[str, ...]
    running: tuple[str, ...]
    sequence: int
    cursor: str
    batches: BatchPage
    machines: Mapping[MachineKey, Machine]
    figures: PlantFigures


@dataclass(frozen=True, slots=True)
class ParametersChange:
    """A machine's parameters from now on; `applies` is `now`, or `next_batch`: what is inside goes on as before."""

    machine: MachineKey
    parameters: Parameters
    applies: str
    message: str


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that happened. `sequence` counts without gaps; `cursor` is the place behind it.

    `kind` is a stable word (`machine_working`), `progress` the batch's by then, `detail` what goes with the kind.
    """

    sequence: int
    cursor: str
    at: datetime
    simulated_s: float
    kind: str
    batch_id: str | None
    machine: MachineKey | None
    progress: float | None
    detail: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether the batch ends with it."""
        return self.kind in BATCH_ENDINGS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is between two transitions, 0 to 1; `sequence` and `cursor` are of the one before."""

    sequence: int
    cursor: str
    simulated_s: float
    batch_id: str
    progress: float


@dataclass(frozen=True, slots=True)
class Place:
    """What a socket begins with: where it is followed from."""

    sequence: int
    cursor: str


Update = Transition | Progress


@dataclass(frozen=True, slots=True)
class LogPage:
    """Transitions, oldest first; `cursor` is where the next page begins, also when none of this one was wanted."""

    entries: tuple[Transition, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the plant can do its work; `reasons` say by name what cannot."""

    is_healthy: bool
    database: str
    plant: str
    reasons: Mapping[str, str]
