"""Load for HTTP servers: connections that always ask, and connections that poll by the second."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

HOST = "127.0.0.1"
POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Polled:
    """What polling found: times from a request to the end of its answer, and what the generator itself used.

    `late` polls were due before the answer to the one before had come; their requests were left out.
    """

    median_s: float
    p99_s: float
    worst_s: float
    answers: int
    late: int
    own_cpu: float


def request(path: str, token: str = "") -> bytes:
    """A GET as a client sends it."""
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n{bearer}\r\n".encode()


async def hammer(port: int, asked: bytes, connections: int, seconds: float) -> float:
    """Requests per second over some connections, each sending the next request when it has its answer."""
    answers = 0

    def again(connection: Asking) -> None:
        nonlocal answers
        answers += 1
        connection.ask(asked)

    for _ in range(connections):
        (await _connected(port, again)).ask(asked)
    await asyncio.sleep(seconds / 4)
    before, began = answers, time.perf_counter()
    await asyncio.sleep(seconds)
    return (answers - before) / (time.perf_counter() - began)


async def poll(ports: Sequence[int], asked: Sequence[Sequence[bytes]], seconds: int) -> Polled:
    """Ask each port its own requests, one after the other, once a second; the ports' turns are spread over it."""
    polls = [Poll(requests) for requests in asked]
    for one, port in zip(polls, ports, strict=True):
        one.connection = await _connected(port, one.answered)
    loop, cpu, began = asyncio.get_running_loop(), time.process_time(), time.perf_counter()
    for number, one in enumerate(polls):
        for second in range(seconds):
            loop.call_later(POLL_S * (second + number / len(polls)), one.begin)
    await asyncio.sleep(seconds + POLL_S)
    waits = [wait for one in polls for wait in one.waits]
    return Polled(
        statistics.median(waits),
        statistics.quantiles(waits, n=100)[-1],
        max(waits),
        len(waits),
        sum(one.late for one in polls),
        (time.process_time() - cpu) / (time.perf_counter() - began),
    )


class Poll:
    """One panel's turns."""

    connection: Asking

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._next = len(requests)
        self._asked = 0.0
        self.waits: list[float] = []
        self.late = 0

    def begin(self) -> None:
        """Ask the first request, unless the last turn's answers have not all come."""
        if self._next < len(self._requests):
            self.late += 1
        else:
            self._next = 0
            self._ask()

    def answered(self, _: Asking) -> None:
        """Ask the next request, if there is one."""
        self.waits.append(time.perf_counter() - self._asked)
        self._next += 1
        if self._next < len(self._requests):
            self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self.connection.ask(self._requests[self._next])


class Asking(asyncio.Protocol):
    """One connection; `answered` is called with it at the end of each answer."""

    def __init__(self, answered: Callable[[Asking], None]) -> None:
        self._answered = answered
        self._missing: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, asked: bytes) -> None:
        self._transport.write(asked)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            head, _, body = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise ValueError(head)
            self._missing = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._missing = None
            self._answered(self)


async def _connected(port: int, answered: Callable[[Asking], None]) -> Asking:
    _, protocol = await asyncio.get_running_loop().create_connection(lambda: Asking(answered), HOST, port)
    return protocol
