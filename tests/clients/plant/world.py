"""The whole application on a socket of its own, its clients, and what they see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from clients.plant.answers import Transition, Update
from clients.plant.client import PlantClient
from clients.plant.feed import Patience
from server.app import create_app
from server.config import Config, ServerSection
from server.lifespan import lifespan
from tests.schema.serving import served

RATIOS = {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05}
IMPATIENT = Patience(shortest_s=0.01, longest_s=0.05)


@asynccontextmanager
async def busbar(folder: Path, port: int = 0, speed: Any = "max", tokens: tuple[str, ...] = ()) -> AsyncIterator[str]:
    config = Config(server=ServerSection(data=folder), plant={"speed": speed}, tokens=tokens)  # type: ignore[arg-type]
    app = create_app(config)
    async with lifespan(app), served(app, port) as at:
        await app.state.world.plant.ready()
        yield f"http://{at}"


async def until_end(client: PlantClient, after: str | int | None, batch_id: str) -> list[Update]:
    async with asyncio.timeout(60), aclosing(client.follow(after, batch_id)) as updates:
        return [update async for update in updates]


def transitions(updates: list[Update]) -> Iterator[Transition]:
    return (update for update in updates if isinstance(update, Transition))
