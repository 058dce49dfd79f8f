"""Polling one panel for a capture: everything that it shows, again and again, until enough of it is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from clients.panel.client import SpanPanelClient
from clients.panel.exceptions import SpanPanelConnectionError, SpanPanelError, SpanPanelTimeoutError

Ended = Literal["polls", "time", "size", "interrupted"]


class Sink(Protocol):
    """Where the answers go."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Poll every `every_s` seconds, for `for_s` seconds or `polls` times: whichever is over first; None is no limit."""

    every_s: float = 1.0
    for_s: float | None = None
    polls: int | None = None


class PanelRecorder:
    """Polls until the plan is carried out or the sink is full. `polls` and `failures` count while it goes on.

    What fails is part of the record: an error's answer is in the capture, and only a lost connection leaves a gap.
    """

    def __init__(
        self,
        client: SpanPanelClient,
        sink: Sink,
        plan: Plan,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._client, self._sink, self._plan = client, sink, plan
        self._monotonic, self._sleep = monotonic, sleep
        self.polls = 0
        self.failures = 0
        self.ended: Ended = "interrupted"

    async def run(self, on_poll: Callable[[], None]) -> None:
        """Poll at even distances, calling `on_poll` after each; a poll that takes too long delays the next."""
        began = self._monotonic()
        await self._ask(self._client.scan_wifi)  # once: it keeps the panel's radio busy
        while True:
            due = self._monotonic() + self._plan.every_s
            await self._poll()
            self.polls += 1
            on_poll()
            if (over := self._over(due - began)) is not None:
                self.ended = over
                return
            await self._sleep(max(0.0, due - self._monotonic()))

    def _over(self, next_s: float) -> Ended | None:
        if self._sink.is_full:
            return "size"
        if self._plan.polls is not None and self.polls >= self._plan.polls:
            return "polls"
        if self._plan.for_s is not None and next_s > self._plan.for_s:
            return "time"
        return None

    async def _poll(self) -> None:
        client = self._client
        for question in (
            client.get_status,
            client.get_panel_state,
            client.get_circuits,
            client.get_storage_soe,
            client.get_power,
            client.get_meter,
            client.get_main_relay,
            client.get_thresholds,
            client.get_islanding_state,
        ):
            if not await self._ask(question):
                return

    async def _ask(self, question: Callable[[], Awaitable[object]]) -> bool:
        """Whether the panel is there to be asked more."""
        try:
            await question()
        except (SpanPanelConnectionError, SpanPanelTimeoutError):
            self.failures += 1
            return False
        except SpanPanelError:
            self.failures += 1
        return True
