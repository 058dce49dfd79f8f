"""Work beside a block: how both end, and whose error is told."""

from __future__ import annotations

import asyncio

import pytest

from server.beside import running


async def broken() -> None:
    raise LookupError("the work's")


async def endless() -> None:
    await asyncio.Event().wait()


async def test_what_is_left_of_the_work_is_cancelled_without_a_word():
    async with running(endless()):
        await asyncio.sleep(0)


async def test_the_works_error_is_told_at_the_end():
    with pytest.raises(LookupError, match="the work's"):
        async with running(broken()):
            await asyncio.sleep(0)


async def test_the_blocks_error_is_told_first_and_the_works_beside_it():
    async def block() -> None:
        async with running(broken()):
            await asyncio.sleep(0)
            raise ValueError("the block's")

    with pytest.raises(ValueError, match="the block's") as caught:
        await block()
    assert "LookupError" in caught.value.__notes__[0]


async def test_a_block_that_is_cancelled_stays_cancelled():
    async def block() -> None:
        async with running(broken()):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
