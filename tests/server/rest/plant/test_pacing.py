"""Work beside the plant: it rests in proportion while others want the loop, and not for long when nobody does."""

from __future__ import annotations

import asyncio

import pytest

from server.rest.plant.pacing import Pacing


class Processor:
    """Tells the loop's processor time; while the work rests, others use it as they like."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, used_by_others: float) -> None:
        self.now_s, self.rests, self._used = 0.0, 0, used_by_others
        self._sleep = asyncio.sleep
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.rests += 1
        self.now_s += seconds * self._used
        await self._sleep(0)


@pytest.mark.parametrize(
    ("worked_s", "share", "used_by_others", "rests"),
    [
        (0.0, 0.05, 1.0, 1),
        (0.01, 0.05, 1.0, 10),
        (0.01, 0.05, 0.5, 10),
        (0.01, 0.05, 0.1, 1),
        (0.01, 0.5, 1.0, 1),
        (0.01, 1.0, 1.0, 1),
        (0.01, 5.0, 1.0, 1),
    ],
)
async def test_it_rests_until_its_work_is_its_share(
    monkeypatch: pytest.MonkeyPatch, worked_s: float, share: float, used_by_others: float, rests: int
) -> None:
    processor = Processor(monkeypatch, used_by_others)
    pacing = Pacing(0.02, share, processor)
    with pacing.work():
        processor.now_s += worked_s
    await pacing.rest()
    assert processor.rests == rests
    await pacing.rest()
    assert processor.rests == rests + 1


async def test_of_work_that_waits_no_more_is_counted_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    processor = Processor(monkeypatch, 1.0)
    pacing = Pacing(0.02, 0.05, processor)
    with pacing.work(0.001):
        processor.now_s += 10.0
    await pacing.rest()
    assert processor.rests == 1


async def test_what_is_done_while_it_rests_is_its_own_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    processor = Processor(monkeypatch, 0.0)
    pacing = Pacing(0.02, 0.05, processor)

    async def sleep(_seconds: float) -> None:
        processor.rests += 1
        with pacing.work():
            processor.now_s += 0.01

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await pacing.rest()
    assert processor.rests == 1
