"""What nobody expected: in a machine's physics it ends one batch, in a command nothing but the command."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from clients.plant.models import Line, MachineKey, Stage
from schema.plant.refusals import PlantBusy
from schema.ports import BatchState, BatchView, PlantState, Speed
from server.plant.line import Floor
from server.plant.steps.table import STEPS
from server.stores.errors import StorageFullError, StoreError
from tests.server.plant.runs.conftest import MAX, PATIENCE_S, design

MIXER, COATER = MachineKey(Line.ANODE, Stage.MIXING), MachineKey(Line.ANODE, Stage.COATING)
STEADY = Speed.of(1e6)


def breaking(key: MachineKey, wrong: Any) -> Any:
    """A plant in which one machine's physics breaks for the first batch."""
    left = [wrong]

    def step(*asked: Any) -> Any:
        if left:
            given = left.pop()
            if isinstance(given, Exception):
                raise given
            return given
        return STEPS[key](*asked)

    return design(steps={**STEPS, key: step})


@pytest.mark.parametrize("wrong", [RuntimeError("the die burst"), TypeError("a bug"), None])
@pytest.mark.parametrize("key", [MIXER, COATER])
async def test_physics_that_break_fail_their_batch_alone(opened_works, key: MachineKey, wrong: Any) -> None:
    with capture_logs() as logs:
        async with opened_works(MAX, made=breaking(key, wrong)) as works:
            assert isinstance(await works.plant.add_batch("bad"), BatchView)
            assert isinstance(await works.plant.add_batch("good"), BatchView)
            bad, good = await works.ended("bad"), await works.ended("good")
            assert (bad.state, good.state) == (BatchState.FAILED, BatchState.COMPLETED)
            assert bad.reason == f"anode/{key.stage}: busbar could not work out what the machine does; its log says why"
            assert (await works.plant.view()).run == 1
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["machine_broke"]


def broken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch breaks the floor in the midst of coming in."""
    add, left = Floor.add, [LookupError("a bug")]

    def breaks(floor: Floor, batch: Any) -> None:
        add(floor, batch)
        if left:
            raise left.pop()

    monkeypatch.setattr(Floor, "add", breaks)


async def test_a_command_that_breaks_changes_nothing_and_the_plant_goes_on(opened_works, monkeypatch) -> None:
    async with opened_works(STEADY) as works:
        await works.plant.add_batch("before")
        await works.plant.stop_machine(COATER, "a rest")
        broken_once(monkeypatch)
        with capture_logs() as logs:
            refusal = await works.plant.add_batch("bad")
        assert isinstance(refusal, PlantBusy)
        assert "nothing was changed" in refusal.message
        assert [each["event"] for each in logs if each["log_level"] == "error"] == ["command_broke"]
        assert await works.plant.batch("bad") is None
        assert (await works.plant.view()).queue + (await works.plant.view()).running == ("before",)
        assert works.plant.stopped() == {COATER: "a rest"}
        await works.plant.start_machine(COATER)
        assert isinstance(await works.plant.add_batch("bad"), BatchView)
        await works.plant.set_speed(MAX)
        for batch_id in ("before", "bad"):
            assert (await works.ended(batch_id)).state is BatchState.COMPLETED
    async with opened_works(MAX) as works:
        view = await works.plant.view()
        assert (view.run, view.state) == (1, PlantState.IDLE)
        kinds = [command.kind for command in await works.store.commands(1, 0, 100)]
        assert kinds == ["add_batch", "stop_machine", "start_machine", "add_batch"]


async def test_a_command_that_breaks_and_cannot_be_taken_back_interrupts_the_run(opened_works, monkeypatch) -> None:
    async with opened_works(STEADY) as works:
        await works.plant.add_batch("before")
        broken_once(monkeypatch)

        async def failing(*_: Any) -> None:
            raise StoreError("no room")

        monkeypatch.setattr(works.store, "untell", failing)
        assert isinstance(await works.plant.add_batch("bad"), PlantBusy)
        assert (await works.plant.batch("before")).state is BatchState.INTERRUPTED
        assert (await works.plant.view()).run == 2
        await works.plant.set_speed(MAX)
        assert isinstance(await works.plant.add_batch("after"), BatchView)
        assert (await works.ended("after")).state is BatchState.COMPLETED


async def test_the_end_waits_only_so_long_for_a_disk_that_fills_in_the_last_write(opened_works, monkeypatch) -> None:
    writing, fails = asyncio.Event(), asyncio.Event()

    async def filling(*_: Any) -> None:
        writing.set()
        await fails.wait()
        raise StorageFullError("no room")

    async with asyncio.timeout(PATIENCE_S):
        async with opened_works(STEADY, stop_s=0.2) as works:
            await works.plant.add_batch("one")
            monkeypatch.setattr(works.store, "keep", filling)
            await writing.wait()
            asyncio.get_running_loop().call_later(0.05, fails.set)
        async with opened_works(MAX) as works:
            await works.plant.set_speed(MAX)
            assert (await works.ended("one")).state is BatchState.COMPLETED


async def test_the_end_waits_only_so_long_for_a_command_that_cannot_be_undone(opened_works, monkeypatch) -> None:
    async def failing(*_: Any) -> None:
        raise StorageFullError("no room")

    async with asyncio.timeout(PATIENCE_S):
        async with opened_works(STEADY, stop_s=0.2) as works:
            broken_once(monkeypatch)
            for name in ("untell", "begin"):
                monkeypatch.setattr(works.store, name, failing)
            asking = asyncio.create_task(works.plant.add_batch("bad"))
            while (await works.plant.view()).state is not PlantState.STALLED:  # noqa: ASYNC110 (no bell rings for it)
                await asyncio.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await asking
