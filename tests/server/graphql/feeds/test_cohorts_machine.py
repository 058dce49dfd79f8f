"""Viewers who join, leave, fall behind and catch up in any order, while a feed goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import anyio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from server.graphql.limits import Limits
from tests.server.graphql.feeds.sources import Reader, edge, settled

FIELDS = ("every", "newest", "oddPasses", "own")


class Viewer(Reader):
    """`since` is the first event that was told after it had joined, `sure` the last before it came to rest."""

    def __init__(self, field: str, since: int) -> None:
        super().__init__()
        self.field, self.since = field, since
        self.was_slow = False

    @property
    def missed(self) -> int:
        return sum(answer.get("extensions", {}).get("dropped", 0) for answer in self.answers)


class Feeds(RuleBasedStateMachine):
    """Events are numbered. Steps do not wait until all has come to rest, so they meet each other halfway."""

    here = Bundle("here")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.one = self.run(self._edge())
        self.number = 0
        self.viewers: list[Viewer] = []

    async def _edge(self) -> Any:
        return edge(Limits(mailbox_events=4))

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(doing)

    @rule(target=here, fields=st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4), turns=st.integers(0, 5))
    def join(self, fields: list[str], turns: int) -> Any:
        return multiple(*self.run(self._join(fields, turns)))

    async def _join(self, fields: list[str], turns: int) -> list[Viewer]:
        viewers = [Viewer(field, self.number + 1) for field in fields]
        texts = [f"subscription {{ {field} {{ seq }} }}" for field in fields]
        async with anyio.create_task_group() as joining:
            for text, viewer in zip(texts, viewers, strict=True):
                joining.start_soon(self.one.join, text, viewer)
        self.viewers += viewers
        await settled(turns)
        return viewers

    @rule(count=st.integers(1, 6), turns=st.integers(0, 5))
    def tell(self, count: int, turns: int) -> None:
        for _ in range(count):
            self.number += 1
            self.one.plug.tell(self.number)
        self.run(settled(turns))

    @rule(viewer=here)
    def fall_behind(self, viewer: Viewer) -> None:
        viewer.is_slow = viewer.was_slow = True

    @rule(viewer=here)
    def catch_up(self, viewer: Viewer) -> None:
        self.run(self._hurry(viewer))

    async def _hurry(self, viewer: Viewer) -> None:
        viewer.hurry()

    @rule(viewer=consumes(here))
    def leave(self, viewer: Viewer) -> None:
        self.run(settled(200))
        self.look(viewer)
        viewer.leave()
        self.viewers.remove(viewer)
        seen = len(viewer.answers)
        self.tell(1, 20)
        viewer.is_slow = False
        assert len(viewer.answers) == seen

    @rule()
    def rest(self) -> None:
        self.run(settled(200))
        for viewer in self.viewers:
            self.look(viewer)

    def look(self, viewer: Viewer) -> None:
        """At rest: what each must have seen by now."""
        seqs = viewer.seqs
        assert seqs == sorted(set(seqs)), "each once, in order"
        told = list(range(min([viewer.since, *seqs]), self.number + 1))
        if viewer.codes:
            assert viewer.codes == ["SLOW_READER"]
            assert viewer.was_slow
            assert viewer.field in ("every", "oddPasses")
            told = told[: told.index(seqs[-1]) + 1] if seqs else []
        elif viewer.is_slow:
            return
        if viewer.field in ("every", "own") or not viewer.was_slow:
            assert seqs == told
        else:
            assert seqs[-1:] == told[-1:], "the newest is there"
            assert viewer.missed == len(told) - len(seqs)
            assert viewer.field == "newest" or not {seq for seq in told if seq % 2 == 0} - set(seqs)

    @invariant()
    def one_source_for_all(self) -> None:
        wanted = {viewer.field for viewer in self.viewers if not viewer.codes}
        shared = len(wanted - {"own"})
        own = sum(viewer.field == "own" for viewer in self.viewers)
        assert self.one.meters.sources >= own
        assert len(self.one.cohorts._shared) <= shared

    def teardown(self) -> None:
        for viewer in self.viewers:
            viewer.leave()
        self.run(settled(50))
        assert (self.one.meters.operations, self.one.meters.sources) == (0, 0)
        assert self.one.plug.closed == self.one.plug.pulling
        assert not self.one.cohorts._closing
        assert not asyncio.all_tasks(self.loop)
        self.loop.close()


TestFeeds = Feeds.TestCase
TestFeeds.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
