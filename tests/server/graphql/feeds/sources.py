"""A small graph of live feeds that a test speaks through, and readers that are as slow as they are told to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio
import strawberry
from graphql import OperationDefinitionNode, parse
from strawberry.schema.config import StrawberryConfig

from schema import ports
from schema.compose import Schema
from schema.context import Context, Info
from schema.delivery import EVERY, NEWEST, OWN, Delivery
from schema.errors import BadInputError
from schema.fields import subscription
from schema.scalars import SCALARS, write_cursor
from server.graphql.documents.normal import normal
from server.graphql.encoding import decode
from server.graphql.engine import Engine
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.feeds.mailbox import Ending
from server.graphql.feeds.membership import Membership
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Operation
from tests.schema.fakes import World

END = object()
CURSOR = write_cursor(ports.Position("log", {"panel": 3}))


class Plug:
    """What the feeds of one test are fed by, and what became of them. `gate` holds up whoever opens one.

    `pulling` counts the sources that were ever asked for an event; while `is_stubborn` they swallow a cancellation.
    """

    def __init__(self) -> None:
        self.open: list[asyncio.Queue[Any]] = []
        self.opened = self.pulling = self.closed = self.executions = self.pulled = 0
        self.is_stubborn = False
        self.gate = asyncio.Event()
        self.gate.set()

    def tell(self, *events: Any) -> None:
        for source in self.open:
            for event in events:
                source.put_nowait(event)

    async def events(self) -> AsyncGenerator[Tick, None]:
        source: asyncio.Queue[Any] = asyncio.Queue()
        self.open.append(source)
        self.pulling += 1
        try:
            while (event := await self._next(source)) is not END:
                if isinstance(event, Exception):
                    raise event
                self.pulled += 1
                yield event if isinstance(event, Tick) else Tick(seq=event)
        finally:
            self.open.remove(source)
            self.closed += 1

    async def _next(self, source: asyncio.Queue[Any]) -> Any:
        try:
            return await source.get()
        except asyncio.CancelledError:
            if not self.is_stubborn:
                raise
            return await source.get()


def plug(info: Info) -> Plug:
    found: Any = info.context.plant
    return found  # type: ignore[no-any-return]


@strawberry.type
class Tick:
    seq: int
    text: str = ""

    @strawberry.field
    async def counted(self, info: Info) -> int:
        plug(info).executions += 1
        await anyio.lowlevel.checkpoint()
        return self.seq

    @strawberry.field
    def panels(self, info: Info) -> list[str]:
        return sorted(info.context.viewer.panels or ())

    @strawberry.field
    def link(self, info: Info) -> str:
        return info.context.links.samples("m")

    @strawberry.field
    def loaders(self, info: Info) -> int:
        loaders: dict[Any, Any] = info.context.loaders
        found = len(loaders)
        loaders[0, found] = None
        return found

    @strawberry.field
    def again(self) -> list[Tick]:
        return [self, self]

    @strawberry.field
    def broken(self) -> int | None:
        raise OSError("the disk is gone")


@strawberry.type
class Subscription:
    @subscription("", NEWEST)
    async def newest(self, info: Info, about: str = "") -> AsyncGenerator[Tick, None]:
        return await _opened(info, about)

    @subscription("", EVERY)
    async def every(
        self, info: Info, about: str = "", after: ports.Position | None = None
    ) -> AsyncGenerator[Tick, None]:
        return await _opened(info, about)

    @subscription("", replace(EVERY, place=lambda tick: ("panel", tick.seq)))
    async def resumes(self, info: Info, after: ports.Position | None = None) -> AsyncGenerator[Tick, None]:
        return await _opened(info)

    @subscription("", Delivery(is_shared=True, is_passing=lambda tick: tick.seq % 2 == 1))
    async def odd_passes(self, info: Info) -> AsyncGenerator[Tick, None]:
        return await _opened(info)

    @subscription("", OWN)
    async def own(self, info: Info) -> AsyncGenerator[Tick, None]:
        return await _opened(info)


async def _opened(info: Info, about: str = "") -> AsyncGenerator[Tick, None]:
    await plug(info).gate.wait()
    if about == "nothing":
        raise BadInputError("about", "there is nothing about nothing")
    plug(info).opened += 1
    return plug(info).events()


@strawberry.type
class Query:
    nothing: int = 0


SCHEMA = Schema(query=Query, subscription=Subscription, config=StrawberryConfig(scalar_map=dict(SCALARS)))


def operation(text: str) -> Operation:
    document = parse(text)
    (node,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    name = node.name.value if node.name else None
    return Operation(document, name, node.operation, normal(document, node), ports.Scope.READ, "", lambda _: 1)


class Reader:
    """A carrier that keeps what it is sent; while `is_slow` it takes nothing."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.is_slow = is_slow
        self.answers: list[Mapping[str, Any]] = []
        self.endings: list[Ending] = []
        self.wakes = 0
        self.membership: Membership | None = None

    @property
    def is_ready(self) -> bool:
        return not self.is_slow

    def send(self, payload: bytes) -> bool:
        assert self.membership is not None, "called before it had joined"
        if self.is_slow:
            return False
        self.answers.append(decode(payload))
        return True

    def wake(self) -> None:
        assert self.membership is not None, "called before it had joined"
        self.wakes += 1
        if not self.is_slow:
            self.drain()

    def drain(self) -> None:
        assert self.membership is not None
        while (taken := self.membership.mailbox.take()) is not None:
            if isinstance(taken, Ending):
                self.endings.append(taken)
            else:
                self.answers.append(decode(taken))

    def hurry(self) -> None:
        self.is_slow = False
        self.drain()

    def leave(self) -> None:
        assert self.membership is not None
        self.membership.close()

    @property
    def seqs(self) -> list[int]:
        return [next(iter(answer["data"].values()))["seq"] for answer in self.answers]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for ending in self.endings for error in ending.errors]


@dataclass
class Edge:
    """Everything of one test."""

    plug: Plug
    meters: Meters
    cohorts: Cohorts
    context: Context

    async def join(
        self, text: str, reader: Reader | None = None, context: Context | None = None, **variables: Any
    ) -> Reader:
        reader = reader or Reader()
        reader.membership = await self.cohorts.join(operation(text), variables, context or self.context, reader)
        return reader

    def seen_by(self, *panels: str) -> Context:
        return replace(self.context, viewer=ports.Viewer(ports.Scope.READ, frozenset(panels)))


def edge(limits: Limits | None = None, cohorts: type[Cohorts] = Cohorts) -> Edge:
    plug, meters, limits = Plug(), Meters(), limits or Limits()
    world = World()
    world.plant = plug
    return Edge(plug, meters, cohorts(Engine(SCHEMA, limits, meters), limits, meters), world.context())


async def settled(turns: int = 50) -> None:
    """Everything that can go on without anybody's doing has."""
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
