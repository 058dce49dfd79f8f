"""Listens to a run, and has ready what is to be written down of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from clients.plant.models import MACHINES
from schema.ports import BatchState, NewEvent
from server.clock import Clock
from server.plant.batch import Batch
from server.plant.energy import JOULE_PER_KWH
from server.plant.events import EventKind, Loss, PlantEvent, line_of
from server.plant.kpi import ENDINGS
from server.plant.outcome import Outcome
from server.plant.power import batch_power_w, power_w
from server.plant.runs.wording import blocks, event_of, result_of
from server.plant.simulation import INDEX, PlantSimulation
from server.stores.plant import BatchRecord, Changes, Place, StepRecord


class Recorder:
    """Of one run. What happened up to `known`, the place it was kept at, is followed but not told again.

    `live` are the batches that have not ended, as they are, or will be, in the store.
    """

    def __init__(self, run: int, start_s: float, clock: Clock, known: Place, live: dict[str, BatchRecord]) -> None:
        self.live = live
        self.digest = ""
        self.digest_then = ""
        self._run, self._start_s, self._clock, self._known = run, start_s, clock, known
        self._batches: dict[str, BatchRecord] = {}
        self._steps: list[StepRecord] = []
        self._events: list[NewEvent] = []
        self._simulation: PlantSimulation | None = None

    def watch(self, simulation: PlantSimulation) -> None:
        """This is the one whose events come."""
        self._simulation = simulation

    def __len__(self) -> int:
        return len(self._events)

    def take(self, event: PlantEvent) -> None:
        """One event; they come in their order, from the first."""
        self.digest = sha256(self.digest.encode() + _line(event)).hexdigest()
        if event.sequence <= self._known.sequence:
            if event.sequence == self._known.sequence:
                self.digest_then = self.digest
            return
        assert self._simulation is not None  # noqa: S101 (no event comes before it is watched)
        batch = None if event.batch_id is None else self._simulation.batch(event.batch_id)
        progress = None if batch is None else batch.progress(event.time_s)
        draws_w = None if event.machine is None else power_w(self._simulation, event.machine)
        own_w = None if event.machine is None or batch is None else batch_power_w(batch, INDEX[event.machine])
        self._events.append(event_of(event, self._start_s, progress, (draws_w, own_w)))
        if batch is not None:
            self._note(event, batch)

    def changes(self) -> Changes:
        """All that is not kept yet, and how far the run is."""
        assert self._simulation is not None  # noqa: S101 (likewise)
        place = Place(self._simulation.now_s, self._simulation.sequence, self.digest)
        return Changes(place, list(self._batches.values()), self._steps, self._events)

    def kept(self) -> None:
        """The changes were written down."""
        self._batches, self._steps, self._events = {}, [], []

    def _note(self, event: PlantEvent, batch: Batch) -> None:
        at, at_s = self._clock.now(), self._start_s + event.time_s
        if event.kind is EventKind.BATCH_QUEUED:
            own = blocks({MACHINES[index]: parameters for index, parameters in batch.own.items()})
            self._put(BatchRecord(batch.id, self._run, BatchState.QUEUED, 0.0, at, at_s, batch.recipe, own))
        elif event.kind is EventKind.BATCH_STARTED:
            self._put(replace(self.live[batch.id], state=BatchState.RUNNING, started_at=at, started_s=at_s))
        elif event.kind in ENDINGS:
            self._end(event, batch, at)
        elif isinstance(event.detail, Outcome) and event.machine is not None:
            self._finish(event.detail, batch, INDEX[event.machine], at_s)

    def _finish(self, outcome: Outcome, batch: Batch, machine: int, at_s: float) -> None:
        result = result_of(outcome, at_s)
        before = self.live[batch.id]
        energy_kwh = before.energy_kwh + (result["energy_kwh"] or 0.0)
        self._put(replace(before, energy_kwh=energy_kwh, progress=batch.progress(at_s - self._start_s)))
        self._steps.append(StepRecord(batch.id, machine, result))

    def _end(self, event: PlantEvent, batch: Batch, at: datetime) -> None:
        before, loss = self.live[batch.id], event.detail
        lost_j = sum(loss.energy_j.values()) if isinstance(loss, Loss) else 0.0
        cells = batch.count if event.kind is EventKind.BATCH_COMPLETED else 0
        self._put(
            replace(
                before,
                state=BatchState[event.kind.removeprefix("batch_").upper()],
                progress=batch.progress(event.time_s),
                finished_at=at,
                finished_s=self._start_s + event.time_s,
                reason=batch.reason,
                energy_kwh=before.energy_kwh + lost_j / JOULE_PER_KWH,
                cells=cells,
                cells_kwh=cells * batch.materials[-1].cells.energy_kwh,
            )
        )
        del self.live[batch.id]

    def _put(self, record: BatchRecord) -> None:
        self.live[record.id] = self._batches[record.id] = record


def _line(event: PlantEvent) -> bytes:
    """As `line_of`, with what counts of an outcome: writing out all of a material takes longer than making it."""
    outcome = event.detail
    if not isinstance(outcome, Outcome):
        return line_of(event)
    made = outcome.material
    told = (outcome.duration_s, outcome.energy_j, made.count, made.thickness_m, outcome.scrap_kg, outcome.flags)
    return line_of(event._replace(detail=told))
