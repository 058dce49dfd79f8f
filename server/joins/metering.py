"""Follows the plant with the meters of all panels that machines hang on, each by itself.

A panel whose control does not answer is tried again, ever more seldom; no other waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Never

import structlog

from clients.plant.models import MachineKey
from schema.ports import Events
from server.clock import Clock
from server.events.hub import Hub
from server.joins.follower import Follower
from server.joins.led_panels import AwayError, LedPanels
from server.joins.limits import Limits
from server.joins.meter_book import MeterBook, Owner
from server.joins.waiting import rung
from server.joins.wiring import Wires
from server.panel.transitions import TOPIC as PANEL_TOPIC
from server.plant.runs.wording import TOPIC
from server.stores.errors import StoreError
from server.stores.joins import MeterStore

logger = structlog.get_logger()

BROKE = "busbar could not take in what happened; its log says why"
MOST_DOUBLINGS = 30
"""Of the pause between two tries, long after it is as long as it may be."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a machine was followed, and why that goes no further."""

    at_s: float
    sequence: int
    trouble: str | None


@dataclass(slots=True)
class Following:
    """A follower at work: `failures` in a row, and why the last one failed."""

    follower: Follower
    failures: int = 0
    trouble: str | None = None


class Metering:
    """Works beside the plant from where it was left; `run` it once."""

    def __init__(
        self, log: Events, store: MeterStore, wires: Wires, panels: LedPanels, hub: Hub, clock: Clock, limits: Limits
    ) -> None:
        self._log, self._wires, self._panels = log, wires, panels
        self._hub, self._clock, self._limits = hub, clock, limits
        self._book = MeterBook(store)
        self.followed: dict[Owner, Following] = {}
        self._trouble: str | None = None

    def of(self, machine: MachineKey) -> Progress:
        """How far the machine was followed by whoever has it, or is to have it."""
        wire = self._wires.of_machine(machine)
        owner = self._book.owner(machine, None if wire is None else wire.serial)
        following = self.followed.get(owner)
        return Progress(*self._book.progress(owner), self._trouble or (following.trouble if following else None))

    async def run(self) -> Never:
        """Until cancelled. One task follows each panel at the other end of a wire, and one the machines on none."""
        await self._open()
        news = asyncio.Event()
        self._wires.listeners.append(news.set)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    news.clear()
                    for owner in self._owners - self.followed.keys():
                        follower = Follower(owner, self._log, self._book, self._wires, self._panels)
                        self.followed[owner] = Following(follower)
                        group.create_task(self._follow(self.followed[owner]))
                    await news.wait()
        finally:
            self._wires.listeners.remove(news.set)

    @property
    def _owners(self) -> set[Owner]:
        return {None, *self._book.states, *(wire.serial for wire in self._wires.all())}

    async def _open(self) -> None:
        while True:
            try:
                await self._book.open()
            except StoreError as error:
                self._trouble = str(error)
                logger.warning("meters_wait", reason=self._trouble)
                await self._clock.sleep(self._limits.retry_s)
            else:
                self._trouble = None
                return

    async def _follow(self, following: Following) -> None:
        """Until nothing hangs on its panel any more; what cannot be done now is tried again."""
        follower = following.follower
        with self._bells() as (bell, news, panels):
            while not (follower.is_done and follower.serial not in self._book.states):
                follower.is_held &= not panels.is_set()
                for each in (bell, news, panels):
                    each.clear()
                count = await self._tried(following)
                if count is None:
                    await rung(news, self._clock, self._pause_s(following.failures))
                elif not count:
                    await bell.wait()
            del self.followed[follower.serial]

    @contextmanager
    def _bells(self) -> Iterator[tuple[asyncio.Event, asyncio.Event, asyncio.Event]]:
        """Of whatever there is to do, of what is no reason to wait any longer, and of what happened to panels.

        The first two ring too when a wire was changed, or a machine is free for its next owner.
        """
        hub = self._hub
        with hub.bell([TOPIC, PANEL_TOPIC]) as bell, hub.bell([PANEL_TOPIC]) as news, hub.bell([PANEL_TOPIC]) as panels:
            rings, heard = (bell.set, news.set), (self._wires.listeners, self._book.listeners)
            for listeners in heard:
                listeners.extend(rings)
            try:
                yield bell, news, panels
            finally:
                for listeners in heard:
                    for ring in rings:
                        listeners.remove(ring)

    def _pause_s(self, failures: int) -> float:
        return min(self._limits.retry_s * 2.0 ** min(failures - 1, MOST_DOUBLINGS), self._limits.retry_cap_s)

    async def _tried(self, following: Following) -> int | None:
        """How many transitions were followed; None when it could not be done now."""
        follower = following.follower
        try:
            count = await follower.once()
            if follower.is_done:
                await self._book.close(follower.serial)
        except (AwayError, StoreError) as error:
            self._failed(following, str(error))
            return None
        except Exception:  # a bug of ours must not end the metering for good; it is logged
            logger.exception("metering_broke", panel=follower.serial)
            self._failed(following, BROKE)
            return None
        following.failures, following.trouble = 0, None
        return count

    def _failed(self, following: Following, trouble: str) -> None:
        if trouble not in (following.trouble, BROKE):
            logger.warning("meters_wait", panel=following.follower.serial, reason=trouble)
        following.failures, following.trouble = following.failures + 1, trouble
        following.follower.is_held = False
