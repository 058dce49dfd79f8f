"""The ports, faked in a few lines each, and the context that a server would make of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import anyio
import numpy as np

from schema import ports
from schema.context import Context, Server
from schema.panel.refusals import PanelNotFound, PanelRefusal
from server.graphql.meters import Meters
from tests.schema.cells.fakes import FakeCells, FakeLinks, FakeRecordings, FakeSamples, FakeUploads
from tests.schema.joins.fakes import FakeMetering, FakeProduction, FakeWiring
from tests.schema.nouns import NOW
from tests.schema.plant.fakes import FakePlant


class FakeSearch:
    """Finds what it was told to. `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.hits: list[ports.Hit] = []
        self.asked: list[tuple[list[str], list[ports.EntityKind], int]] = []

    async def find(self, words: Sequence[str], kinds: Sequence[ports.EntityKind], limit: int) -> Sequence[ports.Hit]:
        self.asked.append((list(words), list(kinds), limit))
        return self.hits[:limit]


class FakePanels:
    """Panels in a dict. `answer` is what the next change is answered with; `calls` are the changes asked for."""

    def __init__(self, *views: ports.PanelView) -> None:
        self.views = {view.serial: view for view in views}
        self.answer: ports.PanelView | PanelRefusal = PanelNotFound(message="no such panel")
        self.calls: list[tuple[Any, ...]] = []
        self.watching = self.shown = 0
        self.asked_every_s = 0.0
        self.changed = asyncio.Condition()

    def all(self) -> Sequence[ports.PanelView]:
        return [self.views[serial] for serial in sorted(self.views)]

    def get(self, serial: str) -> ports.PanelView | None:
        return self.views.get(serial)

    async def show(self, view: ports.PanelView) -> None:
        async with self.changed:
            self.views[view.serial] = view
            self.changed.notify_all()

    async def drop(self, serial: str) -> None:
        async with self.changed:
            del self.views[serial]
            self.changed.notify_all()

    async def updates(self, serial: str, every_s: float = 0.0) -> AsyncGenerator[ports.PanelView, None]:
        self.asked_every_s, seen = every_s, None
        self.watching += 1
        try:
            while (view := self.views.get(serial)) is not None:
                if view is not seen:
                    seen, self.shown = view, self.shown + 1
                    yield view
                async with self.changed:
                    while self.views.get(serial) is seen:
                        await self.changed.wait()
        finally:
            self.watching -= 1

    async def add(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("add", *asked)

    async def remove(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("remove", *asked)

    async def set_circuit_relay(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("set_circuit_relay", *asked)

    async def set_circuit_priority(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("set_circuit_priority", *asked)

    async def rename_circuit(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("rename_circuit", *asked)

    async def set_main_relay(self, *asked: Any) -> ports.PanelView | PanelRefusal:
        return self._called("set_main_relay", *asked)

    def _called(self, *call: Any) -> ports.PanelView | PanelRefusal:
        self.calls.append(call)
        return self.answer


class FakeHistory:
    """Answers with a ramp whose second value is unknown; `failing` names circuits that raise."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failing: set[str | None] = set()

    async def series(self, serial: str, circuit_id: str | None, metric: ports.Metric, *window: Any) -> ports.Series:
        self.calls.append((serial, circuit_id, metric, *window))
        if circuit_id in self.failing:
            raise OSError("the disk is gone")
        return ports.Series(np.array([1.0, 2.0]), {metric.value: np.array([5.0, np.nan])}, source_points=9)


class FakeEvents:
    """A log in a list, whose first `pruned` events are forgotten."""

    def __init__(self) -> None:
        self.log: list[ports.Event] = []
        self.pruned = 0
        self.following = 0
        self.changed = asyncio.Condition()

    async def tell(self, subject: str, kind: str, data: Mapping[str, Any] | None = None) -> None:
        async with self.changed:
            at = NOW + timedelta(seconds=len(self.log))
            self.log.append(ports.Event("panel", len(self.log) + 1, at, subject, kind, data or {}))
            self.changed.notify_all()

    async def position(self) -> ports.Position:
        return ports.Position("log", {"panel": len(self.log)})

    async def since(
        self, after: ports.Position | None, filters: Sequence[ports.TopicFilter], limit: int
    ) -> tuple[list[ports.Event], ports.Position]:
        if after is not None and after.log_id != "log":
            raise ports.CursorInvalidError("the cursor belongs to another log")
        start = self.pruned if after is None else after.seqs.get("panel", 0)
        if start < self.pruned:
            raise ports.CursorExpiredError("panel", start, self.pruned + 1)
        wanted = [event for event in self.log[start:] if any(_fits(event, each) for each in filters)][:limit]
        end = wanted[-1].seq if len(wanted) == limit else len(self.log)
        return wanted, ports.Position("log", {"panel": end})

    async def follow(
        self, after: ports.Position | None, filters: Sequence[ports.TopicFilter]
    ) -> AsyncGenerator[tuple[ports.Event, ports.Position], None]:
        position = after or await self.position()
        self.following += 1
        try:
            while True:
                events, position = await self.since(position, filters, 1)
                for event in events:
                    yield event, position
                async with self.changed:
                    while len(self.log) <= position.seqs["panel"]:
                        await self.changed.wait()
        finally:
            self.following -= 1


def _fits(event: ports.Event, wanted: ports.TopicFilter) -> bool:
    return event.topic == wanted.topic and wanted.subject in (None, event.subject)


class World:
    """Everything a resolver can reach. `slept` are the seconds that were waited for, at once."""

    def __init__(self, *views: ports.PanelView) -> None:
        self.panels, self.history, self.events = FakePanels(*views), FakeHistory(), FakeEvents()
        self.slept: list[float] = []
        self.cells: Any = FakeCells()
        self.samples: Any = FakeSamples()
        self.uploads: Any = FakeUploads()
        self.recordings: Any = FakeRecordings()
        self.links: Any = FakeLinks()
        self.plant: Any = FakePlant()
        self.production, self.wiring, self.metering = FakeProduction(), FakeWiring(), FakeMetering()
        self.search = FakeSearch()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await anyio.lowlevel.checkpoint()

    def context(self, _connection: Any = None, viewer: ports.Viewer = ports.EVERYBODY) -> Context:
        return Context(
            panels=self.panels,
            history=self.history,
            events=self.events,
            cells=self.cells,
            samples=self.samples,
            uploads=self.uploads,
            recordings=self.recordings,
            plant=self.plant,
            production=self.production,
            wiring=self.wiring,
            metering=self.metering,
            search=self.search,
            links=self.links,
            live=Meters(),
            viewer=viewer,
            server=Server("busbar", "0.1.0", NOW - timedelta(hours=1), "a log"),
            now=lambda: NOW,
            sleep=self.sleep,
            new_id=lambda: "error-1",
        )
