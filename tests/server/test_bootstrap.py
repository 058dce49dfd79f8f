from __future__ import annotations

from typing import Any

from schema.plant.refusals import PlantBusy, StorageFull
from schema.ports import Speed
from server.bootstrap import _paced


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
