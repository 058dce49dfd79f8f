"""Two sources of the same events, at any distance: whoever goes over from one to the other is told each event once."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.graphql.limits import Limits
from tests.server.graphql.feeds.sources import CURSOR, Edge, Reader, edge, settled

TEXT = "subscription ($after: Cursor) { resumes(after: $after) { seq counted } }"
OWN, SHARED = 0, 1


class Sources:
    """The viewer's own source, and the one that it is to go over to; each tells 1, 2, 3 ..."""

    def __init__(self, one: Edge, began_at: int) -> None:
        self.one = one
        self.queues = list(one.plug.open)
        self.numbers = count(1), count(began_at)
        self.told = [0, began_at - 1]

    def tell(self, which: int) -> None:
        self.told[which] = next(self.numbers[which])
        self.queues[which].put_nowait(self.told[which])

    def level(self, last: int) -> None:
        for which in (OWN, SHARED):
            while self.told[which] < last:
                self.tell(which)

    @property
    def has_gone_over(self) -> bool:
        return self.queues[OWN] not in self.one.plug.open


STEPS = st.lists(st.tuples(st.sampled_from(["own", "shared", "slow", "hurry"]), st.integers(0, 9)), max_size=30)


@given(steps=STEPS, began_at=st.integers(1, 3), mailbox=st.integers(2, 5))
@example(steps=[("own", 9), ("own", 4), ("shared", 1), ("shared", 9)], began_at=1, mailbox=4)
@settings(max_examples=150, deadline=None)
def test_each_event_is_told_once_however_the_sources_meet(
    steps: list[tuple[str, int]], began_at: int, mailbox: int
) -> None:
    asyncio.run(_meet(steps, began_at, Limits(mailbox_events=mailbox)))


async def _meet(steps: list[tuple[str, int]], began_at: int, limits: Limits) -> None:
    one = edge(limits)
    reader = await one.join(TEXT, after=CURSOR)
    await settled()
    sources = Sources(one, began_at)
    for what, turns in steps:
        if what in ("slow", "hurry"):
            reader.is_slow = what == "slow" and not sources.has_gone_over
            if not reader.is_slow:
                reader.hurry()
        else:
            sources.tell(what == "shared")
        await settled(turns)
    reader.hurry()
    await settled(300)
    for _ in range(3):
        sources.level(max(sources.told) + 1)
        await settled(300)
    assert reader.codes in ([], ["SLOW_READER"])
    assert reader.seqs == [*range(1, (len(reader.seqs) if reader.codes else max(sources.told)) + 1)]
    assert sources.has_gone_over
    reader.leave()
    await settled()
    assert (one.meters.operations, one.meters.sources, one.plug.open) == (0, 0, [])


@pytest.mark.parametrize("lead", [OWN, SHARED])
def test_every_distance_in_turns_of_the_event_loop_is_as_good(lead: int) -> None:
    async def meet(turns: int, between: int) -> None:
        one = edge()
        reader: Reader = await one.join(TEXT, after=CURSOR)
        await settled()
        sources = Sources(one, 1)
        for _ in range(2):
            sources.tell(lead)
            await settled(between)
        await settled(turns)
        for _ in range(2):
            sources.tell(1 - lead)
            await settled(between)
        await settled(100)
        sources.level(4)
        await settled(200)
        assert (reader.seqs, sources.has_gone_over) == ([1, 2, 3, 4], True)
        await one.cohorts.close()

    for turns in range(25):
        for between in range(3):
            asyncio.run(meet(turns, between))


async def _lags_behind() -> None:
    one = edge()
    reader = await one.join(TEXT, after=CURSOR)
    await settled()
    sources = Sources(one, 1)
    sources.tell(OWN)
    for _ in range(5):
        for which in (OWN, SHARED):
            sources.tell(which)
            await settled(60)
    assert sources.has_gone_over
    sources.level(6)
    await settled()
    assert reader.seqs == [1, 2, 3, 4, 5, 6]
    await one.cohorts.close()


def test_a_source_that_is_always_ahead_waits() -> None:
    asyncio.run(_lags_behind())
