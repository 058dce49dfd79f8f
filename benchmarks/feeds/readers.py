"""Viewers of one live feed, many in one process: they count, and tell how late what they got was."""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from benchmarks.feeds.ticking import RUSH, SERIAL
from server.graphql.sockets.messages import PING

QUERY = (
    "subscription ($serial: String!) { circuitPower(serial: $serial)"
    " { observedAt gridPowerW circuits { circuitId name powerW } } }"
)
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
ANSWER = b'"next"'
OBSERVED = re.compile(rb'"observedAt":"([^"]+)"')
RAMP = 100
"""Sockets that are opened at once; the next ones when all of these have had an answer."""
QUIET_S = 0.2
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def masked(message: object) -> bytes:
    """A client's frame of text; the mask of zeros leaves it as it is."""
    text = json.dumps(message).encode()
    head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
    return head + bytes(4) + text


SUBSCRIBE = masked({"id": "1", "type": "subscribe", "payload": {"query": QUERY, "variables": {"serial": SERIAL}}})
INIT = masked({"type": "connection_init"})
PONG = masked({"type": "pong"})


class Audience:
    """All viewers. While `late` is there it is told of each answer how late it is."""

    def __init__(self, port: int, pid: int) -> None:
        self.pid = pid
        self.late: Callable[[float], None] | None = None
        self._port = port
        self._viewers: list[Viewer] = []

    @property
    def answers(self) -> list[int]:
        """That came until now, to each."""
        return [each.answers for each in self._viewers]

    async def gather(self, viewers: int) -> None:
        """Open the sockets, and return when each had its first answer."""
        loop = asyncio.get_running_loop()
        while len(self._viewers) < viewers:
            count = min(RAMP, viewers - len(self._viewers))
            more = [loop.create_connection(lambda: Viewer(self), "127.0.0.1", self._port) for _ in range(count)]
            self._viewers += [viewer for _, viewer in await asyncio.gather(*more)]
            while not all(self.answers):
                if any(each.has_gone for each in self._viewers):
                    raise ConnectionError("the server closed a socket")
                await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Return when the last event has come to all."""
        count, before = sum(self.answers), -1
        while count != before:
            await asyncio.sleep(QUIET_S)
            count, before = sum(self.answers), count


class Viewer(asyncio.Protocol):
    """Counts answers."""

    def __init__(self, audience: Audience) -> None:
        self.answers = 0
        self.is_watching = False
        self.has_gone = False
        self._audience = audience
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(UPGRADE)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.has_gone = True

    def data_received(self, data: bytes) -> None:
        if not self.is_watching:
            self._greet(data)
            return
        data = self._rest + data
        self.answers += data.count(ANSWER)
        if PING in data:
            self.transport.write(PONG)
        self._rest = data[1 - len(ANSWER) :]
        if self._audience.late is not None:
            now = time.time()
            for found in OBSERVED.findall(data):
                self._audience.late(now - datetime.fromisoformat(found.decode()).timestamp())

    def _greet(self, data: bytes) -> None:
        """One answer at a time: the handshake's, then the greeting's."""
        if data.startswith(b"HTTP/1.1 101"):
            self.transport.write(INIT)
        if b"connection_ack" in data:
            self.is_watching = True
            self.transport.write(SUBSCRIBE)


@dataclass(frozen=True, slots=True)
class Calm:
    """A tick a second: how late its answers are. `missing` are those that some viewers had and others had not.

    `connecting_ms` is the server's processor time for each viewer until it had its first answer.
    """

    connected_s: float
    connecting_ms: float
    median_s: float
    p99_s: float
    missing: int
    memory_mb: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Rush:
    """As many ticks as nobody can follow: answers that came in a second, and what each cost the server."""

    per_s: float
    cpu_us: float


async def calm(port: int, pid: int, viewers: int, seconds: float) -> Calm:
    """Each event has long been told before the next one comes."""
    return await _calm(Audience(port, pid), viewers, seconds)


async def calm_then_rush(port: int, pid: int, viewers: int, seconds: float) -> tuple[Calm, Rush]:
    """The same viewers."""
    audience = Audience(port, pid)
    calmly = await _calm(audience, viewers, seconds)
    audience.late = None
    os.kill(pid, RUSH)
    await asyncio.sleep(seconds / 2)
    before, began, used_s = audience.answers, time.perf_counter(), cpu_s(pid)
    await asyncio.sleep(seconds)
    answers, took_s = sum(audience.answers) - sum(before), time.perf_counter() - began
    return calmly, Rush(answers / took_s, (cpu_s(pid) - used_s) / answers * 1e6)


async def _calm(audience: Audience, viewers: int, seconds: float) -> Calm:
    began, used_s = time.perf_counter(), cpu_s(audience.pid)
    await audience.gather(viewers)
    connected_s, connecting_ms = time.perf_counter() - began, (cpu_s(audience.pid) - used_s) / viewers * 1e3
    await audience.quiet()
    late: list[float] = []
    audience.late = late.append
    before, began, used_s = audience.answers, time.perf_counter(), cpu_s(audience.pid)
    await asyncio.sleep(seconds)
    await audience.quiet()
    had = [now - count for now, count in zip(audience.answers, before, strict=True)]
    cpu = (cpu_s(audience.pid) - used_s) / (time.perf_counter() - began)
    late.sort()
    missing = sum(max(had) - each for each in had)
    at_50, at_99 = (late[len(late) * part // 100] for part in (50, 99))
    return Calm(connected_s, connecting_ms, at_50, at_99, missing, _memory_mb(audience.pid), cpu)


def cpu_s(pid: int) -> float:
    """Processor time that the threads of a process have used."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6
