"""R37: clients that mean no good, in a process of their own: `python -m tests.together.flood PLAN`; tells what it saw.

Wrong tokens come at a steady rate over a few connections, each from an address of its own. Beside them stand
connections on which no request is ever whole; when the server ends one, another takes its place.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle

import uvloop

from tests.server.raw_http import answer

BODY = b'{"query": "{ serverInfo { name } }"}'
WRONG = (
    b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b"x-api-key: wrong\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
HALVES = (b"", b"GET /graphql HTTP/1.1\r\nhost: localhost\r\n", b"G")
OPENING_PER_S = 2_000
LEAST_WRONG = 12
"""Wrong tokens from each address, however slow the machine is."""


@dataclass(frozen=True)
class Plan:
    """`port` is on this machine. Both floods last `for_s` seconds, and until the server has ended what is left."""

    port: int
    for_s: float
    wrong_per_s: int
    addresses: int
    half_open: int


@dataclass
class Told:
    statuses: dict[str, int]
    opened: int
    ended: int
    most_open: int


class Flood:
    """`run` it once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._statuses: Counter[int] = Counter()
        self._opened = self._ended = self._most_open = 0

    async def run(self) -> Told:
        self._until_s = asyncio.get_running_loop().time() + self._plan.for_s
        async with asyncio.TaskGroup() as group:
            for number in range(self._plan.addresses):
                group.create_task(self._wrong(number))
            for number, half in zip(range(self._plan.half_open), cycle(HALVES)):
                group.create_task(self._halves(half, number / OPENING_PER_S))
        statuses = {str(status): count for status, count in self._statuses.items()}
        return Told(statuses, self._opened, self._ended, self._most_open)

    @property
    def _left_s(self) -> float:
        return self._until_s - asyncio.get_running_loop().time()

    async def _wrong(self, number: int) -> None:
        source = (f"127.0.1.{number + 1}", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._plan.port, local_addr=source)
        every_s, loop = self._plan.addresses / self._plan.wrong_per_s, asyncio.get_running_loop()
        due_s = loop.time()
        sent = 0
        while self._left_s > 0 or sent < LEAST_WRONG:
            sent += 1
            writer.write(WRONG)
            status, _, _ = await answer(reader)
            self._statuses[status] += 1
            due_s += every_s
            await asyncio.sleep(due_s - loop.time())
        writer.close()

    async def _halves(self, half: bytes, after_s: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(after_s)
        while self._left_s > 0:
            ended = loop.create_future()
            await loop.create_connection(partial(Half, half, ended), "127.0.0.1", self._plan.port)
            self._opened += 1
            self._most_open = max(self._most_open, self._opened - self._ended)
            await ended
            self._ended += 1


class Half(asyncio.Protocol):
    """A connection that says this much; `ended` is done when the server has closed it."""

    def __init__(self, said: bytes, ended: asyncio.Future[None]) -> None:
        self._said, self._ended = said, ended

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as asyncio has it
        transport.write(self._said)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set_result(None)


if __name__ == "__main__":
    told = uvloop.run(Flood(Plan(**json.loads(sys.argv[1]))).run())
    sys.stdout.write(json.dumps(asdict(told)))
