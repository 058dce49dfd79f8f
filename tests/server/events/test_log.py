from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from schema.ports import CursorExpiredError, CursorInvalidError, NewEvent, Position, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog, Retention
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import MAX_DATA_BYTES

PANEL = [TopicFilter("panel")]
NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def event(number: int = 0, topic: str = "panel", subject: str = "nj-1") -> NewEvent:
    return NewEvent(topic, subject, "RelayOpened", {"number": number})


def numbers(events) -> list[int]:
    return [each.data["number"] for each in events]


async def test_a_topic_counts_from_one_without_gaps(log):
    kept = await log.append([event(1), event(2, topic="plant"), event(3)])

    assert [(each.topic, each.seq) for each in kept] == [("panel", 1), ("plant", 1), ("panel", 2)]


async def test_a_transaction_that_fails_leaves_no_hole(log):
    await log.append([event(1)])
    with pytest.raises(ValueError, match="not JSON"):
        await log.append([event(2), NewEvent("panel", "nj-1", "Odd", {"what": object()})])
    (after,) = await log.append([event(3)])

    assert after.seq == 2


@pytest.mark.parametrize("odd", [{}, {"half": "\ud800"}, {"huge": 2**70}, {"least": -(2**63) - 1}, {"long": 2**64 - 1}])
async def test_what_is_read_back_is_what_was_appended(log, odd):
    data = {"name": "Küche \U0001f50c", "nested": [1, 2.5, None, True, {"a": "b"}], **odd}
    (kept,) = await log.append([NewEvent("panel", "série/1", "CircuitRenamed", data)])

    ((read,), _) = await log.since(None, PANEL, 10)

    assert read == kept


@pytest.mark.parametrize("data", [{"power_w": math.nan}, {"text": "x" * MAX_DATA_BYTES}, {"what": {1, 2}}])
async def test_data_that_no_reader_could_use_is_refused(log, data):
    with pytest.raises(ValueError, match=r"JSON|bytes"):
        await log.append([NewEvent("panel", "nj-1", "Odd", data)])
    assert (await log.since(None, PANEL, 10))[0] == []


async def test_pages_follow_each_other_from_their_positions(log):
    await log.append([event(number) for number in range(5)])

    first, position = await log.since(None, PANEL, 3)
    second, end = await log.since(position, PANEL, 3)

    assert numbers(first + second) == [0, 1, 2, 3, 4]
    assert end == await log.position()


async def test_topics_are_merged_in_the_order_of_their_commits(log):
    for number, topic in enumerate(["plant", "panel", "panel", "plant", "panel"]):
        await log.append([event(number, topic)])
    both = [TopicFilter("panel"), TopicFilter("plant")]

    first, position = await log.since(None, both, 3)
    second, _ = await log.since(position, both, 3)

    assert (numbers(first), numbers(second)) == ([0, 1, 2], [3, 4])


async def test_the_position_moves_past_what_the_filter_left_out(log):
    await log.append([event(1, subject="nj-1"), event(2, subject="nj-2"), event(3, subject="nj-2")])

    found, position = await log.since(None, [TopicFilter("panel", "nj-1")], 10)

    assert numbers(found) == [1]
    assert position.seqs == {"panel": 3}


async def test_several_subjects_of_one_topic_can_be_asked_for(log):
    await log.append([event(number, subject=f"nj-{number}") for number in range(4)])

    found, _ = await log.since(None, [TopicFilter("panel", "nj-1"), TopicFilter("panel", "nj-3")], 10)

    assert numbers(found) == [1, 3]


async def test_without_filters_there_are_no_events(log):
    await log.append([event()])

    assert (await log.since(None, [], 10))[0] == []


async def test_a_cursor_of_another_log_is_refused(log):
    with pytest.raises(CursorInvalidError, match="another log"):
        await log.since(Position("0123", {"panel": 0}), PANEL, 10)


@pytest.mark.parametrize("seq", [2, -1, 2**80])
async def test_a_cursor_from_the_future_is_refused(log, seq):
    await log.append([event()])
    position = await log.position()

    with pytest.raises(CursorInvalidError, match="ends at 1"):
        await log.since(Position(position.log_id, {"panel": seq}), PANEL, 10)


async def test_the_log_keeps_its_identity_and_count_over_a_restart(tmp_path):
    async with Database.open(tmp_path / "again.db") as database:
        before = EventLog(database, Hub(), Clock())
        await before.append([event(1)])
        position = await before.position()
    async with Database.open(tmp_path / "again.db") as database:
        after = EventLog(database, Hub(), Clock())
        await after.append([event(2)])
        found, _ = await after.since(position, PANEL, 10)

    assert [(each.seq, each.data["number"]) for each in found] == [(2, 2)]


async def test_a_cursor_older_than_the_retention_is_told_so_and_never_sees_a_gap(database, hub):
    log = EventLog(database, hub, Clock(), retention=Retention(events=3))
    await log.append([event(number) for number in range(1, 11)])

    assert await log.prune() == {"panel": 7}

    mine = (await log.position()).log_id
    with pytest.raises(CursorExpiredError) as refusal:
        await log.since(Position(mine, {"panel": 6}), PANEL, 10)
    assert (refusal.value.topic, refusal.value.seq, refusal.value.oldest) == ("panel", 6, 8)
    assert numbers((await log.since(Position(mine, {"panel": 7}), PANEL, 10))[0]) == [8, 9, 10]
    assert numbers((await log.since(None, PANEL, 10))[0]) == [8, 9, 10]


async def test_a_topic_the_cursor_never_saw_is_read_from_its_beginning_or_expired(database, hub):
    log = EventLog(database, hub, Clock(), retention=Retention(events=1))
    start = await log.position()
    await log.append([event(1), event(2)])
    assert numbers((await log.since(start, PANEL, 10))[0]) == [1, 2]

    await log.prune()

    with pytest.raises(CursorExpiredError):
        await log.since(start, PANEL, 10)


async def test_events_older_than_the_retention_go(database, hub):
    now = NOON
    log = EventLog(database, hub, Clock(now=lambda: now), retention=Retention(age=timedelta(days=1)))
    await log.append([event(1)])
    now = NOON + timedelta(hours=12)
    await log.append([event(2)])
    now = NOON + timedelta(days=1, seconds=1)

    assert await log.prune() == {"panel": 1}
    assert numbers((await log.since(None, PANEL, 10))[0]) == [2]


async def test_a_topic_that_lost_all_its_events_goes_on_counting(database, hub):
    now = NOON
    log = EventLog(database, hub, Clock(now=lambda: now), retention=Retention(age=timedelta(days=1)))
    await log.append([event(1), event(2)])
    now = NOON + timedelta(days=9)
    await log.prune()

    (after,) = await log.append([event(3)])

    assert after.seq == 3
