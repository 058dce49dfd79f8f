"""Wires, and what was metered by them, as a token with a list of panels sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema.errors import ForbiddenError
from schema.joins.refusals import CircuitWired, MachineNotWired, WiringCircuitNotFound, WiringMachineNotFound
from schema.ports import MeteredEnergy, Wire
from server.clock import Clock
from server.joins.wiring import Wires
from server.security.views.metering import UNSEEN, NoMetering
from server.security.views.wiring import SomeWiring
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.wires import SqliteWiringStore
from tests.schema.fakes import FakePanels
from tests.schema.joins.fakes import FakeMetering
from tests.schema.nouns import SERIAL, view
from tests.schema.plant.fakes import batch

OTHER, GONE = "nj-other", "nj-gone"
COATER, DRYER, MIXER = (MachineKey(Line.ANODE, each) for each in (Stage.COATING, Stage.DRYING, Stage.MIXING))
NOWHERE = MachineKey(Line.CELL, Stage.MIXING)


@pytest.fixture
async def wires(tmp_path: Path) -> AsyncIterator[Wires]:
    """The coater hangs on the own panel, the dryer on another one."""
    async with Database.open(tmp_path / "busbar.db") as database:
        wires = await Wires.opened(SqliteWiringStore(database, Clock()), FakePanels(view(), view(OTHER)))
        await wires.wire(COATER, SERIAL, "c1")
        await wires.wire(DRYER, OTHER, "c1")
        yield wires


@pytest.fixture
def some(wires: Wires) -> SomeWiring:
    return SomeWiring(wires, frozenset({SERIAL}))


async def test_only_wires_to_its_own_panels_are_there(some):
    own = Wire(COATER, SERIAL, "c1")
    assert some.all() == [own]
    assert [some.of_machine(key) for key in (COATER, DRYER, MIXER)] == [own, None, None]
    assert [some.of_circuit(serial, "c1") for serial in (SERIAL, OTHER)] == [own, None]


async def test_a_circuit_of_another_panel_is_unknown(some, wires):
    for serial in (OTHER, GONE):
        for key in (MIXER, DRYER, COATER):
            refused = await some.wire(key, serial, "c2")
            assert isinstance(refused, WiringCircuitNotFound)
            assert refused.message == f"busbar has no panel {serial!r}; add it, or ask `panels` for those it has"
        assert isinstance(await some.wire(NOWHERE, serial, "c1"), WiringMachineNotFound)
    assert len(wires.all()) == 2


async def test_it_says_the_same_of_a_panel_that_there_is_none_of_as_the_wiring_itself(some, wires):
    for key in (MIXER, NOWHERE):
        assert await some.wire(key, GONE, "c1") == await wires.wire(key, GONE, "c1")


async def test_a_machine_on_another_panel_is_neither_taken_nor_told_where_it_hangs(some, wires):
    with pytest.raises(ForbiddenError) as caught:
        await some.wire(DRYER, SERIAL, "c2")
    assert OTHER not in str(caught.value)
    assert wires.of_machine(DRYER) == Wire(DRYER, OTHER, "c1")
    refused = await some.unwire(DRYER)
    assert isinstance(refused, MachineNotWired)
    assert refused.message == "anode/drying hangs on no circuit; wire it first"
    assert wires.of_machine(DRYER) == Wire(DRYER, OTHER, "c1")


async def test_its_own_panels_are_wired_as_ever(some, wires):
    assert isinstance(await some.wire(MIXER, SERIAL, "c1"), CircuitWired)
    assert await some.wire(MIXER, SERIAL, "c2") == Wire(MIXER, SERIAL, "c2")
    assert await some.unwire(MIXER) == Wire(MIXER, SERIAL, "c2")
    assert isinstance(await some.unwire(COATER, among=[OTHER]), MachineNotWired)
    assert await some.unwire(COATER, among=[SERIAL]) == Wire(COATER, SERIAL, "c1")
    assert [each.machine for each in wires.all()] == [DRYER]


async def test_what_was_metered_is_not_told_but_why_not_is():
    metering = FakeMetering()
    metering.energies["one"] = MeteredEnergy(12.5, None, {COATER: 12.5})
    metering.shared = 3.5
    some = NoMetering(metering)
    nothing = MeteredEnergy(None, UNSEEN, {})
    assert await some.of_batches(["one", "two"]) == {"one": nothing, "two": nothing}
    assert metering.calls == []
    assert some.shared_kwh(batch("one")) == 3.5
