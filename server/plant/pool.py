"""A machine of many places: each batch takes one for each of its cells, and several batches are inside at once."""

from __future__ import annotations

from math import ceil

from simpy import Event

from server.plant.batch import Batch, Visit
from server.plant.configuration import MachineSettings
from server.plant.machine import RELEASED, SETUP, Inbox, Life, Machine, Outbox, Plant, Step


class Pool(Machine):
    """Formation channels, or the ageing store.

    The oldest batch waiting takes places as they come free (that is its set-up) and starts when it has all; those
    behind it wait, so that nobody is overtaken at the door. A batch keeps its places until the next machine takes it.
    """

    def __init__(
        self, plant: Plant, index: int, settings: MachineSettings, step: Step, seed: str, inbox: Inbox, outbox: Outbox
    ) -> None:
        super().__init__(plant, index, settings, step, seed, inbox, outbox)
        self.units = self.free = settings.units
        self._loading: Batch | None = None
        self._freed: Event | None = None
        self._held: Event | None = None

    def drop(self, batch: Batch) -> None:
        """Let go of an ended batch, at the door too."""
        super().drop(batch)
        if batch is self._loading:
            self._freed = self._freed or self._held
            self._held = None
            self._wake()

    def stop(self, reason: str) -> bool:
        """See the machine; places that come free meanwhile are not taken."""
        is_new = super().stop(reason)
        if is_new:
            self._held, self._freed = self._freed, None
        return is_new

    def start(self) -> bool:
        """See the machine."""
        is_new = super().start()
        if self._held is not None:
            self._freed, self._held = self._held, None
            self._wake()
        return is_new

    def _live(self) -> Life:
        while True:
            batch = self.inbox.get()
            if batch is None:
                batch = yield self.inbox.wait()
            if not batch.ended:
                yield from self._load(batch)

    def _load(self, batch: Batch) -> Life:
        wanted = max(1, min(batch.count, self.units))
        taken = 0
        self._starved, self._loading = False, batch
        while not batch.ended:
            more = min(self.free, wanted - taken)
            self.free, taken = self.free - more, taken + more
            if taken == wanted:
                self._loading = None
                self._env.process(self._stay(batch, wanted))
                return
            if more:
                self._tell(self._env.now, SETUP, self.key, batch.id, taken)
            self._freed = Event(self._env)
            yield self._freed
        self._loading = None
        self._tell(self._env.now, RELEASED, self.key, batch.id, taken)
        self._release(taken)

    def _stay(self, batch: Batch, units: int) -> Life:
        process = self._env.active_process
        assert process is not None  # noqa: S101 (we are in it)
        yield from self._serve(batch, process, units)
        self._release(units)

    def _release(self, units: int) -> None:
        self.free += units
        self._wake()
        if self.free == self.units and self._loading is None:
            self._starve()

    def _wake(self) -> None:
        if self._freed is not None:
            freed, self._freed = self._freed, None
            freed.succeed()

    def _rounds(self, batch: Batch, visit: Visit) -> int:
        return max(1, ceil(batch.count / visit.units))
