"""Bad weather between busbar and an emulated panel: every request meets a fault that a seed has chosen."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import httpx

from emulator import EmulatedPanel, transport
from tests.fakes import EPOCH

STATUSES = (500, 502, 503, 504, 401, 403, 404, 429)
DROPS = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)
WITHOUT_TOKEN = ("/api/v1/status", "/api/v1/auth/register")


@dataclass
class Weather(httpx.AsyncBaseTransport):
    """`asked_s` is when each request came; each of `pauses` is when one was asked for, and for how long.

    In a storm no poll is ever whole, but what needs no token comes through now and then: so a panel behind it is
    registered with again and again, unless the gateway knows when to stop.
    """

    panel: EmulatedPanel
    dice: random.Random
    longest_pause_s: int = 90
    is_stormy: bool = False
    asked_s: list[float] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)
    hung_until_s: float = 0.0
    met: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._inner = transport(self.panel)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked_s.append(self._now_s())
        clears_up = request.url.path in WITHOUT_TOKEN and self.dice.random() < 0.5
        if self.is_stormy and not clears_up:
            return await self._strike(request)
        return await self._inner.handle_async_request(request)

    async def _strike(self, request: httpx.Request) -> httpx.Response:
        # The first is no refusal: two of those running, and nothing else before, mean that only the door can help.
        fault = self.dice.choice([*STATUSES, *DROPS, "hang"]) if self.met else 502
        self.met.add(fault)
        if fault == "hang":
            self.hung_until_s = self._now_s() + request.extensions["timeout"]["read"]
            await asyncio.sleep(3_600)
        if isinstance(fault, int):
            return httpx.Response(fault, headers=self._pause() if fault in (429, 503) else {}, json={"detail": "no"})
        raise fault("the line is dead", request=request)  # type: ignore[operator]  # one of DROPS

    def _pause(self) -> dict[str, str]:
        seconds, now = self.dice.randint(1, self.longest_pause_s), EPOCH + timedelta(seconds=int(self._now_s()))
        self.pauses.append((self._now_s(), float(seconds)))
        if self.dice.random() < 0.5:
            return {"retry-after": str(seconds)}
        after = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
        return {"date": format_datetime(now, usegmt=True), "retry-after": after}

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
