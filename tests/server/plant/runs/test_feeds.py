"""Following the plant: every transition once and in order, progress that never falls, and resuming without a gap."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema.ports import CursorInvalidError, Event, Position, Speed
from server.events.hub import Hub
from server.plant.runs.feeds import Samples
from server.plant.runs.limits import Limits
from server.plant.runs.wording import TOPIC
from tests.fakes import EPOCH
from tests.server.plant.runs.conftest import MAX, PATIENCE_S, SLOW

COATER = MachineKey(Line.ANODE, Stage.COATING)
STEADY = Speed.of(2e6)


async def transitions(works, batch_id=None) -> list[int]:
    return [event.seq for event in await works.events() if batch_id in (None, event.data.get("batch_id"))]


def never_falls(found) -> bool:
    furthest: dict[str, float] = {}
    for told in found:
        if told.progress < furthest.get(told.batch_id, 0.0):
            return False
        furthest[told.batch_id] = told.progress
    return True


@pytest.mark.parametrize("speed", [MAX, STEADY], ids=["max", "steady"])
async def test_a_batch_is_followed_from_0_to_1_and_the_feed_ends(opened_works, speed):
    async with opened_works(speed) as works:
        await works.plant.add_batch("one")
        await works.plant.add_batch("two")
        start = Position((await works.log.position()).log_id, {})
        found = await works.followed(lambda told: False, batch_id="one", after=start)
        assert {told.batch_id for told in found} == {"one"}
        assert [told.entry.sequence for told in found if told.entry] == await transitions(works, "one")
        assert (found[0].progress, found[-1].progress) == (0.0, 1.0)
        assert never_falls(found)
        assert found[-1].entry.kind == "batch_completed"
        assert await works.followed(lambda told: False, batch_id="one") == []


async def test_samples_come_between_transitions_and_at_most_ten_a_second(opened_works):
    async with opened_works(Speed.of(5e5)) as works:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await works.plant.add_batch("one")
        found = await works.followed(lambda told: False, batch_id="one")
        took_s = loop.time() - begun
        samples = [told for told in found if told.entry is None]
        assert 5 < len(samples) <= 10 * took_s + 2
        assert never_falls(found)
        assert all(before.progress < after.progress for before, after in pairwise(samples))


async def test_of_a_batch_that_ended_no_sample_is_told_any_more(opened_works):
    async with opened_works(Speed.of(5e5)) as works:
        await works.plant.add_batch("one")
        await works.ended("one")
        async with aclosing(works.plant.progress()) as feed, asyncio.timeout(PATIENCE_S):
            heard = asyncio.create_task(anext(feed))
            await asyncio.wait([heard], timeout=0.2)  # time for what must not come
            await works.plant.add_batch("two")
            told = await heard
        assert (told.batch_id, told.entry.kind) == ("two", "batch_queued")


async def test_who_comes_to_a_plant_that_stands_is_told_how_far_its_batches_are(opened_works):
    async with opened_works(Speed.of(5e5)) as works:
        await works.plant.add_batch("one")
        await works.followed(lambda told: told.progress > 0.1, batch_id="one")
        await works.plant.pause()
        for speed in (0.05, 0.06, 0.07):
            await works.plant.update_parameters(COATER, {"coating_speed": speed})
        (told,) = await works.followed(lambda told: True)
        assert (told.batch_id, told.entry) == ("one", None)
        assert told.progress == (await works.plant.batch("one")).progress


async def test_samples_come_after_a_restart_before_anything_happens(opened_works):
    async with opened_works(SLOW) as works:
        await works.plant.add_batch("one")
        before = await works.log.position()
    async with opened_works(SLOW) as works:
        assert await works.log.position() == before
        async with asyncio.timeout(PATIENCE_S):
            async for told in works.plant.samples():
                if told:
                    break
        assert [(each.batch_id, each.position) for each in told] == [("one", before)]


async def test_a_feed_resumed_at_any_place_has_no_gap_and_no_double(opened_works):
    async with opened_works(STEADY) as works:
        for number in range(3):
            await works.plant.add_batch(f"b{number}")
        after, ended = Position((await works.log.position()).log_id, {}), 0
        seen: list[int] = []
        while ended < 3:
            stop = len(seen) % 7 + 1
            part = await works.followed(lambda told, stop=stop: told.progress * stop >= 0.2, after=after)
            after = part[-1].position
            seen += [told.entry.sequence for told in part if told.entry]
            ended += sum(told.entry is not None and told.entry.kind == "batch_completed" for told in part)
        known = [event.seq for event in await works.events() if event.data.get("batch_id")]
        assert seen == known[: len(seen)]
        assert len(seen) > 100


async def test_machine_updates_are_those_of_the_machine(opened_works):
    async with opened_works(MAX) as works:
        start = Position((await works.log.position()).log_id, {})
        await works.plant.update_parameters(COATER, {"coating_speed": 0.06})
        for name in ("a", "b"):
            await works.plant.add_batch(name)
            await works.ended(name)
        found = []
        async with asyncio.timeout(10):
            async for view, entry in works.plant.machine_updates(COATER, start):
                assert view.key == entry.machine == COATER
                found.append(entry)
                if len(found) >= 8 and entry.kind == "machine_starved":
                    break
        expected = [event.seq for event in await works.events() if event.data["machine"] == "anode/coating"]
        assert [entry.sequence for entry in found] == expected
        assert found[0].detail["parameters"]["coating_speed"] == 0.06


async def test_many_readers_are_told_the_same(opened_works):
    async with opened_works(STEADY) as works:
        start = Position((await works.log.position()).log_id, {})
        feeds = [works.followed(lambda told: False, batch_id="one", after=start) for _ in range(20)]
        await works.plant.add_batch("one")
        told = await asyncio.gather(*feeds)
        heard = {tuple(each.entry.sequence for each in found if each.entry) for found in told}
        assert heard == {tuple(await transitions(works, "one"))}


def test_the_log_s_new_end_wakes_readers_who_looked_before_it_was_known():
    hub = Hub()
    samples = Samples(hub)
    with hub.bell([TOPIC]) as bell:
        samples.told([Event(TOPIC, 3, EPOCH, "plant", "run_began", {})])
        assert (samples.head, bell.is_set()) == (3, True)


async def test_a_feed_of_nobody_ends_and_a_foreign_cursor_is_refused(works):
    assert await works.followed(lambda told: False, batch_id="nobody") == []
    with pytest.raises(CursorInvalidError):
        await works.followed(lambda told: False, after=Position("elsewhere", {}))
    with pytest.raises(CursorInvalidError):
        await works.followed(lambda told: False, after=Position((await works.log.position()).log_id, {"plant": 99}))


async def test_the_log_is_read_by_the_page_and_newest_when_asked_without_a_place(works):
    await works.plant.add_batch("one")
    await works.ended("one")
    everything = await transitions(works)
    newest, behind = await works.plant.log(limit=5)
    assert [entry.sequence for entry in newest] == everything[-5:]
    assert (await works.plant.log(behind))[0] == []
    after, seen = Position(behind.log_id, {}), []
    while True:
        entries, after = await works.plant.log(after, limit=7)
        if not entries:
            break
        seen += [entry.sequence for entry in entries]
    assert seen == everything
    only, _ = await works.plant.log(limit=10_000, machine=COATER, batch_id="one")
    assert {entry.machine for entry in only} == {COATER}
    assert len(only) >= 3


async def test_the_newest_of_a_pruned_log_is_what_is_kept(opened_works):
    async with opened_works(SLOW, Limits()) as works:
        await works.plant.add_batch("one")
        await works.database.write(lambda db: db.execute("DELETE FROM event WHERE seq <= 3"))
        await works.database.write(lambda db: db.execute("UPDATE topic SET pruned = 3 WHERE name = 'plant'"))
        entries, _ = await works.plant.log(limit=10_000)
        assert entries[0].sequence == 4
