"""The floor: sixteen machines in their places, the buffers between them, and the batches on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simpy import Event

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from server.plant.batch import Batch, BatchState
from server.plant.buffers import Buffer, Pairing
from server.plant.clock import Clock
from server.plant.configuration import PlantConfiguration
from server.plant.events import EventKind, Teller
from server.plant.loss import loss_of
from server.plant.machine import Inbox, Machine, Outbox, Step
from server.plant.pool import Pool

WINDER = MachineKey(Line.CELL, Stage.REWINDING)

ENDINGS: Mapping[BatchState, EventKind] = {
    BatchState.COMPLETED: EventKind.BATCH_COMPLETED,
    BatchState.CANCELLED: EventKind.BATCH_CANCELLED,
    BatchState.SCRAPPED: EventKind.BATCH_SCRAPPED,
    BatchState.FAILED: EventKind.BATCH_FAILED,
}

LOST: Mapping[BatchState, str] = {
    BatchState.CANCELLED: "cancelled",
    BatchState.SCRAPPED: "no_partner",
    BatchState.FAILED: "step_failed",
}
"""What the scrap of an ended batch is booked under. Of a scrapped one, only the other web is left to be lost."""


class Exit(Buffer):
    """Behind the last machine: a batch that comes here is made."""

    __slots__ = ("_complete",)

    def __init__(self, env: Clock, complete: Callable[[Batch], None]) -> None:
        super().__init__(env)
        self._complete = complete

    def put(self, batch: Batch) -> Event | None:
        """Always room."""
        self._complete(batch)
        return None


class Floor:
    """Machines and buffers on one clock. A reset builds a new one, which goes on at the old one's time."""

    def __init__(
        self,
        configuration: PlantConfiguration,
        seed: str,
        steps: Mapping[MachineKey, Step],
        teller: Teller,
        ended: Callable[[Batch], None],
        start_s: float = 0.0,
    ) -> None:
        self.env = Clock(start_s)
        self.teller = teller
        self._ended = ended
        self._winder = MACHINES.index(WINDER)
        self._inboxes = self._lay_buffers(configuration)
        self._mixers = [inbox for key, inbox in self._inboxes.items() if key.stage is Stage.MIXING]
        self.machines: list[Machine] = [
            self._place(index, key, configuration, seed, steps[key]) for index, key in enumerate(MACHINES)
        ]
        self.queue: list[Batch] = []

    def _lay_buffers(self, configuration: PlantConfiguration) -> dict[MachineKey, Buffer | Pairing]:
        laid: dict[MachineKey, Buffer | Pairing] = {}
        for key in MACHINES:
            room = configuration.machines[key].buffer
            if key.stage is Stage.MIXING:
                laid[key] = Buffer(self.env)
            else:
                laid[key] = Pairing(self.env, room) if key == WINDER else Buffer(self.env, room)
        return laid

    def _place(self, index: int, key: MachineKey, configuration: PlantConfiguration, seed: str, step: Step) -> Machine:
        settings = configuration.machines[key]
        make = Pool if settings.units > 1 else Machine
        inbox: Inbox = self._inboxes[key]
        return make(self, index, settings, step, seed, inbox, self._behind(index))

    def _behind(self, index: int) -> Outbox:
        key = MACHINES[index]
        if key.stage is Stage.INSPECTION:
            pairing = self._inboxes[WINDER]
            assert isinstance(pairing, Pairing)  # noqa: S101 (laid above)
            return pairing.anode if key.line is Line.ANODE else pairing.cathode
        if index + 1 == len(MACHINES):
            return Exit(self.env, lambda batch: self.end(batch, BatchState.COMPLETED))
        following = self._inboxes[MACHINES[index + 1]]
        assert isinstance(following, Buffer)  # noqa: S101 (only the winder's is none)
        return following

    def add(self, batch: Batch) -> None:
        """Queue a batch on both electrode lines."""
        self.queue.append(batch)
        self.teller.tell(self.env.now, EventKind.BATCH_QUEUED, None, batch.id)
        for mixer in self._mixers:
            assert isinstance(mixer, Buffer)  # noqa: S101 (only the winder's is none)
            mixer.put(batch)

    def takes(self, batch: Batch, index: int) -> None:
        """A machine takes the batch: the first mixer starts it, the winder puts its two webs together."""
        if batch.state is BatchState.QUEUED:
            self.queue.remove(batch)
            batch.state, batch.started_s = BatchState.RUNNING, self.env.now
            self.teller.tell(self.env.now, EventKind.BATCH_STARTED, None, batch.id)
        if index == self._winder:
            self.teller.tell(self.env.now, EventKind.BATCH_ASSEMBLED, None, batch.id)

    def end(self, batch: Batch, state: BatchState, reason: str = "") -> None:
        """The batch leaves the plant; unless it is complete, what is left of it is lost where it lies."""
        now_s = self.env.now
        loss = None if state is BatchState.COMPLETED else loss_of(batch, now_s, LOST[state], reason)
        if batch.state is BatchState.QUEUED:
            self.queue.remove(batch)
        batch.end(state, now_s, reason or None)
        self.teller.tell(now_s, ENDINGS[state], None, batch.id, 1, loss)
        if loss is not None:
            for machine in self.machines:
                machine.drop(batch)
        self._ended(batch)
