"""What the API asks of the plant: how it stands, what it is told to do, and what happens in it.

Simulated times are seconds since the plant's beginning; times of day are aware UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from clients.plant.models import MachineKey, PlantFigures
from schema.ports.events import Position
from schema.ports.plant_views import (
    BatchPage,
    BatchProgress,
    BatchState,
    BatchView,
    MachineView,
    PlantEntry,
    PlantView,
    Speed,
)
from schema.ports.series import Series

if TYPE_CHECKING:
    from schema.plant.refusals import PlantRefusal


@dataclass(frozen=True, slots=True)
class ReadingsWish:
    """Which READINGS and RESULTS of which machine, finished in [start_s, end_s), in at most `max_points` points."""

    names: Mapping[MachineKey, tuple[str, ...]]
    start_s: float | None
    end_s: float | None
    max_points: int


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

    async def stop_machine(self, key: MachineKey, reason: str) -> MachineView | PlantRefusal:
        """It stands still, with all that is inside, until it is started; what is stopped keeps its first reason.

        A restart of the server and a reset leave it stopped. Refuses MachineNotFound, InvalidParameters (the reason).
        """

    async def start_machine(self, key: MachineKey) -> MachineView | PlantRefusal:
        """It goes on where it was; one that was not stopped just does. Refuses MachineNotFound."""

    def stopped(self) -> Mapping[MachineKey, str]:
        """The machines that are stopped, each with the reason; none while the plant is RESTORING."""

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

    def samples(self) -> AsyncIterator[Sequence[BatchProgress]]:
        """How far every running batch is by the newest sample, now and whenever one is taken; latest wins.

        `position` says behind which transition. A feed that reads the transitions itself needs no more than these.
        """

    def machine_updates(
        self, key: MachineKey | None = None, after: Position | None = None
    ) -> AsyncIterator[tuple[MachineView, PlantEntry]]:
        """Each transition at the machine (None: at any), once and in order, and how the machine stands by now."""
