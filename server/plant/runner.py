"""Keeps the plant running inside the server: see the port, `schema.ports.plant.Plant`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from clients.plant.models import MachineKey, PlantFigures
from schema.plant.refusals import BatchAlreadyFinished, BatchIdTaken, BatchNotFound, PlantRefusal, QueueFull
from schema.ports import (
    Applies,
    BatchPage,
    BatchProgress,
    BatchState,
    BatchView,
    Events,
    MachineView,
    ParametersChanged,
    PlantEntry,
    PlantState,
    PlantView,
    Position,
    Series,
    Speed,
)
from schema.ports.plant import Changes, ReadingsWish
from server.clock import Clock
from server.events.hub import Hub
from server.plant.commands import RECIPE, AddBatch, CancelBatch, Command, Pause, Reset, Resume, SetParameters
from server.plant.runs.checking import changed, misnamed, no_machine, switching
from server.plant.runs.feeds import Feeds, Samples
from server.plant.runs.limits import Limits
from server.plant.runs.logbook import Logbook
from server.plant.runs.orders import Orders
from server.plant.runs.readings import readings
from server.plant.runs.run import Design, Run
from server.plant.runs.running import Running
from server.plant.runs.views import batch_view, machine_view, machine_views
from server.plant.runs.wording import TOPIC
from server.stores.plant import BatchRecord, PlantStore


class Runner:
    """The port, over one run after another. Machines are shown as they are, batches and the log as they are kept."""

    def __init__(
        self, running: Running, store: PlantStore, events: Events, hub: Hub, samples: Samples, limits: Limits
    ) -> None:
        self._running, self._store, self._limits = running, store, limits
        self._orders = Orders(running, store, samples, limits)
        self._feeds = Feeds(events, hub, samples, store)
        self._logbook = Logbook(events)
        self._events = events
        self._new_id: Callable[[], str] = lambda: f"batch_{uuid.uuid4().hex[:12]}"

    async def ready(self) -> None:
        """Return once the plant is where it was, and takes commands."""
        await self._running.ready.wait()

    async def finished(self, within_s: float) -> None:
        """Return once no command is under way; what is not done in time is given up."""
        await self._orders.finished(within_s)

    # --- how it stands ---

    async def view(self) -> PlantView:
        """See the port."""
        position = await self._events.position()
        run, live = self._running.run, self._running.run.recorder.live.values()
        return PlantView(
            state=self._state(run),
            reason=self._running.keeper.trouble,
            run=run.record.number,
            seed=run.record.seed,
            simulated_s=run.now_s,
            speed=self._running.speed,
            queue=tuple(each.id for each in live if each.state == BatchState.QUEUED),
            running=tuple(each.id for each in live if each.state == BatchState.RUNNING),
            machines=machine_views(run),
            position=position,
        )

    def _state(self, run: Run) -> PlantState:
        if not self._running.ready.is_set():
            return PlantState.RESTORING
        if self._running.keeper.trouble is not None:
            return PlantState.STALLED
        if run.simulation.paused:
            return PlantState.PAUSED
        return PlantState.RUNNING if run.recorder.live else PlantState.IDLE

    async def machine(self, key: MachineKey) -> MachineView | None:
        """See the port."""
        return None if no_machine(key) else machine_view(self._running.run, key)

    async def batch(self, batch_id: str) -> BatchView | None:
        """See the port."""
        return (await self.batches_by_id([batch_id])).get(batch_id)

    async def batches_by_id(self, ids: Sequence[str]) -> Mapping[str, BatchView]:
        """See the port."""
        found = await self._store.batches_by_id(ids)
        return {view.id: view for view in await self._views(list(found.values()))}

    async def batches(
        self,
        states: Sequence[BatchState] | None = None,
        limit: int = 50,
        after: str | None = None,
        with_total: bool = False,  # noqa: FBT001, FBT002 (the port's)
    ) -> BatchPage:
        """See the port; at most `max_page` of the limits at a time."""
        if limit < 1 or not (after is None or after.isdecimal()):
            raise ValueError(f"limit is {limit} and after {after!r}: ask for at least one, after a place that was told")
        most = min(limit, self._limits.max_page)
        found = await self._store.batches(states, most + 1, None if after is None else int(after[:18]))
        total = await self._store.count(states) if with_total else None
        shown = found[:most]
        places = tuple(str(each.place) for each in shown)
        return BatchPage(tuple(await self._views(shown)), places, len(found) > len(shown), total)

    async def readings(self, wish: ReadingsWish) -> Mapping[MachineKey, Series]:
        """See the port."""
        return await readings(self._store, wish)

    async def _views(self, records: Sequence[BatchRecord]) -> list[BatchView]:
        steps = await self._store.steps([record.id for record in records])
        run = self._running.run
        return [batch_view(run, record, steps.get(record.id, ())) for record in records]

    async def figures(self, window_s: float | None = None) -> PlantFigures:
        """See the port."""
        return self._running.run.figures(window_s)

    async def log(
        self,
        after: Position | None = None,
        limit: int = 100,
        batch_id: str | None = None,
        machine: MachineKey | None = None,
    ) -> tuple[Sequence[PlantEntry], Position]:
        """See the port."""
        return await self._logbook.read(after, limit, batch_id, machine)

    # --- what it is told ---

    async def add_batch(
        self,
        batch_id: str | None = None,
        parameters: Mapping[MachineKey, Changes] | None = None,
        recipe: str | None = None,
    ) -> BatchView | PlantRefusal:
        """See the port."""
        chosen, blocks = batch_id if batch_id is not None else self._new_id(), parameters or {}
        becomes = RECIPE if recipe is None else recipe

        async def make(run: Run) -> Command | PlantRefusal:
            refusal = misnamed(chosen, becomes, self._limits) or next(filter(None, map(no_machine, blocks)), None)
            if refusal is not None:
                return refusal
            own = changed(run, blocks)
            if isinstance(own, PlantRefusal):
                return own
            return await self._no_room(run, chosen) or AddBatch(run.simulation.now_s, chosen, own, becomes)

        answer = await self._orders.do(make)
        return answer if isinstance(answer, PlantRefusal) else await self._shown(chosen)

    async def _no_room(self, run: Run, batch_id: str) -> PlantRefusal | None:
        if run.simulation.batch(batch_id) or await self._store.batches_by_id([batch_id]):
            message = f"there is a batch {batch_id!r} already, in the plant or ended; give another id"
            return BatchIdTaken(message=message, batch_id=batch_id)
        limit = self._limits.queued_batches
        if len(run.simulation.queue()) < limit:
            return None
        return QueueFull(message=f"{limit} batches wait already; let some start, or cancel them", limit=limit)

    async def cancel_batch(self, batch_id: str) -> BatchView | PlantRefusal:
        """See the port."""

        async def make(run: Run) -> Command | PlantRefusal:
            batch = run.simulation.batch(batch_id)
            if batch is not None and not batch.ended:
                return CancelBatch(run.simulation.now_s, batch_id)
            record = (await self._store.batches_by_id([batch_id])).get(batch_id)
            if record is None:
                return BatchNotFound(message=f"there is no batch {batch_id!r}", batch_id=batch_id)
            said = f"batch {batch_id!r} has ended ({record.state.lower()}): there is nothing left to cancel"
            return BatchAlreadyFinished(message=said, batch_id=batch_id)

        answer = await self._orders.do(make)
        return answer if isinstance(answer, PlantRefusal) else await self._shown(batch_id)

    async def update_parameters(self, key: MachineKey, changes: Changes) -> ParametersChanged | PlantRefusal:
        """See the port."""

        async def make(run: Run) -> Command | PlantRefusal:
            made = no_machine(key) or changed(run, {key: changes})
            return made if isinstance(made, PlantRefusal) else SetParameters(run.simulation.now_s, key, made[key])

        answer = await self._orders.do(make)
        if isinstance(answer, PlantRefusal):
            return answer
        applies = Applies.NEXT_BATCH if answer.applies is None else Applies[answer.applies.name]
        return ParametersChanged(machine_view(self._running.run, key), applies, answer.message)

    async def stop_machine(self, key: MachineKey, reason: str) -> MachineView | PlantRefusal:
        """See the port."""
        return await self._switch(key, reason)

    async def start_machine(self, key: MachineKey) -> MachineView | PlantRefusal:
        """See the port."""
        return await self._switch(key, None)

    async def _switch(self, key: MachineKey, reason: str | None) -> MachineView | PlantRefusal:
        answer = await self._orders.do(switching(key, reason))
        return answer if isinstance(answer, PlantRefusal) else machine_view(self._running.run, key)

    def stopped(self) -> Mapping[MachineKey, str]:
        """See the port."""
        return self._running.run.simulation.stopped()

    async def pause(self) -> PlantView | PlantRefusal:
        """See the port."""
        return await self._tell(Pause)

    async def resume(self) -> PlantView | PlantRefusal:
        """See the port."""
        return await self._tell(Resume)

    async def set_speed(self, speed: Speed | None) -> PlantView | PlantRefusal:
        """See the port."""
        if speed is None:
            return await self.pause()
        refusal = await self._orders.set_speed(speed)
        if refusal is not None:
            return refusal
        return await self.resume() if self._running.run.simulation.paused else await self.view()

    async def reset(self) -> PlantView | PlantRefusal:
        """See the port."""
        return await self._tell(Reset)

    async def _tell(self, kind: type[Pause | Resume | Reset]) -> PlantView | PlantRefusal:
        async def make(run: Run) -> Command | PlantRefusal:
            return kind(run.simulation.now_s)

        answer = await self._orders.do(make)
        return answer if isinstance(answer, PlantRefusal) else await self.view()

    async def _shown(self, batch_id: str) -> BatchView:
        """As it is kept; when keeping what became of it has to wait (see STALLED), as it will be."""
        found = await self.batch(batch_id)
        if found is not None:
            return found
        run = self._running.run
        return batch_view(run, run.recorder.live[batch_id], ())

    # --- what happens in it ---

    def progress(self, batch_id: str | None = None, after: Position | None = None) -> AsyncIterator[BatchProgress]:
        """See the port."""
        return self._feeds.progress(batch_id, after)

    def samples(self) -> AsyncIterator[Sequence[BatchProgress]]:
        """See the port."""
        return self._feeds.samples()

    def machine_updates(
        self, key: MachineKey | None = None, after: Position | None = None
    ) -> AsyncIterator[tuple[MachineView, PlantEntry]]:
        """See the port."""
        return self._feeds.machine_updates(key, after, lambda each: machine_view(self._running.run, each))


@asynccontextmanager
async def opened_plant(
    store: PlantStore,
    events: Events,
    hub: Hub,
    clock: Clock,
    design: Design,
    speed: Speed,
    limits: Limits | None = None,
    stop_s: float = 5.0,
) -> AsyncIterator[Runner]:
    """The plant, going on where it was, and ready soon after; `design.seed` and `speed` are for its first run ever.

    At the end its commands, and then its last note, have `stop_s` each: what was not written is repeated at the start.
    """
    limits, samples = limits or Limits(), Samples(hub, (await events.position()).seqs.get(TOPIC, 0))
    running = Running(store, samples, clock, limits, design, speed)
    runner = Runner(running, store, events, hub, samples, limits)
    async with running.open(stop_s):
        try:
            yield runner
        finally:
            await runner.finished(stop_s)
