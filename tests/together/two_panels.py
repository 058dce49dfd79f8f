"""A whole server with two panels, the plant wired to both, and what a token that names one of them must not learn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from emulator.panel import EmulatedPanel
from emulator.testing.panel import SpanPanel
from emulator.testing.thread import LoopThread
from schema import build_schema
from schema.node import write_id
from schema.ports import EVERYBODY, PanelView, Viewer
from server.graphql.encoding import encode
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, RefusedError
from server.joins.limits import Limits as JoinLimits
from tests.together.every_field import Values
from tests.together.whole import PATIENCE_S, Whole, whole

SCHEMA = build_schema()
FEW = JoinLimits(series_per_batch=2, series_every_s=3600.0, cells_per_batch=20)
OWN_MACHINE, FREE_MACHINE = MachineKey(Line.CATHODE, Stage.COATING), MachineKey(Line.CELL, Stage.AGING)
STOPPED = MachineKey(Line.ANODE, Stage.COATING)
"""Stands, since its circuit on the other panel is open."""
NAME, KETTLE, CIRCUIT = "Canary house", "Canary kettle", "Anode coating"
IDS = """{ cellSpecifications { nodes { id } } cellInstances(first: 1) { nodes { id } }
    cellMeasurements(first: 1) { nodes { id } } }"""


@dataclass(frozen=True)
class Named:
    """A panel as a document names it, and one of its circuits."""

    serial: str
    circuit_id: str

    @property
    def words(self) -> list[str]:
        """All that an answer may repeat of what was asked."""
        return [write_id("Panel", self.serial), write_id("Circuit", self.serial, self.circuit_id),
                self.serial, self.circuit_id]  # fmt: skip


ABSENT = Named("nj-2316-000zz", "0123456789abcdef0123456789abcdef")
"""Spelt like one that there could be."""


@dataclass
class Two:
    """`rows` are global ids of the lab's rows, by their type."""

    opened: Whole
    own: Named
    other: Named
    canaries: list[str]
    rows: dict[str, str]
    engine: Engine

    @property
    def viewer(self) -> frozenset[str]:
        return frozenset({self.own.serial})

    async def told(self, document: str, viewer: Viewer) -> str:
        """All that was answered, or why it was refused, as it travels."""
        context = self.opened.world.new_context("http://busbar", viewer)
        try:
            answer = await self.engine.run(self.engine.prepare(Asked(document), viewer), {}, context)
        except RefusedError as error:
            return json.dumps([each.formatted for each in error.errors])
        return encode(answer).decode()

    async def heard(self, document: str, viewer: Viewer, count: int) -> str:
        """So many answers of a subscription, or why there is none."""
        context, found = self.opened.world.new_context("http://busbar", viewer), list[Any]()
        feed = self.engine.feed(self.engine.prepare(Asked(document), viewer), {}, context)
        try:
            events = await self.engine.open(feed, context)
        except RefusedError as error:
            return json.dumps([each.formatted for each in error.errors])
        async with asyncio.timeout(PATIENCE_S), aclosing(events):  # type: ignore[type-var]  # generators, all of them
            while len(found) < count and (event := await anext(events, None)) is not None:
                found.append(await self.engine.tell(feed, event, context))
        return encode(found).decode()

    async def got(self, path: str, token: str) -> httpx.Response:
        """The answer of a path, with that token."""
        return await self.opened.http.get(path, headers={"x-api-key": token})

    async def switch(self, named: Named, state: str) -> None:
        """Turn a relay, as somebody may who sees every panel; whatever hangs on it has noticed when this returns."""
        where = f'serial: "{named.serial}", circuitId: "{named.circuit_id}"'
        told = await self.told(f"mutation {{ setCircuitRelay({where}, state: {state}) {{ __typename }} }}", EVERYBODY)
        assert json.loads(told)["data"] == {"setCircuitRelay": {"__typename": "Circuit"}}
        machine = STOPPED if named == self.other else OWN_MACHINE
        await _stands(self.opened, machine, stands=state == "OPEN")

    def leaked(self, told: str, asked: Iterable[str] = ()) -> list[str]:
        """What of the other panel an answer has that was not in the question."""
        for word in asked:
            told = told.replace(word, "")
        return [each for each in self.canaries if each in told]

    def values(self, named: Named) -> Values:
        """What the documents of `every_field` ask about."""
        serial, circuit = f'serial: "{named.serial}"', f'circuitId: "{named.circuit_id}"'
        panel, node = (json.dumps(each) for each in named.words[:2])
        here, there = (f"line: {key.line.name}, stage: {key.stage.name}" for key in (STOPPED, OWN_MACHINE))
        machine = json.dumps(write_id("Machine", STOPPED.line.value, STOPPED.stage.value))
        switch = f"{serial}, state: OPEN"
        return {
            "Query.panel": serial,
            "Query.node": f"id: {node}",
            "Query.nodes": f"ids: [{panel}, {node}, {machine}]",
            "Query.events": "first: 300" if named == self.own else f'first: 50, topics: ["panel/{named.serial}"]',
            "Query.search": 'text: "canary"',
            "Query.machine": here,
            "Query.batch": 'id: "one"',
            "Query.batches": "first: 1",
            **{f"Query.{kind[0].lower()}{kind[1:]}": f'id: "{row}"' for kind, row in self.rows.items()},
            "Panel.circuit": f'id: "{named.circuit_id}"',
            "CellMeasurement.series": 'columns: ["Voltage [V]"]',
            "Mutation.removePanel": serial,
            "Mutation.setMainRelay": switch,
            "Mutation.setCircuitRelay": f"{switch}, {circuit}",
            "Mutation.setCircuitPriority": f"{serial}, {circuit}, priority: MUST_HAVE",
            "Mutation.renameCircuit": f'{serial}, {circuit}, name: "Mine"',
            "Mutation.wireMachine": f"{there}, {serial}, {circuit}",
            "Subscription.panelUpdates": serial,
            "Subscription.circuitPower": serial,
        }


