"""Feeds end with their reader, not some time after."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from schema.feeds import closed_after


async def test_a_feed_that_someone_still_holds_is_ended_all_the_same():
    ended = []

    async def feed() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            ended.append(True)

    held = feed()
    async with closed_after(held) as numbers:
        await anext(numbers)

    assert ended == [True]


async def test_a_feed_without_an_end_of_its_own_is_left_alone():
    class Endless:
        def __aiter__(self):
            return self

        async def __anext__(self):
            return 1

    async with closed_after(Endless()) as numbers:
        assert await anext(numbers) == 1
