"""The plant's face on a socket of its own, with a real plant on a real file behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from websockets.asyncio.client import ClientConnection, connect

from schema.ports import Speed
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.frames import FramesProtocol
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.limits import Limits
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.rest.face import rest_face
from server.rest.plant.routes import plant_routes
from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from server.security.origins import Origins
from server.stores.sqlite.database import Database
from server.stores.sqlite.plant.store import SqlitePlantStore
from tests.schema.serving import served
from tests.server.rest.cells.face import assert_error

ENDINGS = {"batch_completed", "batch_cancelled", "batch_scrapped", "batch_failed"}
RATIOS = {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05}
CATHODE = {"AM": 0.9, "CA": 0.05, "PVDF": 0.03, "solvent": 0.02}
COATING = {"coating_speed": 0.1, "gap_height": 0.0002, "flow_rate": 0.000005, "coating_width": 0.5}
SIMULATION = {"anode": RATIOS, "cathode": CATHODE}


@dataclass
class World:
    plant: Runner
    events: EventLog
    reasons: dict[str, str] = field(default_factory=dict)

    def seen_by(self, _viewer: Any) -> World:
        return self

    async def troubles(self) -> dict[str, str]:
        return self.reasons


class Face:
    """An HTTP client of a running server, and its sockets."""

    def __init__(self, world: World, http: httpx.AsyncClient, at: str) -> None:
        self.world, self.http, self._at = world, http, at

    async def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def error(self, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        assert_error(answer)
        told: dict[str, Any] = answer.json()
        return told

    async def started(self, batch_id: str, **blocks: Any) -> None:
        await self.ask("POST", "/factory/start", 202, json={"id": batch_id, **blocks})

    def socket(self, after: str | int | None = None, **options: Any) -> connect:
        query = "" if after is None else f"?after={after}"
        return connect(f"ws://{self._at}/ws/status{query}", max_queue=None, **options)

    async def ended(self, batch_id: str) -> list[dict[str, Any]]:
        """All transitions from the log's beginning to the batch's end, as a socket tells them."""
        async with self.socket(0) as socket:
            return [each for each in await until_end(socket, batch_id) if "at" in each and each["at"] is not None]


async def until_end(socket: ClientConnection, *batch_ids: str) -> list[dict[str, Any]]:
    """The messages until all these batches have ended."""
    found: list[dict[str, Any]] = []
    waiting = set(batch_ids)
    async with asyncio.timeout(100):
        while waiting:
            found.append(json.loads(await socket.recv()))
            if found[-1]["kind"] in ENDINGS:
                waiting.discard(found[-1]["batch_id"])
    return found


@asynccontextmanager
async def running(
    folder: Path, speed: Any = "max", tokens: Sequence[str] = (), limits: Limits | None = None, ws: Any = FramesProtocol
) -> AsyncIterator[Face]:
    clock, hub = Clock(), Hub()
    design, pace = Design(default_configuration(), 7, STEPS), Speed.of(speed)
    assert pace is not None
    async with Database.open(folder / "busbar.db") as database:
        log = EventLog(database, hub, clock)
        store = SqlitePlantStore(database, clock)
        async with opened_plant(store, log, hub, clock, design, pace) as plant:
            await plant.ready()
            door = Doorkeeper(tokens)
            app = Starlette(middleware=[Middleware(Origins, allowed=[]), Middleware(Gate, door=door)])
            app.state.door = door
            app.state.world = World(plant, log)
            app.router.default = rest_face(plant_routes(limits))
            async with served(app, ws=ws) as at, httpx.AsyncClient(base_url=f"http://{at}", timeout=10) as http:
                yield Face(app.state.world, http, at)
