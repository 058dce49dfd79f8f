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
            log.exception("panel.joining_broke", address=f"{newcomer.host}:{newcomer.port}")

    async def _join(self, newcomer: Newcomer) -> None:
        clock, address = self._world.clock, f"{newcomer.host}:{newcomer.port}"
        backoff = Backoff(self._world.limits, self._world.dice)
        said: type[PanelRefusal] | None = None
        while True:
            async with self._turns:
                answer = await self._admit(newcomer)
            if not isinstance(answer, PanelLocked | PanelUnreachable):
                break
            if type(answer) is not said:
                said = type(answer)
                log.warning("panel.awaited", address=address, reason=answer.message)
            failure = Failure(Fault.UNREACHABLE, answer.message)
            await clock.sleep(backoff.failed_s(failure, clock.monotonic()))
        if isinstance(answer, PanelRefusal):
            log.error("panel.not_added", address=address, reason=answer.message)
        else:
            log.info("panel.added", address=address, panel=answer.serial)
