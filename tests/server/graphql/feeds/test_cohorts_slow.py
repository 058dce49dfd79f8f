"""Readers that are behind: what they miss, what they do not, and that nobody waits for them."""

from __future__ import annotations

import pytest

from server.graphql.limits import Limits
from tests.server.graphql.feeds.sources import CURSOR, END, Reader, edge, settled

NEWEST = "subscription { newest { seq counted } }"
EVERY = "subscription { every { seq text } }"
MIXED = "subscription { oddPasses { seq } }"
OWN = "subscription { own { seq } }"
FEW = Limits(mailbox_events=3)


async def test_of_samples_a_slow_reader_gets_the_newest_and_is_told_how_many_it_missed() -> None:
    one = edge(FEW)
    slow, quick = await one.join(NEWEST, Reader(is_slow=True)), await one.join(NEWEST)
    one.plug.tell(*range(1, 10))
    await settled(200)
    slow.hurry()
    one.plug.tell(10)
    await settled()
    assert [answer.get("extensions") for answer in slow.answers] == [{"dropped": 8}, None]
    assert (slow.seqs, quick.seqs) == ([9, 10], [*range(1, 11)])
    assert (one.meters.events_dropped, one.meters.events_delivered, one.meters.slow_readers) == (8, 12, 0)
    assert slow.endings == []


async def test_of_transitions_a_slow_reader_gets_all_that_fit_and_then_an_end_that_says_how_to_go_on() -> None:
    one = edge(FEW)
    slow, quick = await one.join(EVERY, Reader(is_slow=True)), await one.join(EVERY)
    one.plug.tell(1, 2, 3)
    await settled()
    assert one.meters.operations == 2
    one.plug.tell(4, 5)
    await settled()
    assert one.meters.operations == 1
    slow.hurry()
    assert (slow.seqs, slow.codes, quick.seqs) == ([1, 2, 3], ["SLOW_READER"], [1, 2, 3, 4, 5])
    assert "`cursor`" in slow.endings[0].errors[0]["message"]
    assert (one.meters.slow_readers, one.meters.events_dropped) == (1, 0)


async def test_bytes_count_as_events_do() -> None:
    one = edge(Limits(mailbox_bytes=100))
    slow = await one.join(EVERY, Reader(is_slow=True))
    one.plug.tell(*range(1, 9))
    await settled()
    slow.hurry()
    length = len('{"data":{"every":{"seq":1,"text":""}}}')
    assert (len(slow.seqs), slow.codes) == (100 // length, ["SLOW_READER"])


async def test_the_last_member_that_is_too_slow_takes_the_source_along() -> None:
    one = edge(FEW)
    slow = await one.join(EVERY, Reader(is_slow=True))
    one.plug.tell(*range(9))
    await settled()
    assert (one.plug.closed, one.meters.sources, one.meters.operations) == (1, 0, 0)
    slow.leave()
    await settled()
    assert one.plug.closed == 1


async def test_samples_between_transitions_go_and_the_transitions_stay() -> None:
    one = edge(FEW)
    slow = await one.join(MIXED, Reader(is_slow=True))
    one.plug.tell(2, 3, 4, 5, 7, 9)
    await settled(200)
    slow.hurry()
    assert (slow.seqs, one.meters.events_dropped) == ([2, 4, 9], 3)
    assert [answer.get("extensions") for answer in slow.answers] == [{"dropped": 3}, None, None]
    assert slow.endings == []


async def test_a_sample_never_ends_an_operation() -> None:
    one = edge(FEW)
    slow = await one.join(MIXED, Reader(is_slow=True))
    one.plug.tell(2, 4, 6, 7, 9)
    await settled(200)
    slow.hurry()
    assert (slow.seqs, slow.endings) == ([2, 4, 6, 9], [])


async def test_while_something_waits_nothing_overtakes_it() -> None:
    one = edge()
    reader = await one.join(EVERY, Reader(is_slow=True))
    one.plug.tell(1)
    await settled()
    reader.is_slow = False
    one.plug.tell(2)
    await settled()
    assert reader.seqs == [1, 2]


@pytest.mark.parametrize("text", [OWN, f'subscription {{ every(after: "{CURSOR}") {{ seq }} }}'])
async def test_a_feed_of_its_own_waits_for_its_viewer_and_loses_nothing(text: str) -> None:
    one = edge(FEW)
    slow = await one.join(text, Reader(is_slow=True))
    one.plug.tell(*range(100), END)
    await settled(500)
    assert one.plug.pulled == 3
    slow.drain()
    await settled(500)
    assert one.plug.pulled == 6
    slow.hurry()
    await settled(1000)
    assert (slow.seqs, len(slow.endings), slow.codes) == ([*range(100)], 1, [])
    assert (one.meters.slow_readers, one.meters.sources) == (0, 0)


async def test_a_feed_of_its_own_may_be_left_while_it_waits() -> None:
    one = edge(FEW)
    slow = await one.join(OWN, Reader(is_slow=True))
    one.plug.tell(*range(100))
    await settled(200)
    slow.leave()
    await settled()
    assert (one.plug.closed, one.meters.sources, one.meters.operations) == (1, 0, 0)


async def test_one_long_event_may_come_by_itself() -> None:
    one = edge(Limits(mailbox_bytes=5))
    slow, own = await one.join(EVERY, Reader(is_slow=True)), await one.join(OWN, Reader(is_slow=True))
    one.plug.tell(1)
    await settled()
    slow.hurry()
    own.hurry()
    assert (slow.seqs, own.seqs) == ([1], [1])
