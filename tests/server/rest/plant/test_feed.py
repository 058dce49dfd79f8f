"""The feed that all sockets share: what is framed is what is kept, whoever asks first and whatever came since."""

from __future__ import annotations

import json

import pytest

from server.frames import text_frame
from server.plant.runs.limits import Limits
from server.rest.plant.feed import AT_ONCE, Feed, FeedLostError
from tests.schema.serving import until
from tests.server.rest.plant.face import Face

BATCHES = 12


async def test_what_is_framed_is_what_is_kept_however_much_came_since(face: Face) -> None:
    feed, sizes, before = Feed(Limits()), set(), 0
    async with feed.followed(face.world.plant, face.world.events):
        for batch in range(BATCHES):
            await face.started(f"b{batch}")
            await feed.reach(0)
            for number in (0, before, feed.end - 1):
                kept = feed.kept(number)
                assert feed.framed(number) == b"".join(text_frame(each.text) for each in kept)
                assert feed.framed(number) is feed.framed(number)
                sizes.add(len(kept))
            before = feed.end - 1
        told = [json.loads(each.text) for number in range(0, feed.end, AT_ONCE) for each in feed.kept(number)]
    assert len(sizes) > 1
    assert max(sizes) <= AT_ONCE
    sequences = [each["sequence"] for each in told if each["kind"] != "progress"]
    assert sequences == list(range(sequences[0], sequences[-1] + 1))


async def test_what_is_no_longer_kept_is_lost_and_the_next_follower_begins_anew(face: Face) -> None:
    feed = Feed(Limits(kept_envelopes=10))
    async with feed.followed(face.world.plant, face.world.events):
        await face.started("a")
        await until(lambda: feed.end > 30)
        with pytest.raises(FeedLostError, match="too slow"):
            await feed.reach(0)
        assert len(feed.kept(feed.end - 10)) == 10
    with pytest.raises(FeedLostError, match="interrupted"):
        await feed.reach(feed.end)
    async with feed.followed(face.world.plant, face.world.events):
        with pytest.raises(FeedLostError, match="too slow"):
            await feed.reach(feed.end - 1)
        before = feed.end
        await face.started("b")
        await until(lambda: feed.end > before)
