"""Tells what happened to one panel: events in the log, and one line for the operator when it is lost or back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from schema.ports import Availability, NewEvent, PanelView
from server.panel.counters import Counters
from server.panel.transitions import Seen, Told, told_of, transitions
from server.panel.world import World
from server.stores.panels import PanelRecord

log = structlog.get_logger()

COUNTERS = "counters"  # kept beside the told state, in the same JSON of the panel's row


class Teller:
    """Keeps the panel's row. What is told moves on commit: what could not be saved is told with the next view."""

    def __init__(self, record: PanelRecord, world: World) -> None:
        self.record = record
        self._store, self._clock = world.store, world.clock
        self._keep_s = world.limits.keep_counters_s
        self._kept_s = self._clock.monotonic()
        self._lost_s: float | None = None
        self._saving = asyncio.Lock()  # anyio's gives way to others at every poll
        self._is_over = False
        self._owed: NewEvent | None = None
        self._seen: Seen | None = None  # in the view that was told last

    async def tell(self, view: PanelView, counters: Counters, *, is_settled: bool) -> None:
        """Save the events between what was told and this view, in one transaction with the new told state."""
        if is_settled:
            self._say(view)
        seen = Seen.of(view.availability if is_settled else None, view.snapshot)
        async with self._saving:
            is_due = self._clock.monotonic() - self._kept_s >= self._keep_s
            if self._is_over or not (is_due or self._owed or seen != self._seen):
                return
            before: Told = {key: value for key, value in self.record.told.items() if key != COUNTERS}
            now = told_of(before, seen)
            if now != before or is_due or self._owed:
                await self._save(now, transitions(view.serial, before, now, view.reason), counters)
            self._seen = seen

    def adopt(self, record: PanelRecord, event: NewEvent) -> None:
        """Go on with this row at once. It is saved with the next view, or the one after: until it could be."""
        self.record, self._owed = record, event

    async def move(self, record: PanelRecord, events: Sequence[NewEvent]) -> None:
        """Save the row under its new address, token or name."""
        async with self._saving:
            await self._store.save(record, events)
            self.record = record

    async def finish(self, counters: Counters) -> None:
        """Save the counters one last time; nothing is saved afterwards."""
        async with self._saving:
            if not self._is_over:
                self._is_over = True
                await self._save(self.record.told, (), counters)

    async def mute(self) -> None:
        """Save nothing from now on: the row is about to go. Returns when the last save is through."""
        async with self._saving:
            self._is_over = True

    def unmute(self) -> None:
        """Go on: the row stays after all."""
        self._is_over = False

    async def _save(self, told: Told, events: Sequence[NewEvent], counters: Counters) -> None:
        kept: dict[str, Any] = {**told, COUNTERS: counters.kept()}
        owed = self._owed
        await self._store.save(replace(self.record, told=kept), [owed, *events] if owed else events)
        # Another row may have been adopted meanwhile: that one is owed still.
        self.record, self._kept_s = replace(self.record, told=kept), self._clock.monotonic()
        if self._owed is owed:
            self._owed = None

    def _say(self, view: PanelView) -> None:
        now_s, is_online = self._clock.monotonic(), view.availability is Availability.ONLINE
        address = f"{view.host}:{view.port}"
        if self._lost_s is None and not is_online:
            self._lost_s = now_s
            log.warning("panel.lost", panel=view.serial, address=address, reason=view.reason)
        elif self._lost_s is not None and is_online:
            log.info("panel.back", panel=view.serial, address=address, away_s=round(now_s - self._lost_s, 1))
            self._lost_s = None
