"""Answers kept for a short window, and one request for all who ask for the same thing at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from clients.panel.exceptions import SpanPanelConnectionError
from clients.panel.patience import Bounded

T = TypeVar("T")


@dataclass(slots=True)
class _Flight:
    """A request under way, whether it changes the panel, and how many wait for it."""

    task: asyncio.Task[Any]
    changes: bool = False
    waiting: int = 0


class Cache:
    """One kept answer and one request under way per key.

    A window starts when a request succeeds; a failure changes nothing; `window_s` 0 keeps nothing. A caller that is
    cancelled leaves the others their request; the last one to leave cancels it.
    """

    window_s = Bounded(0, 86_400)

    def __init__(self, name: str, window_s: float, monotonic: Callable[[], float]) -> None:
        """`name` is what errors call the panel."""
        self.name = name
        self.window_s = window_s
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Any]] = {}
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def get(self, key: str, fetch: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The kept answer, or the answer of the request under way, or that of a new one."""
        kept = self._kept.get(key)
        if kept is not None and self._monotonic() - kept[0] < self.window_s:
            answer: T = kept[1]
        else:
            answer = await self._join(key, self._flights.get(key) or self._start(key, fetch()))
        return answer

    async def alone(self, key: str, request: Coroutine[Any, Any, T], *, changes: bool) -> T:
        """The answer of a request that is neither kept nor shared; `close` ends it like the others."""
        answer: T = await self._join(key, self._launch(key, request, changes=changes))
        return answer

    def drop(self, *keys: str) -> None:
        """Forget these answers; a request under way still answers its callers, but is neither kept nor joined."""
        for key in keys:
            self._kept.pop(key, None)
            self._flights.pop(key, None)

    async def close(self) -> None:
        """Forget everything and end the requests under way: their callers get SpanPanelConnectionError."""
        self._kept.clear()
        self._flights.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, key: str, request: Coroutine[Any, Any, T]) -> _Flight:
        flight = self._flights[key] = self._launch(key, request, changes=False)
        return flight

    def _launch(self, key: str, request: Coroutine[Any, Any, T], *, changes: bool) -> _Flight:
        flight = _Flight(asyncio.create_task(request), changes)
        self._tasks.add(flight.task)
        flight.task.add_done_callback(partial(self._land, key, flight))
        return flight

    def _land(self, key: str, flight: _Flight, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if self._flights.get(key) is not flight:
            return
        del self._flights[key]
        if not task.cancelled() and task.exception() is None and self.window_s:
            self._kept[key] = (self._monotonic(), task.result())

    async def _join(self, key: str, flight: _Flight) -> Any:  # noqa: ANN401 - the key's own kind, as in `get`
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if _is_cancelled() or not flight.task.cancelled():
                raise
            text = f"panel {self.name} was not heard out at {key}: the client was closed; open a new one"
            raise SpanPanelConnectionError(text, outcome_unknown=flight.changes) from None
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._abandon(key, flight)

    def _abandon(self, key: str, flight: _Flight) -> None:
        """End a request nobody waits for, and let nobody join it any more."""
        if self._flights.get(key) is flight:
            del self._flights[key]
        flight.task.cancel()


def _is_cancelled() -> bool:
    """Whether it is this very task that is being cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
