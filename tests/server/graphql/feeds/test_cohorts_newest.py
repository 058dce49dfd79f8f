"""Values of which only the newest counts: none is worked out while nobody can take it."""

from __future__ import annotations

import pytest

from tests.server.graphql.feeds.sources import END, Edge, Reader, settled

NEWEST = "subscription { newest { seq counted } }"


def told(reader: Reader) -> list[tuple[int, int]]:
    """The numbers that came, and how many were said to be left out before each."""
    dropped = [answer.get("extensions", {}).get("dropped", 0) for answer in reader.answers]
    return list(zip(reader.seqs, dropped, strict=True))


async def test_nothing_is_worked_out_while_all_are_behind_and_then_only_the_newest(one: Edge) -> None:
    slow, slower = [await one.join(NEWEST, Reader(is_slow=True)) for _ in range(2)]
    one.plug.tell(*range(1, 101))
    await settled(500)
    assert (one.plug.pulled, one.plug.executions) == (100, 0)
    slow.hurry()
    await settled()
    assert (told(slow), one.plug.executions) == ([(100, 99)], 1)
    slower.hurry()
    await settled()
    assert (told(slower), one.plug.executions) == ([(100, 99)], 1)
    one.plug.tell(101)
    await settled()
    assert (told(slow)[1:], told(slower)[1:], one.plug.executions) == ([(101, 0)], [(101, 0)], 2)
    assert (one.meters.events_dropped, one.meters.events_delivered) == (198, 4)


async def test_what_lies_in_a_mailbox_is_replaced_by_what_is_not_worked_out_yet(one: Edge) -> None:
    slow, quick = await one.join(NEWEST, Reader(is_slow=True)), await one.join(NEWEST)
    one.plug.tell(1, 2)
    await settled()
    quick.is_slow = True
    one.plug.tell(3, 4)
    await settled()
    assert one.plug.executions == 2
    slow.hurry()
    await settled()
    assert (told(slow), one.plug.executions) == ([(4, 3)], 3)
    quick.hurry()
    await settled()
    assert (told(quick), one.plug.executions) == ([(1, 0), (2, 0), (4, 1)], 3)


async def test_a_late_one_gets_the_newest_at_once_though_nobody_else_could_take_it(one: Edge) -> None:
    slow = await one.join(NEWEST, Reader(is_slow=True))
    one.plug.tell(1, 2, 3)
    await settled()
    late = await one.join(NEWEST)
    await settled()
    assert (told(late), one.plug.executions) == ([(3, 0)], 1)
    slow.hurry()
    await settled()
    assert (told(slow), one.plug.executions) == ([(3, 2)], 1)
    one.plug.tell(4)
    await settled()
    later = await one.join(NEWEST)
    await settled()
    assert (told(later), one.plug.executions) == ([(4, 0)], 2)


async def test_a_late_one_that_is_behind_at_once_is_told_what_it_missed_since(one: Edge) -> None:
    await one.join(NEWEST, Reader(is_slow=True))
    one.plug.tell(1, 2)
    await settled()
    late = await one.join(NEWEST, Reader(is_slow=True))
    one.plug.tell(3, 4)
    await settled()
    late.hurry()
    await settled()
    assert told(late) == [(4, 2)]


@pytest.mark.parametrize(("last", "codes"), [(END, []), (OSError("the disk is gone"), ["INTERNAL"])])
async def test_the_newest_comes_before_the_end(one: Edge, last: object, codes: list[str]) -> None:
    slow = await one.join(NEWEST, Reader(is_slow=True))
    one.plug.tell(1, 2, last)
    await settled()
    slow.hurry()
    await settled()
    assert (told(slow), slow.codes, len(slow.endings)) == ([(2, 1)], codes, 1)
    assert one.plug.executions == 1


async def test_whoever_leaves_while_its_value_is_worked_out_leaves_nothing_behind(one: Edge) -> None:
    for turns in range(12):
        slow = await one.join(NEWEST, Reader(is_slow=True))
        await settled()
        one.plug.tell(1, 2)
        await settled()
        slow.hurry()
        await settled(turns)
        slow.leave()
        await settled()
        assert (one.meters.operations, one.meters.sources) == (0, 0)
        assert told(slow) in ([], [(2, 1)])


async def test_the_end_of_the_server_needs_no_value(one: Edge) -> None:
    slow = await one.join(NEWEST, Reader(is_slow=True))
    one.plug.tell(1, 2)
    await settled()
    await one.cohorts.close()
    slow.hurry()
    await settled()
    assert (told(slow), slow.codes, one.plug.executions) == ([], ["STOPPING"], 0)


async def test_events_that_come_while_one_is_worked_out_late_are_told_behind_it(one: Edge) -> None:
    for turns in range(12):
        slow = await one.join(NEWEST, Reader(is_slow=True))
        one.plug.tell(1, 2)
        await settled()
        slow.hurry()
        await settled(turns)
        one.plug.tell(3, 4)
        await settled()
        assert slow.seqs in ([2, 3, 4], [3, 4], [4])
        assert len(slow.seqs) + sum(dropped for _, dropped in told(slow)) == 4
        slow.leave()
        await settled()
