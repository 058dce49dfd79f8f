from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema.joins.refusals import (
    CircuitWired,
    JoinStorageFull,
    MachineNotWired,
    MachineWired,
    WiringCircuitNotFound,
    WiringMachineNotFound,
)
from schema.ports import TopicFilter, Wire
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.joins.wiring import Wires
from server.stores.errors import StorageFullError
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.wires import SqliteWiringStore
from tests.schema.fakes import FakePanels
from tests.schema.nouns import SERIAL, view

COATER, DRYER = MachineKey(Line.ANODE, Stage.COATING), MachineKey(Line.ANODE, Stage.DRYING)


@dataclass
class Wired:
    wires: Wires
    panels: FakePanels
    log: EventLog
    store: SqliteWiringStore

    async def told(self) -> list[tuple[str, str]]:
        events, _ = await self.log.since(None, [TopicFilter("joins")], 100)
        return [(event.kind, event.subject) for event in events]


@pytest.fixture
async def wired(tmp_path: Path) -> AsyncIterator[Wired]:
    clock = Clock()
    async with Database.open(tmp_path / "busbar.db") as database:
        store, panels = SqliteWiringStore(database, clock), FakePanels(view())
        yield Wired(await Wires.opened(store, panels), panels, EventLog(database, Hub(), clock), store)


async def test_a_wire_is_kept_told_and_found_from_both_ends(wired):
    wire = await wired.wires.wire(COATER, SERIAL, "c1")
    assert wire == Wire(COATER, SERIAL, "c1")
    assert wired.wires.of_machine(COATER) == wired.wires.of_circuit(SERIAL, "c1") == wire
    assert (await Wires.opened(wired.store, wired.panels)).all() == [wire]
    assert await wired.told() == [("MachineWired", "machine/anode/coating")]


async def test_wiring_it_so_again_changes_nothing(wired):
    first = await wired.wires.wire(COATER, SERIAL, "c1")
    assert await wired.wires.wire(COATER, SERIAL, "c1") == first
    assert len(await wired.told()) == 1


async def test_a_circuit_feeds_one_machine_and_a_machine_hangs_on_one_circuit(wired):
    await wired.wires.wire(COATER, SERIAL, "c1")
    taken = await wired.wires.wire(DRYER, SERIAL, "c1")
    assert isinstance(taken, CircuitWired)
    assert (taken.line, taken.stage) == (Line.ANODE, Stage.COATING)
    assert "anode/coating" in taken.message
    there = await wired.wires.wire(COATER, SERIAL, "c2")
    assert isinstance(there, MachineWired)
    assert (there.serial, there.circuit_id) == (SERIAL, "c1")
    assert wired.wires.all() == [Wire(COATER, SERIAL, "c1")]


@pytest.mark.parametrize(
    ("serial", "circuit_id"),
    [("nj-0000-00000", "c1"), (SERIAL, "c9"), (SERIAL, ""), (SERIAL, "unmapped_tab_30"), ("ü" * 500, "'; --")],
)
async def test_a_circuit_that_is_not_there_is_refused_with_what_to_do(wired, serial, circuit_id):
    refusal = await wired.wires.wire(COATER, serial, circuit_id)
    assert isinstance(refusal, WiringCircuitNotFound)
    assert "ask" in refusal.message
    assert await wired.told() == []


async def test_a_circuit_of_a_removed_panel_is_refused(wired):
    await wired.panels.drop(SERIAL)
    assert isinstance(await wired.wires.wire(COATER, SERIAL, "c1"), WiringCircuitNotFound)


async def test_a_machine_that_there_is_not_is_refused(wired):
    nowhere = MachineKey(Line.CELL, Stage.MIXING)
    for answer in (await wired.wires.wire(nowhere, SERIAL, "c1"), await wired.wires.unwire(nowhere)):
        assert isinstance(answer, WiringMachineNotFound)
        assert "rewinding" in answer.message


async def test_a_wire_taken_off_leaves_both_ends_free(wired):
    heard: list[int] = []
    wired.wires.listeners.append(lambda: heard.append(1))
    wire = await wired.wires.wire(COATER, SERIAL, "c1")
    assert await wired.wires.unwire(COATER) == wire
    assert isinstance(await wired.wires.unwire(COATER), MachineNotWired)
    assert await wired.wires.wire(DRYER, SERIAL, "c1") == Wire(DRYER, SERIAL, "c1")
    assert [kind for kind, _ in await wired.told()] == ["MachineWired", "MachineUnwired", "MachineWired"]
    assert len(heard) == 3


async def test_of_many_who_want_one_circuit_one_gets_it(wired):
    machines = [MachineKey(line, Stage.MIXING) for line in (Line.ANODE, Line.CATHODE)] * 10
    answers = await asyncio.gather(*(wired.wires.wire(key, SERIAL, "c1") for key in machines))
    assert sum(isinstance(answer, Wire) for answer in answers) == 10
    assert len(wired.wires.all()) == 1


class Full:
    """A store without room."""

    async def wires(self) -> list[Wire]:
        return [Wire(DRYER, SERIAL, "c2")]

    async def add_wire(self, *_: object) -> None:
        raise StorageFullError("the disk is full")

    remove_wire = add_wire


async def test_what_cannot_be_kept_is_not_wired():
    wires = await Wires.opened(Full(), FakePanels(view()))
    assert isinstance(await wires.wire(COATER, SERIAL, "c1"), JoinStorageFull)
    assert isinstance(await wires.unwire(DRYER), JoinStorageFull)
    assert wires.all() == [Wire(DRYER, SERIAL, "c2")]
