"""The port of the plant's store: its runs, what each was told, and what became of the batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from schema.ports import Event, NewEvent

Json = Mapping[str, Any]


class RunState(StrEnum):
    """What is to be done with a run at the next start. There is at most one that is GOING."""

    GOING = "going"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has come: its own simulated time, its events, and the chained digest of their bytes."""

    now_s: float = 0.0
    sequence: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run is a pure function of `layout`, `parameters`, `seed` and its commands.

    `layout` is a digest of the plant's configuration, `parameters` what each machine is set to at the beginning, by
    "line/stage"; `start_s` is the plant's simulated time when the run began. `speed` is how it is paced.
    """

    number: int
    seed: int
    start_s: float
    layout: str
    parameters: Mapping[str, Json]
    speed: str
    place: Place = field(default_factory=Place)
    state: RunState = RunState.GOING


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """The `number`-th thing that the run was told, from 1, at its own simulated time."""

    number: int
    at_s: float
    kind: str
    body: Json


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch; `state` as `schema.ports.BatchState`. Simulated times are the plant's, not the run's.

    `recipe` names the cell that it is to become.
    """

    id: str
    run: int
    state: str
    progress: float
    queued_at: datetime
    queued_s: float
    recipe: str
    parameters: Mapping[str, Json] = field(default_factory=dict)
    started_at: datetime | None = None
    started_s: float | None = None
    finished_at: datetime | None = None
    finished_s: float | None = None
    reason: str | None = None
    energy_kwh: float = 0.0
    cells: int = 0
    cells_kwh: float = 0.0
    place: int = 0
    """Counts batches in the order of their coming; given by the store."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one machine (its number in the order of the material's way) made of a batch: `schema.ports.StepResult`."""

    batch_id: str
    machine: int
    result: Json


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since the last time: one transaction. `batches` replace those with their ids."""

    place: Place
    batches: Sequence[BatchRecord] = ()
    steps: Sequence[StepRecord] = ()
    events: Sequence[NewEvent] = ()


class PlantStore(Protocol):
    """Each write commits the rows and the events that tell of it in one transaction, on stable storage.

    All raise StoreError (StorageFullError where there is no room); nothing of the write is kept then.
    """

    async def run(self) -> RunRecord | None:
        """The newest run."""

    async def begin(
        self, run: RunRecord, before: RunState, events: Sequence[NewEvent] = (), commands: Sequence[CommandRecord] = ()
    ) -> list[Event]:
        """Begin a run; the one before it becomes `before`, and with INTERRUPTED its batches that had not ended, too.

        `commands` are its first.
        """

    async def tell(self, run: int, command: CommandRecord) -> None:
        """Write down what the run is told, before it is done."""

    async def untell(self, run: int, number: int) -> None:
        """Forget the command of that number, which could not be done."""

    async def commands(self, run: int, after: int, limit: int) -> list[CommandRecord]:
        """Those behind the number `after`, in order."""

    async def set_speed(self, run: int, speed: str, events: Sequence[NewEvent]) -> list[Event]:
        """How it is paced from now on."""

    async def keep(self, run: int, changes: Changes) -> list[Event]:
        """What happened, and how far the run has come; the events as the log has them."""

    async def batches_by_id(self, ids: Sequence[str]) -> Mapping[str, BatchRecord]:
        """Those that are there."""

    async def live(self) -> list[BatchRecord]:
        """Those that have not ended, in the order of their coming."""

    async def batches(self, states: Sequence[str] | None, limit: int, before: int | None) -> list[BatchRecord]:
        """Newest first, from before a place."""

    async def steps(self, batch_ids: Sequence[str]) -> Mapping[str, list[StepRecord]]:
        """Of each that has any, in the order of the machines."""

    async def count(self, states: Sequence[str] | None) -> int:
        """How many batches there are in these states; None: in any."""

    async def figures(
        self, names: Mapping[int, Sequence[str]], start_s: float | None, end_s: float | None
    ) -> Mapping[int, NDArray[np.float64]]:
        """For each machine, by its number, a row for each step that it finished in [start_s, end_s), by time.

        The first column is `finished_s`, then one for each of the names: of `clients.plant.models` READINGS and
        RESULTS. NaN where the step shows none.
        """

    async def prune(self, batches: int, runs: int) -> int:
        """Keep the newest ended batches and runs, so many of each; how many batches went."""
