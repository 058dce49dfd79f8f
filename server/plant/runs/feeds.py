"""Following the plant: replay from the one log, then live; between transitions the newest sample of the progress."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass

from clients.plant.models import MachineKey
from schema.ports import BatchProgress, BatchState, Event, Events, MachineView, PlantEntry, Position, TopicFilter
from server.events.hub import Hub
from server.plant.kpi import ENDINGS
from server.plant.runs.wording import TOPIC, entry_of, subject_of
from server.stores.plant import PlantStore

SAMPLES = "plant/samples"
"""What rings at a new sample."""
LIVE = (BatchState.QUEUED, BatchState.RUNNING)
INTERRUPTED = "batch_interrupted"
LAST = frozenset((*map(str, ENDINGS), INTERRUPTED))
PAGE = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """How far each running batch was when the log ended at `sequence`: no event that is behind it falls below."""

    sequence: int
    simulated_s: float
    progress: Mapping[str, float]


class Samples:
    """The newest sample, and the end of the log's topic. Latest wins: nobody is owed the one before."""

    def __init__(self, hub: Hub, head: int = 0) -> None:
        self._hub, self.head = hub, head
        self.newest = Sample(0, 0.0, {})

    def told(self, events: list[Event]) -> None:
        """These were appended to the log. Readers whom the commit woke may have looked before the end was known."""
        if events:
            self.head = max(self.head, events[-1].seq)
            self._hub.ring([TOPIC])

    def take(self, simulated_s: float, progress: Mapping[str, float]) -> None:
        """How far the batches are, with nothing behind the log's end; nobody is woken by the same again."""
        if (self.head, progress) != (self.newest.sequence, self.newest.progress):
            self.newest = Sample(self.head, simulated_s, progress)
            self._hub.ring([SAMPLES])


class _Reader:
    """One feed's way through the log's topic. A page at a time, and none while there is nothing new."""

    def __init__(self, events: Events, samples: Samples, subject: str | None) -> None:
        self._events, self._samples = events, samples
        self._filters = [TopicFilter(TOPIC, subject)]
        self.position: Position
        self._is_checked = False

    async def begin(self, after: Position | None) -> None:
        """From there, or from the log's end."""
        self.position = await self._events.position() if after is None else after

    @property
    def sequence(self) -> int:
        """How far it has come."""
        return self.position.seqs.get(TOPIC, 0)

    async def page(self) -> tuple[list[PlantEntry], bool]:
        """The next entries, and whether there may be more."""
        if self._is_checked and self.sequence >= self._samples.head:
            return [], False
        before = self.position
        found, self.position = await self._events.since(before, self._filters, PAGE)
        self._is_checked = True
        return [entry_of(event, before) for event in found], len(found) == PAGE


class Feeds:
    """See the port. A reader that does not come holds nothing."""

    def __init__(self, events: Events, hub: Hub, samples: Samples, store: PlantStore) -> None:
        self._events, self._hub, self._samples, self._store = events, hub, samples, store

    async def progress(self, batch_id: str | None, after: Position | None) -> AsyncGenerator[BatchProgress, None]:
        """See the port."""
        reader = _Reader(self._events, self._samples, None if batch_id is None else subject_of(batch_id, None))
        furthest: dict[str, float] = {}
        with self._hub.bell((TOPIC, SAMPLES)) as bell:
            await reader.begin(after)
            has_ended = batch_id is not None and await self._has_ended(batch_id)
            while True:
                bell.clear()
                entries, has_more = await reader.page()
                for told in filter(None, (_told(entry) for entry in entries)):
                    furthest[told.batch_id] = told.progress
                    yield told
                    if told.entry is not None and told.entry.kind in LAST:
                        del furthest[told.batch_id]
                        has_ended = batch_id is not None
                if has_more:
                    continue
                if has_ended:
                    return
                for told in self._sampled(reader, batch_id, furthest):
                    furthest[told.batch_id] = told.progress
                    yield told
                await bell.wait()

    async def samples(self) -> AsyncGenerator[Sequence[BatchProgress], None]:
        """See the port."""
        log_id = (await self._events.position()).log_id
        with self._hub.bell((SAMPLES,)) as bell:
            while True:
                bell.clear()
                sample = self._samples.newest
                position = Position(log_id, {TOPIC: sample.sequence})
                yield [
                    BatchProgress(each, progress, sample.simulated_s, None, position)
                    for each, progress in sample.progress.items()
                ]
                await bell.wait()

    async def _has_ended(self, batch_id: str) -> bool:
        record = (await self._store.batches_by_id([batch_id])).get(batch_id)
        return record is None or record.state not in LIVE

    def _sampled(self, reader: _Reader, batch_id: str | None, furthest: Mapping[str, float]) -> list[BatchProgress]:
        """What the newest sample adds where the reader stands; behind a transition, an earlier sample is outdated."""
        sample, position = self._samples.newest, reader.position
        if sample.sequence != reader.sequence:
            return []
        return [
            BatchProgress(each, progress, sample.simulated_s, None, position)
            for each, progress in sample.progress.items()
            if batch_id in (None, each) and progress > furthest.get(each, 0.0)
        ]

    async def machine_updates(
        self, key: MachineKey | None, after: Position | None, view: Callable[[MachineKey], MachineView]
    ) -> AsyncGenerator[tuple[MachineView, PlantEntry], None]:
        """See the port."""
        reader = _Reader(self._events, self._samples, None)
        with self._hub.bell((TOPIC,)) as bell:
            await reader.begin(after)
            while True:
                bell.clear()
                entries, has_more = await reader.page()
                for entry in entries:
                    if entry.machine is not None and key in (None, entry.machine):
                        yield view(entry.machine), entry
                if not has_more:
                    await bell.wait()


def _told(entry: PlantEntry) -> BatchProgress | None:
    if entry.batch_id is None:
        return None
    return BatchProgress(entry.batch_id, entry.progress or 0.0, entry.simulated_s, entry, entry.position)
