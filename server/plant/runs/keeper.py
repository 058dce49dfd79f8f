"""Writes down what happens in a run, begins the next, and samples the progress. Whoever calls holds the turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Any

import structlog

from clients.plant.models import MachineKey
from schema.ports import BatchState, NewEvent
from server.clock import Clock
from server.plant.commands import StopMachine
from server.plant.runs.feeds import INTERRUPTED, Samples
from server.plant.runs.limits import Limits
from server.plant.runs.run import Design, Run
from server.plant.runs.wording import TOPIC, record_of, subject_of
from server.stores.errors import StoreError
from server.stores.plant import PlantStore, RunRecord, RunState

logger = structlog.get_logger()

NOBODY: Mapping[MachineKey, str] = {}


class Keeper:
    """`trouble` says why nothing can be written down; None as long as all is well.

    The clock is written down ahead, as far as `reach_s` says: progress that was told never falls over a power cut.
    """

    def __init__(
        self,
        store: PlantStore,
        samples: Samples,
        clock: Clock,
        limits: Limits,
        design: Design,
        reach_s: Callable[[Run], float],
    ) -> None:
        self._store, self._samples, self._clock = store, samples, clock
        self._limits, self._design, self._reach_s = limits, design, reach_s
        self.trouble: str | None = None
        self._sampled_at = self._pruned_at = -inf

    async def after(self, run: Run, wait_s: float | None) -> None:
        """Behind a slice of the driver: keep what happened when it is much, or time, or could not be kept before.

        Waits until it is written.
        """
        is_stalled = self.trouble is not None
        if wait_s == 0 and len(run.recorder) < self._limits.events_at_once and not is_stalled:
            return
        if len(run.recorder) or run.simulation.now_s > run.record.place.now_s or is_stalled:
            await self.keep_surely(run)
        if self._is_due(self._sampled_at, self._limits.sample_s) or wait_s is None:
            self._sample(run)

    async def keep_surely(self, run: Run) -> None:
        """Write down what happened; when that cannot be, again and again, while the plant stands still."""
        while not await self.keep(run):
            await self._clock.sleep(self._limits.retry_s)

    async def keep(self, run: Run, *, is_last: bool = False) -> bool:
        """Write down what happened; False when it cannot be now. Then all of it stays for the next time.

        `is_last`: nothing is told from then on, so the clock is written down as it is.
        """
        changes = run.recorder.changes()
        if not is_last:
            ahead_s = max(changes.place.now_s, self._reach_s(run))
            changes = replace(changes, place=replace(changes.place, now_s=ahead_s))
        try:
            self._samples.told(await self._store.keep(run.record.number, changes))
        except StoreError as error:
            if self.trouble is None:
                logger.warning("plant_stalled", reason=str(error))
            self.trouble = str(error)
            return False
        self.trouble = None
        run.recorder.kept()
        run.record = replace(run.record, place=changes.place)
        return True

    async def begin(
        self, record: RunRecord, before: RunState, run: Run | None = None, stopped: Mapping[MachineKey, str] = NOBODY
    ) -> Run:
        """Begin a run in place of `run`, with those machines stopped. Raises StoreError."""
        stops = [StopMachine(0.0, key, reason) for key, reason in stopped.items()]
        made = Run(record, self._design, self._clock, [])
        lost = [] if run is not None else await self._store.live()
        kind = "run_began" if before is RunState.ENDED else "plant_interrupted"
        told = [_told(kind, None, record.start_s, None)]
        if before is RunState.INTERRUPTED:
            told += [_told(INTERRUPTED, each.id, record.start_s, each.progress) for each in lost]
        commands = [record_of(number, stop) for number, stop in enumerate(stops, 1)]
        self._samples.told(await self._store.begin(record, before, told, commands))
        for stop in stops:
            made.note(stop)
            made.simulation.apply(stop)
        return made

    async def prune(self) -> None:
        """Forget what is no longer kept."""
        if self._is_due(self._pruned_at, self._limits.prune_every_s):
            self._pruned_at = self._clock.monotonic()
            try:
                await self._store.prune(self._limits.keep_batches, self._limits.keep_runs)
            except StoreError as error:
                logger.warning("plant_not_pruned", reason=str(error))

    def _sample(self, run: Run) -> None:
        if len(run.recorder):
            return
        self._sampled_at = self._clock.monotonic()
        running = [each.id for each in run.recorder.live.values() if each.state == BatchState.RUNNING]
        progress = {each: run.simulation.progress(each) or 0.0 for each in running}
        self._samples.take(run.now_s, progress)

    def _is_due(self, last: float, every_s: float) -> bool:
        return self._clock.monotonic() - last >= every_s


def _told(kind: str, batch_id: str | None, simulated_s: float, progress: float | None) -> NewEvent:
    data: dict[str, Any] = {
        "simulated_s": simulated_s,
        "machine": None,
        "batch_id": batch_id,
        "progress": progress,
        "detail": {},
    }
    return NewEvent(TOPIC, subject_of(batch_id, None), kind, data)
