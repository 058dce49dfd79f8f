"""Adds the configured panels in the background; those that do not answer yet are tried again, ever further apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from schema.panel.refusals import PanelLocked, PanelRefusal, PanelUnreachable
from schema.ports import PanelView
from server.panel.backoff import Backoff
from server.panel.failures import Failure, Fault
from server.panel.newcomer import Newcomer
from server.panel.readmission import Readmission
from server.panel.world import World

log = structlog.get_logger()


class Joining:
    """One task per configured panel that is not polled yet; each ends when its panel is, or never can be."""

    def __init__(
        self,
        admit: Callable[[Newcomer], Awaitable[PanelView | PanelRefusal]],
        is_known: Callable[[Newcomer], bool],
        configured: Sequence[Newcomer],
        world: World,
    ) -> None:
        self._admit, self._is_known, self._configured, self._world = admit, is_known, configured, world
        self._turns = asyncio.Semaphore(world.limits.max_joining)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin with all that are not known yet."""
        strangers = (newcomer for newcomer in self._configured if not self._is_known(newcomer))
        self._tasks = [asyncio.create_task(self._join_safely(newcomer)) for newcomer in strangers]

    async def close(self) -> None:
        """Give up on those that did not answer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join_safely(self, newcomer: Newcomer) -> None:
        try:
            await self._join(newcomer)
        except Exception:  # nobody awaits this task before the end: what ends it must be told now
            log.exception("panel.joining_broke", address=newcomer.address)

    async def _join(self, newcomer: Newcomer) -> None:
        clock, address = self._world.clock, newcomer.address
        backoff, readmission = Backoff(self._world.limits, self._world.dice), Readmission(self._world.limits)
        said: type[PanelRefusal] | None = None
        while True:
            async with self._turns:
                answer = await self._admit(newcomer)
            if not isinstance(answer, PanelLocked | PanelUnreachable):
                break
            if type(answer) is not said:
                said = type(answer)
                log.warning("panel.awaited", address=address, reason=answer.message)
            now_s, failure = clock.monotonic(), Failure(Fault.UNREACHABLE, answer.message)
            # One that told its serial and then failed has registered us: in vain, and it may not have let us undo it.
            in_vain = isinstance(answer, PanelUnreachable) and answer.serial and newcomer.access_token is None
            pause_s = readmission.tried(now_s) if in_vain else 0.0
            await clock.sleep(max(pause_s, backoff.failed_s(failure, now_s)))
        if isinstance(answer, PanelRefusal):
            log.error("panel.not_added", address=address, reason=answer.message)
        else:
            log.info("panel.added", address=address, panel=answer.serial)
