"""Writers that change their mind now and then, and say what was acknowledged."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import anyio

from schema.ports import Event, NewEvent
from server.events.log import append
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from tests.server.events.test_log import NOON


class Append(Protocol):
    """What a writer does inside its transaction."""

    def __call__(self, connection: Connection, events: list[NewEvent], dice: random.Random) -> list[Event]: ...


class RolledBackError(Exception):
    """What a writer changed its mind with."""


def honest(connection: Connection, events: list[NewEvent], dice: random.Random) -> list[Event]:
    kept = append(connection, events, NOON)
    if dice.random() < 0.1:
        raise RolledBackError
    return kept


async def write(
    database: Database,
    number: int,
    turns: int,
    append: Append,
    acknowledge: Callable[[list[Event]], None],
    *,
    topics: Sequence[str],
    life: int = 0,
) -> None:
    """One writer's transactions, of one to three events each."""
    dice = random.Random(1_000 * life + number)
    for turn in range(turns):
        events = [
            NewEvent(dice.choice(topics), f"writer-{number}", "Told", {"life": life, "turn": turn, "part": part})
            for part in range(dice.randint(1, 3))
        ]
        try:
            acknowledge(await database.write(partial(append, events=events, dice=dice)))
        except RolledBackError:
            continue
        if dice.random() < 0.3:
            await anyio.lowlevel.checkpoint()
