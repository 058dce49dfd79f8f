"""The run that goes on now: brought back or begun anew at the start, driven, and followed by the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog
from pydantic import ValidationError

from clients.plant.models import MachineKey
from schema.ports import Pace, Speed
from server.clock import Clock
from server.plant.driver import Driver
from server.plant.pacing import Fastest, Steady, Visible
from server.plant.pacing import Pace as Pacing
from server.plant.runs.feeds import Samples
from server.plant.runs.keeper import Keeper
from server.plant.runs.limits import Limits
from server.plant.runs.restoring import COMMANDS_AT_ONCE, NotRepeatedError, restored
from server.plant.runs.run import Design, Run
from server.plant.runs.wording import key_of
from server.stores.errors import StoreError
from server.stores.plant import PlantStore, RunRecord, RunState

logger = structlog.get_logger()


def pacing_of(speed: Speed) -> Pacing:
    """What the driver goes by."""
    if speed.factor is not None:
        return Steady(speed.factor)
    return Fastest() if speed.pace is Pace.MAX else Visible()


class Running:
    """`ready` is set once the run is brought back. Whoever looks before sees a fresh plant, and may not command it."""

    def __init__(
        self, store: PlantStore, samples: Samples, clock: Clock, limits: Limits, design: Design, speed: Speed
    ) -> None:
        self._store, self._clock, self._limits, self._design = store, clock, limits, design
        self.speed = speed
        self.keeper = Keeper(store, samples, clock, limits, design, self._reach_s)
        self.run = Run(design.first(str(speed)), design, clock, [])
        self.driver = Driver(self.run.simulation, pacing_of(speed), clock.monotonic, self._after)
        self.ready = asyncio.Event()

    @asynccontextmanager
    async def open(self, stop_s: float) -> AsyncIterator[None]:
        """Bring it back and drive it beside the body; at the end what happened is written down, if that can be soon."""
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            await self._close(task, stop_s)

    async def _close(self, task: asyncio.Task[None], stop_s: float) -> None:
        if self.keeper.trouble is not None or not self.ready.is_set():
            await _stop(task)
            return
        try:
            async with asyncio.timeout(stop_s):
                await self._keep_last(task)
        except TimeoutError:
            logger.warning("plant_not_kept_at_the_end", reason=self.keeper.trouble)
            await _stop(task)

    async def _keep_last(self, task: asyncio.Task[None]) -> None:
        async with self.driver.turn:  # the driver is between two slices then, not in the midst of a write
            await _stop(task)
            self.driver.catch_up()
            await self.keeper.keep(self.run, is_last=True)

    async def _work(self) -> None:
        self._take_over(await self._brought_back())
        self.ready.set()
        while True:
            try:
                await self.driver.run()
            except Exception:  # nobody expected it; a plant that stands still for ever helps no one
                logger.exception("plant_failed", run=self.run.record.number)
            await self._interrupted()

    async def go_back(self) -> None:
        """To where the run was before its last command, which could not be done; whoever calls holds the turn.

        When that cannot be, the run is interrupted.
        """
        run = self.run
        try:
            await self._store.untell(run.record.number, run.commands)
            self._take_over(await restored(run.record, self._design, self._store, self._clock))
        except (StoreError, NotRepeatedError) as error:
            logger.warning("plant_interrupted", run=run.record.number, reason=str(error))
            await self._begin_anew()

    async def _interrupted(self) -> None:
        async with self.driver.turn:
            await self._begin_anew()

    async def _begin_anew(self) -> None:
        """The run cannot go on: another begins, and its batches are told so."""
        while True:
            try:
                record = replace(self.run.record, place=self.run.recorder.changes().place)
                self._take_over(await self._after_interruption(record))
            except StoreError as error:
                self.keeper.trouble = str(error)
                await self._clock.sleep(self._limits.retry_s)
            else:
                self.keeper.trouble = None
                return

    def _take_over(self, run: Run) -> None:
        self.run = run
        self.speed = Speed.of(run.record.speed) or self.speed
        self.driver.changed(pacing_of(self.speed), run.simulation)

    async def _brought_back(self) -> Run:
        while True:
            try:
                run = await self._last_or_first()
            except StoreError as error:
                self.keeper.trouble = str(error)
                logger.warning("plant_not_restored", reason=str(error))
                await self._clock.sleep(self._limits.retry_s)
            else:
                self.keeper.trouble = None
                await self.keeper.keep_surely(run)
                return run

    async def _last_or_first(self) -> Run:
        record = await self._store.run()
        if record is None:
            return await self.keeper.begin(self._design.first(str(self.speed)), RunState.ENDED)
        try:
            return await restored(record, self._design, self._store, self._clock)
        except NotRepeatedError as error:
            logger.warning("plant_interrupted", run=record.number, reason=str(error))
        return await self._after_interruption(record)

    async def _after_interruption(self, record: RunRecord) -> Run:
        """A fresh run, whose machines are set as they were, where that still can be."""
        following = self._design.following(record, record.place.now_s, self._design.parameters)
        try:
            parameters, stopped = await self._left(record)
            as_before = replace(following, parameters=parameters)
            return await self.keeper.begin(as_before, RunState.INTERRUPTED, None, stopped)
        except (ValueError, KeyError, ValidationError):
            return await self.keeper.begin(following, RunState.INTERRUPTED)

    async def _left(self, record: RunRecord) -> tuple[dict[str, Any], dict[MachineKey, str]]:
        """What the run was told to set its machines to, and which to stop."""
        parameters, stopped, number = dict(record.parameters), dict[MachineKey, str](), 0
        while commands := await self._store.commands(record.number, number, COMMANDS_AT_ONCE):
            for command in commands:
                if command.kind == "set_parameters":
                    parameters[command.body["machine"]] = command.body["parameters"]
                elif command.kind == "stop_machine":
                    stopped.setdefault(key_of(command.body["machine"]), command.body["reason"])
                elif command.kind == "start_machine":
                    stopped.pop(key_of(command.body["machine"]), None)
            number = commands[-1].number
        return parameters, stopped

    def _reach_s(self, run: Run) -> float:
        """How far the clock is written down ahead; of a run that is not driven yet, it is as it is."""
        is_driven = run.simulation is self.driver.simulation
        return self.driver.reach_s(self._limits.save_clock_s) if is_driven else run.simulation.now_s

    async def _after(self, wait_s: float | None) -> None:
        await self.keeper.after(self.run, wait_s)
        while self._next_is_due and not await self.begin_next():
            await self._clock.sleep(self._limits.retry_s)
        await self.keeper.prune()

    @property
    def _next_is_due(self) -> bool:
        return self.run.was_reset or (self.run.is_idle and self.run.told >= self._limits.run_commands)

    async def begin_next(self) -> bool:
        """Whatever was asked of this run is done: begin another. False when it cannot be written down now."""
        run = self.run
        parameters = self._design.parameters if run.was_reset else run.parameters
        following = self._design.following(run.record, run.simulation.now_s, parameters)
        if not await self.keeper.keep(run):
            return False
        try:
            self._take_over(await self.keeper.begin(following, RunState.ENDED, run, run.simulation.stopped()))
        except StoreError as error:
            self.keeper.trouble = str(error)
            return False
        return True


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        raise error
