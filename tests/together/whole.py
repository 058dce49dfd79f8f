"""The whole server in this process, on real files, with an emulated panel behind it; asked as a client asks it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from clients.plant.models import MACHINES, MachineKey
from emulator.testing.panel import SpanPanel
from schema.ports import PanelView, TopicFilter
from server.app import create_app
from server.bootstrap import World
from server.clock import Clock
from server.config import Config, PanelsSection, PlantSection, ServerSection
from server.joins.limits import Limits
from server.lifespan import lifespan

PATIENCE_S = 60
SMALL = Limits(series_per_batch=2, series_every_s=3600.0)
ADD = """mutation($id: ID!, $recipe: String) { addBatch(batchId: $id, recipe: $recipe) {
    __typename ... on Batch { batchId } ... on PlantRefusal { message } } }"""
WIRE = """mutation($line: Line!, $stage: Stage!, $serial: String!, $circuit: ID!) {
    wireMachine(line: $line, stage: $stage, serial: $serial, circuitId: $circuit) {
    __typename ... on Machine { line stage circuit { circuitId } } ... on JoinRefusal { message } } }"""


@dataclass
class Whole:
    """A server and its panel."""

    http: httpx.AsyncClient
    world: World
    panel: SpanPanel
    app: Starlette

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """All that was answered; nothing of it is what nobody expected."""
        answer = (await self.http.post("/graphql", json={"query": document, "variables": variables})).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert "INTERNAL" not in codes, answer
        return dict(answer)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer
        return dict(answer["data"])

    async def made(self, *batch_ids: str, recipe: str | None = None) -> None:
        """Batches, made and brought into the lab."""
        start = await self.world.events.position()
        for batch_id in batch_ids:
            answer = (await self.ask(ADD, id=batch_id, recipe=recipe))["addBatch"]
            assert answer["__typename"] == "Batch", answer
        missing = {f"batch/{batch_id}" for batch_id in batch_ids}
        async with asyncio.timeout(PATIENCE_S):
            async for event, _ in self.world.events.follow(start, [TopicFilter("cells")]):
                missing.discard(event.subject)
                if not missing:
                    return

    async def wire(self, machine: MachineKey, circuit_id: str, serial: str | None = None) -> dict[str, Any]:
        where = {"serial": serial or self.panel.serial, "circuit": circuit_id}
        answer = await self.ask(WIRE, line=machine.line.name, stage=machine.stage.name, **where)
        return dict(answer["wireMachine"])

    async def wire_all(self) -> None:
        """Each machine to a circuit of its own."""
        for machine, circuit in zip(MACHINES, self.panel.state.circuits, strict=False):
            assert (await self.wire(machine, circuit.id))["__typename"] == "Machine"


@asynccontextmanager
async def whole(folder: Path, panel: SpanPanel, joins: Limits = SMALL, speed: str = "max") -> AsyncIterator[Whole]:
    """Open on that folder, until the panel was polled once."""
    config = Config(
        server=ServerSection(data=folder),
        panels=PanelsSection(allow_loopback=True),
        plant=PlantSection(speed=speed, seed=7),
        joins=joins,
    )
    app = create_app(config, Clock(), random.Random(7))
    transport = httpx.ASGITransport(app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://busbar", timeout=30) as http:
        opened: World = app.state.world
        await opened.plant.ready()  # type: ignore[attr-defined]  # the runner's own
        if opened.panels.get(panel.serial) is None:
            assert isinstance(await opened.panels.add(panel.host, panel.port, panel.token, None), PanelView)
        async with asyncio.timeout(PATIENCE_S), aclosing(opened.panels.updates(panel.serial)) as views:  # type: ignore[type-var]
            async for view in views:
                if view.snapshot is not None:
                    break
        yield Whole(http, opened, panel, app)
