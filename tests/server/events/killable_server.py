"""The whole server with eight writers inside, which says on its output what was committed. Made to be killed.

`python -m tests.server.events.killable_server DATA PORT LIFE TURNS`; it says `ready`, each transaction, and `done`.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import anyio
import orjson

from schema.ports import Event
from server.bootstrap import World
from server.config import Config, EventsSection, ServerSection
from server.run import run
from tests.server.events.writers import honest, write

TOPICS = ("panel", "cells")
WRITERS = 8


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def acknowledge(events: list[Event]) -> None:
    say(orjson.dumps([[event.topic, event.seq, event.subject, event.kind, event.data] for event in events]).decode())


async def told(world: World, *, life: int, turns: int) -> None:
    async with anyio.create_task_group() as writing:
        for number in range(WRITERS):
            one = partial(write, topics=TOPICS, life=life)
            writing.start_soon(one, world.database, number, turns, honest, acknowledge)
    say("done")


def main(data: str, port: str, life: str, turns: str) -> None:
    kept = EventsSection(keep_days=36_500)  # the writers live on a day of their own
    config = Config(server=ServerSection(data=Path(data), port=int(port)), events=kept)
    run(config, partial(say, "ready"), partial(told, life=int(life), turns=int(turns)))


if __name__ == "__main__":
    main(*sys.argv[1:])
