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

from benchmarks.feeds.ticking import SERIAL

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
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def masked(message: object) -> bytes:
    """A client's frame of text; the mask of zeros leaves it as it is."""
    text = json.dumps(message).encode()
    head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
    return head + bytes(4) + text


SUBSCRIBE = masked({"id": "1", "type": "subscribe", "payload": {"query": QUERY, "variables": {"serial": SERIAL}}})
INIT = masked({"type": "connection_init"})


class Viewer(asyncio.Protocol):
    """Counts answers. With `late` it also adds how late each is."""

    def __init__(self, late: Callable[[float], None] | None = None) -> None:
        self.answers = 0
        self.is_watching = False
        self.has_gone = False
        self._late = late
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
        self._rest = data[1 - len(ANSWER) :]
        if self._late is not None:
            now = time.time()
            for found in OBSERVED.findall(data):
                self._late(now - datetime.fromisoformat(found.decode()).timestamp())

    def _greet(self, data: bytes) -> None:
        """One answer at a time: the handshake's, then the greeting's."""
        if data.startswith(b"HTTP/1.1 101"):
            self.transport.write(INIT)
        if b"connection_ack" in data:
            self.is_watching = True
            self.transport.write(SUBSCRIBE)


@dataclass(frozen=True, slots=True)
class Rate:
    """Answers that came in a second, and what each cost the server."""

    per_s: float
    cpu_us: float


async def saturated(port: int, pid: int, viewers: int, seconds: float) -> Rate:
    """As many answers as can be."""
    watching, _ = await _watching(port, viewers)
    await asyncio.sleep(seconds / 2)
    before, began, used_s = _count(watching), time.perf_counter(), cpu_s(pid)
    await asyncio.sleep(seconds)
    answers, took_s = _count(watching) - before, time.perf_counter() - began
    return Rate(answers / took_s, (cpu_s(pid) - used_s) / answers * 1e6)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Viewers of a feed that ticks slowly. `missing` answers are those that some had and others had not."""

    connected_s: float
    median_s: float
    p99_s: float
    missing: int
    memory_mb: float
    cpu: float


async def lightly(port: int, pid: int, viewers: int, seconds: float) -> Crowd:
    """How late an answer is, when each of them has long been told before the next one comes."""
    late: list[float] = []
    watching, connected_s = await _watching(port, viewers, late.append)
    await asyncio.sleep(1)
    late.clear()
    before, began, used_s = [each.answers for each in watching], time.perf_counter(), cpu_s(pid)
    await asyncio.sleep(seconds)
    had = [each.answers - count for each, count in zip(watching, before, strict=True)]
    cpu = (cpu_s(pid) - used_s) / (time.perf_counter() - began)
    late.sort()
    missing = sum(max(had) - each for each in had)
    return Crowd(connected_s, late[len(late) // 2], late[len(late) * 99 // 100], missing, _memory_mb(pid), cpu)


async def _watching(port: int, viewers: int, late: Callable[[float], None] | None = None) -> tuple[list[Viewer], float]:
    """All of them, and how long it took until each had its first answer."""
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    watching: list[Viewer] = []
    while len(watching) < viewers:
        more = [
            loop.create_connection(lambda: Viewer(late), "127.0.0.1", port)
            for _ in range(min(RAMP, viewers - len(watching)))
        ]
        watching += [viewer for _, viewer in await asyncio.gather(*more)]
        while not all(each.answers for each in watching):
            if any(each.has_gone for each in watching):
                raise ConnectionError("the server closed a socket")
            await asyncio.sleep(0.02)
    return watching, time.perf_counter() - began


def _count(watching: list[Viewer]) -> int:
    return sum(each.answers for each in watching)


def cpu_s(pid: int) -> float:
    """Processor time that the threads of a process have used."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6
