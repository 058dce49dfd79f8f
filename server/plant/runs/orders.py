"""What the plant is told: one thing at a time, written down before it is done, and done even if its asker leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from schema.plant.refusals import PlantBusy, PlantRefusal, StorageFull
from schema.ports import NewEvent, Speed
from server.plant.commands import Answer, Command, Reset
from server.plant.runs.feeds import Samples
from server.plant.runs.limits import Limits
from server.plant.runs.run import Run
from server.plant.runs.running import Running, pacing_of
from server.plant.runs.wording import TOPIC, record_of
from server.stores.errors import StorageFullError, StoreError
from server.stores.plant import PlantStore

logger = structlog.get_logger()

T = TypeVar("T")
Make = Callable[[Run], Awaitable[Command | Answer | PlantRefusal]]
"""Looks at the run as it stands at its turn, and says what to do; an answer where nothing is to be done."""


class Orders:
    """Every order takes the driver's turn, so that the plant stands still while it is checked and written down."""

    def __init__(self, running: Running, store: PlantStore, samples: Samples, limits: Limits) -> None:
        self._running, self._store, self._samples, self._limits = running, store, samples, limits
        self._under_way: set[asyncio.Task[Any]] = set()

    async def do(self, make: Make) -> Answer | PlantRefusal:
        """What became of it; refuses PlantBusy, StorageFull, and what `make` refuses."""
        return await self._in_turn(lambda: self._done(make))

    async def set_speed(self, speed: Speed) -> PlantRefusal | None:
        """Pace the plant so, and remember it."""
        return await self._in_turn(lambda: self._paced(speed))

    async def finished(self, within_s: float) -> None:
        """Wait for those under way; what is not done in time is cancelled."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _in_turn(self, act: Callable[[], Awaitable[T]]) -> T | PlantRefusal:
        if len(self._under_way) >= self._limits.waiting_commands:
            waiting = self._limits.waiting_commands
            return PlantBusy(message=f"{waiting} commands wait for the plant already; try again in a moment")
        task = asyncio.create_task(self._turn(act))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _turn(self, act: Callable[[], Awaitable[T]]) -> T | PlantRefusal:
        turn = self._running.driver.turn
        try:
            if self._running.keeper.trouble is None:
                async with asyncio.timeout(self._limits.command_wait_s):
                    await self._running.ready.wait()
                    await turn.acquire()
            else:
                return self._stalled()
        except TimeoutError:
            return self._stalled()
        try:
            return await act()
        except StorageFullError as error:
            return StorageFull(message=str(error))
        except StoreError as error:
            return PlantBusy(message=f"the command cannot be written down now ({error}); nothing was changed")
        finally:
            turn.release()

    def _stalled(self) -> PlantRefusal:
        trouble = self._running.keeper.trouble
        if trouble is not None:
            return StorageFull(message=f"the plant stands still, for nothing can be written down: {trouble}")
        if not self._running.ready.is_set():
            return PlantBusy(message="the plant is being brought back to where it was; try again in a moment")
        return PlantBusy(message="the plant did not come to a stop in time; try again in a moment")

    async def _done(self, make: Make) -> Answer | PlantRefusal:
        running = self._running
        run, driver = running.run, running.driver
        driver.catch_up()
        command = await make(run)
        if isinstance(command, PlantRefusal | Answer):
            return command
        if run.commands >= self._limits.most_commands and not (run.is_idle or isinstance(command, Reset)):
            limit = self._limits.most_commands
            return PlantBusy(message=f"this run was told {limit} things, which is the limit; reset the plant")
        await self._store.tell(run.record.number, record_of(run.commands + 1, command))
        run.note(command)
        try:
            answer = run.simulation.apply(command)
        except Exception:  # a bug in one command must not cost the plant's batches, nor its next commands
            logger.exception("command_broke", run=run.record.number, command=type(command).__name__)
            return await self._taken_back()
        driver.changed()
        if await running.keeper.keep(run) and run.was_reset:
            await running.begin_next()
        return answer

    async def _taken_back(self) -> PlantBusy:
        number = self._running.run.record.number
        await self._running.go_back()
        if self._running.run.record.number == number:
            return PlantBusy(message="busbar could not do this, and its log says why; nothing was changed")
        return PlantBusy(message="busbar could not do this, and its log says why; the run was interrupted by it")

    async def _paced(self, speed: Speed) -> None:
        running = self._running
        running.driver.catch_up()
        if speed == running.speed:
            return
        run = running.run
        data = {"simulated_s": run.now_s, "machine": None, "batch_id": None, "detail": {"speed": str(speed)}}
        told = NewEvent(TOPIC, "plant", "speed_changed", data)
        self._samples.told(await self._store.set_speed(run.record.number, str(speed), [told]))
        run.record = replace(run.record, speed=str(speed))
        running.speed = speed
        running.driver.changed(pacing_of(speed))