@asynccontextmanager
async def two_panels(folder: Path, thread: LoopThread) -> AsyncIterator[Two]:
    """The other panel is known by a name, a circuit's name, a stopped machine, wires, events, history and meters."""
    panels = (SpanPanel(EmulatedPanel.create(each, speed=0.0), thread) for each in ("workshop-8", "pilot-plant-40"))
    own, other = panels
    with closing(own), closing(other):
        async with whole(folder, own, FEW) as opened:
            assert isinstance(await opened.world.panels.add(other.host, other.port, other.token, NAME), PanelView)
            await _polled(opened, other.serial)
            await _wired(opened, other)
            await opened.made("one")
            await _switched(opened, other)
            found = await opened.ask(IDS)
            rows = {f"{kind[0].upper()}{kind[1:-1]}": page["nodes"][0]["id"] for kind, page in found.items()}
            names = {each.name for each in own.state.circuits}
            circuits = [each for each in other.state.circuits if each.name not in names]
            canaries = [other.serial, NAME, KETTLE, *(each.id for each in circuits)]
            canaries += [json.dumps(each.name) for each in circuits]
            yield Two(
                opened=opened,
                own=Named(own.serial, own.state.circuits[0].id),
                other=Named(other.serial, other.circuit(CIRCUIT).id),
                canaries=canaries,
                rows=rows,
                engine=Engine(SCHEMA, Limits(), Meters()),
            )


async def _polled(opened: Whole, serial: str) -> None:
    async with asyncio.timeout(PATIENCE_S), aclosing(opened.world.panels.updates(serial)) as views:  # type: ignore[type-var]
        async for view in views:
            if view.snapshot is not None:
                return


async def _wired(opened: Whole, other: SpanPanel) -> None:
    """One machine to the own panel, one to none, all others to the other."""
    own = opened.panel.state.circuits[0].id
    circuits = (each for each in other.state.circuits if each.name != CIRCUIT)
    for machine in MACHINES:
        if machine == OWN_MACHINE:
            wired = await opened.wire(machine, own)
        elif machine == STOPPED:
            wired = await opened.wire(machine, other.circuit(CIRCUIT).id, other.serial)
        elif machine != FREE_MACHINE:
            wired = await opened.wire(machine, next(circuits).id, other.serial)
        assert wired["__typename"] == "Machine", wired


async def _switched(opened: Whole, other: SpanPanel) -> None:
    """Rename a circuit of the other panel, open another one, and wait for what comes of it."""
    renamed = 'mutation { it: renameCircuit(serial: "%s", circuitId: "%s", name: "%s") { __typename } }'
    last = other.state.circuits[-1].id
    assert (await opened.ask(renamed % (other.serial, last, KETTLE)))["it"]["__typename"] == "Circuit"
    switched = 'mutation { it: setCircuitRelay(serial: "%s", circuitId: "%s", state: OPEN) { __typename } }'
    assert (await opened.ask(switched % (other.serial, other.circuit(CIRCUIT).id)))["it"]["__typename"] == "Circuit"
    await _stands(opened, STOPPED, stands=True)


async def _stands(opened: Whole, machine: MachineKey, *, stands: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (machine in opened.world.plant.stopped()) is not stands:  # noqa: ASYNC110 (as a user looks again)
            await asyncio.sleep(0.02)
