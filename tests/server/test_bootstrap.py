"""Work beside a block: how both end, and whose error is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from schema.plant.refusals import PlantBusy, StorageFull
from schema.ports import Speed
from server.bootstrap import _paced, running


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


class Refusing:
    """A plant that refuses a few times, and the clock of those who try again."""

    def __init__(self, *refusals: object) -> None:
        self.refusals = list(refusals)
        self.asked: list[object] = []
        self.slept: list[float] = []

    async def ready(self) -> None:
        self.asked.append("ready")

    async def set_speed(self, speed: object) -> object:
        self.asked.append(speed)
        return self.refusals.pop(0) if self.refusals else None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_speed_that_is_refused_at_the_start_is_set_later():
    plant: Any = Refusing(PlantBusy(message="in a moment"), StorageFull(message="full"))
    await _paced(plant, "max", plant, 0.5)
    assert plant.asked == ["ready", *[Speed.of("max")] * 3]
    assert plant.slept == [0.5, 0.5]


async def test_without_a_speed_the_plant_is_left_as_it_was():
    plant: Any = Refusing()
    await _paced(plant, None, plant, 0.5)
    assert plant.asked == []
