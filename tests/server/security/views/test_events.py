"""The log as a token with a list of panels sees it: exactly the events that name no other panel, page by page."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from schema.events import filters, positions
from schema.ports import CursorInvalidError, Event, NewEvent, Position, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.security.views.events import SomeEvents
from server.security.views.plant import UNSAID
from server.stores.sqlite.database import Database

OWN, OTHER, GONE = "nj-own", "nj-other", "nj-gone"
ALL = filters(None)
EVERYTHING = 100_000
STOPPED: dict[str, Any] = {
    "detail": {"cause": "stopped", "reason": f"circuit Hall of panel {OTHER} is open"},
    "machine": "anode/mixing",
}


def happened(dice: random.Random) -> NewEvent:
    """Something, somewhere; most of it on the other panel."""
    serial = dice.choice((OWN, OTHER, OTHER, OTHER))
    return dice.choice((
        NewEvent("panel", serial, "CircuitRelayOpened", {"serial": serial}),
        NewEvent("joins", "machine/anode/coating", "MachineWired", {"serial": serial, "circuitId": "c1"}),
        NewEvent("plant", "machine/anode/mixing", "machine_down", STOPPED),
        NewEvent("plant", "batch/one", "batch_queued", {"detail": {}}),
        NewEvent("plant", "plant", "speed_changed", {"speed": "max"}),
        NewEvent("cells", "c-1", "CellInstanceCreated", {"name": "x"}),
    ))  # fmt: skip


def much(seed: int, count: int) -> list[NewEvent]:
    dice = random.Random(seed)
    return [happened(dice) for _ in range(count)]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[EventLog]:
    async with Database.open(tmp_path / "busbar.db") as database:
        hub = Hub()
        database.listen(hub.ring)
        yield EventLog(database, hub, Clock())


def visible(events: list[Event]) -> list[tuple[str, int]]:
    """What is told of these to whoever sees OWN alone, by topic and number; said apart from the view."""
    named = {"panel": lambda each: each.subject, "joins": lambda each: each.data["serial"]}
    return [(each.topic, each.seq) for each in events if each.topic not in named or named[each.topic](each) == OWN]


async def paged(view: SomeEvents, wanted: list[TopicFilter], sizes: Iterator[int]) -> list[Event]:
    found: list[Event] = []
    after = None
    while True:
        size = next(sizes)
        page, after = await view.since(after, wanted, size)
        assert len(page) <= size
        found += page
        if len(page) < size:
            return found


@pytest.mark.parametrize("seed", range(6))
async def test_pages_of_any_size_tell_all_that_is_seen_and_nothing_else(log, seed):
    dice = random.Random(seed)
    await log.append(much(seed, 700))
    whole, _ = await log.since(None, ALL, EVERYTHING)
    told = await paged(SomeEvents(log, frozenset({OWN})), ALL, iter(lambda: dice.choice((1, 2, 7, 120, 333)), 0))
    assert [(each.topic, each.seq) for each in told] == visible(whole)
    assert OTHER not in repr(told)


async def test_every_cursor_on_the_way_leads_to_the_rest(log):
    """As `events` in the graph makes them: of a page of `first`, one more was read to know whether more follows."""
    view = SomeEvents(log, frozenset({OWN}))
    await log.append(much(3, 120))
    told = await paged(view, ALL, iter(lambda: 50, 0))
    found, end = await view.since(None, ALL, 31)
    for count, cursor in enumerate(positions(found, None, end)[:31]):
        rest = await view.since(cursor, ALL, EVERYTHING)
        assert rest[0] == told[count:], count


async def test_what_comes_live_is_what_a_replay_tells(log):
    dice, view = random.Random(5), SomeEvents(log, frozenset({OWN}))
    start = await view.position()
    heard: list[Event] = []
    async with asyncio.timeout(20), aclosing(view.follow(start, ALL)) as feed:
        for _ in range(20):
            await log.append([happened(dice) for _ in range(5)])
        await log.append([NewEvent("panel", OWN, "Last", {})])
        async for event, behind in feed:
            heard.append(event)
            assert behind.seqs[event.topic] == event.seq
            if event.kind == "Last":
                break
    whole, _ = await log.since(start, ALL, EVERYTHING)
    assert [(each.topic, each.seq) for each in heard] == visible(whole)
    assert OTHER not in repr(heard)


async def test_another_panel_is_a_panel_that_there_never_was(log):
    await log.append(much(1, 300))
    for view in (SomeEvents(log, frozenset({OWN})), SomeEvents(log, frozenset())):
        for after in (None, Position((await log.position()).log_id, {"panel": 3})):
            answers = [await view.since(after, [TopicFilter("panel", serial)], 10) for serial in (OTHER, GONE, "")]
            assert answers[0] == answers[1] == answers[2]
            assert answers[0][0] == []
            assert answers[0][1].seqs["panel"] == (await log.position()).seqs["panel"]


async def test_a_whole_topic_is_narrowed_and_a_narrowed_one_stays_so(log):
    await log.append(much(1, 300))
    view = SomeEvents(log, frozenset({OWN, GONE}))
    whole, _ = await view.since(None, [TopicFilter("panel")], EVERYTHING)
    own, _ = await view.since(None, [TopicFilter("panel", OWN), TopicFilter("panel", OTHER)], EVERYTHING)
    both, _ = await view.since(None, [TopicFilter("panel", OTHER), TopicFilter("panel")], EVERYTHING)
    assert len(whole) >= 10
    assert whole == own == both
    assert {each.subject for each in whole} == {OWN}
    assert (await view.since(None, [TopicFilter("panel", GONE)], 10))[0] == []
    assert (await SomeEvents(log, frozenset()).since(None, [TopicFilter("panel")], 10))[0] == []


async def test_a_cursor_of_another_log_or_of_its_future_is_refused_as_ever(log):
    view = SomeEvents(log, frozenset())
    mine = (await log.position()).log_id
    for bad in (Position("another", {}), Position(mine, {"panel": 7})):
        with pytest.raises(CursorInvalidError):
            await view.since(bad, [TopicFilter("panel", OTHER)], 10)


async def test_why_a_machine_was_stopped_is_not_told(log):
    sent: list[dict[str, Any]] = [
        STOPPED,
        {"detail": {"cause": "breakdown", "reason": "worn"}},
        {"detail": {}},
        {"speed": "max"},
    ]
    await log.append([NewEvent("plant", "plant", "x", each) for each in sent])
    told, _ = await SomeEvents(log, frozenset({OWN})).since(None, [TopicFilter("plant")], 10)
    assert told[0].data == {**STOPPED, "detail": {"cause": "stopped", "reason": UNSAID}}
    assert [each.data for each in told[1:]] == sent[1:]
