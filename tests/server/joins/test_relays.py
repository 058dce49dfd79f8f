"""What a panel shows, and what becomes of the machine; the real panels are in tests/together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from clients.panel.models import RelayState, Snapshot
from clients.plant.models import Line, MachineKey, Stage
from schema.plant.refusals import PlantBusy
from schema.ports import Availability, PanelView
from server.clock import Clock
from server.joins.limits import Limits
from server.joins.relays import Relays
from server.joins.wiring import Wires
from server.panel.admission import LONGEST_SERIAL
from server.plant.runner import Runner
from server.plant.runs.limits import Limits as PlantLimits
from server.stores.sqlite.joins.wires import SqliteWiringStore
from tests.schema.fakes import FakePanels
from tests.schema.nouns import KITCHEN, SERIAL, snapshot, view

COATER, DRYER = MachineKey(Line.ANODE, Stage.COATING), MachineKey(Line.ANODE, Stage.DRYING)
WHY = "why it stands"
OPEN = replace(KITCHEN, relay_state=RelayState.OPEN)


@dataclass
class Room:
    plant: Runner
    panels: FakePanels
    wires: Wires
    relays: Relays

    async def seen(self, shown: PanelView) -> dict[MachineKey, str]:
        """The machines that are stopped when the panel was seen so."""
        self.panels.views[SERIAL] = shown
        assert await self.relays.once()
        return dict(self.plant.stopped())


@pytest.fixture
async def room(site) -> Room:
    panels = FakePanels(view())
    wires = await Wires.opened(SqliteWiringStore(site.database, site.clock), panels)
    await wires.wire(COATER, SERIAL, "c1")
    return Room(site.plant, panels, wires, Relays(site.plant, panels, wires, Clock(), Limits(retry_s=0.01)))


def shown(circuit=KITCHEN, panel=None, **changes) -> PanelView:
    made: Snapshot = snapshot(circuit)
    return view(snapshot=replace(made, panel=replace(made.panel, **panel or {})), **changes)


async def test_an_open_relay_stops_the_machine_and_a_closed_one_lets_it_go_on(room):
    assert await room.seen(shown(OPEN)) == {COATER: f"circuit Kitchen Outlets of panel {SERIAL} is open"}
    assert await room.seen(shown(OPEN)) == {COATER: f"circuit Kitchen Outlets of panel {SERIAL} is open"}
    assert await room.seen(shown()) == {}


MAIN_OPEN = {"main_relay_state": RelayState.OPEN, "run_config": "PANEL_OFF_GRID", "dsm_grid_state": "DSM_GRID_UP"}
GRID_GONE = {"run_config": "PANEL_OFF_GRID", "dsm_grid_state": "DSM_GRID_DOWN"}
ON_BATTERY = {"main_relay_state": RelayState.OPEN, "run_config": "PANEL_BACKUP"}


@pytest.mark.parametrize("dark", [MAIN_OPEN, GRID_GONE, {"main_relay_state": RelayState.OPEN}])
async def test_a_dark_panel_stops_what_hangs_on_it(room, dark):
    assert await room.seen(shown(panel=dark)) == {COATER: f"panel {SERIAL} is off grid, and carries nothing"}
    assert await room.seen(shown()) == {}


async def test_a_panel_on_its_battery_feeds_all_but_what_it_sheds(room):
    assert await room.seen(shown(panel=ON_BATTERY)) == {}
    assert COATER in await room.seen(shown(OPEN, panel=ON_BATTERY))


UNSAID = [
    shown(OPEN, availability=Availability.STALE),
    shown(KITCHEN, availability=Availability.OFFLINE),
    shown(KITCHEN, availability=Availability.UNAUTHORIZED),
    view(snapshot=None),
    shown(replace(KITCHEN, relay_state=RelayState.UNKNOWN)),
    shown(replace(KITCHEN, id="another")),
]


@pytest.mark.parametrize("unsaid", UNSAID)
async def test_what_the_panel_does_not_say_changes_nothing(room, unsaid):
    assert await room.seen(unsaid) == {}
    before = await room.seen(shown(OPEN))
    assert await room.seen(unsaid) == before


@pytest.mark.parametrize(
    ("name", "called"),
    [("Ofen\n\x00 eins " + "x" * 200, "Ofen eins " + "x" * 20), ("\n", "c1"), (None, "c1"), ("é" * 31, "é" * 30)],
)
async def test_whatever_the_circuit_is_called_the_machine_stops(room, name, called):
    assert await room.seen(shown(replace(OPEN, name=name))) == {COATER: f"circuit {called} of panel {SERIAL} is open"}


async def test_the_longest_serial_and_name_stop_the_machine_however_short_batches_ids_are(opened_site):
    serial, long = "s" * LONGEST_SERIAL, replace(OPEN, name="n" * 100)
    panels = FakePanels(replace(shown(long), serial=serial))
    async with opened_site(limits=PlantLimits(max_id_characters=10)) as site:
        wires = await Wires.opened(SqliteWiringStore(site.database, site.clock), panels)
        await wires.wire(COATER, serial, "c1")
        assert await Relays(site.plant, panels, wires, Clock(), Limits()).once()
        assert list(site.plant.stopped()) == [COATER]


async def test_only_the_machine_on_the_circuit_is_stopped(room):
    await room.wires.wire(DRYER, SERIAL, "c2")
    both = snapshot(OPEN, replace(KITCHEN, id="c2"))
    assert list(await room.seen(view(snapshot=both))) == [COATER]


async def test_unwiring_and_removing_the_panel_start_it_again(room):
    await room.seen(shown(OPEN))
    await room.wires.unwire(COATER)
    assert await room.seen(shown(OPEN)) == {}
    await room.wires.wire(COATER, SERIAL, "c1")
    assert COATER in await room.seen(shown(OPEN))
    await room.panels.drop(SERIAL)
    assert await room.relays.once()
    assert room.plant.stopped() == {}


@asynccontextmanager
async def going(room: Room) -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    task = asyncio.create_task(room.relays.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await room.plant.finished(60)  # a command that was under way is the plant's to finish
    assert asyncio.all_tasks() <= before


async def until(room: Room, *stopped: MachineKey) -> None:
    async with asyncio.timeout(20):
        while list(room.plant.stopped()) != list(stopped):  # noqa: ASYNC110 (as a user looks again and again)
            await asyncio.sleep(0.01)


async def test_it_follows_panels_that_go_and_come_and_wires_that_change(room):
    async with going(room):
        await room.panels.show(shown(OPEN, sequence=2))
        await until(room, COATER)
        await room.wires.unwire(COATER)
        await until(room)
        await room.wires.wire(DRYER, SERIAL, "c1")
        await until(room, DRYER)
        await room.panels.drop(SERIAL)
        await until(room)
        await room.panels.show(shown(OPEN, sequence=3))
        await until(room, DRYER)
        await room.panels.show(shown(sequence=4))
        await until(room)
    assert (room.panels.watching, room.wires.listeners) == (0, [])


async def test_it_finds_out_how_it_stands_when_it_begins(room):
    await room.plant.stop_machine(DRYER, WHY)
    await room.plant.stop_machine(COATER, WHY)
    room.panels.views[SERIAL] = view(snapshot=None, availability=Availability.OFFLINE)
    async with going(room):
        await until(room, COATER)
        await room.panels.show(shown(sequence=2))
        await until(room)


async def test_it_goes_on_after_what_nobody_expected(room, monkeypatch):
    stop = room.plant.stop_machine
    asked: list[MachineKey] = []

    async def broken_at_first(key, reason):
        asked.append(key)
        if len(asked) < 3:
            raise RuntimeError("nobody expected this")
        return await stop(key, reason)

    monkeypatch.setattr(room.plant, "stop_machine", broken_at_first)
    room.panels.views[SERIAL] = shown(OPEN)
    async with going(room):
        await until(room, COATER)
    assert asked[:3] == [COATER] * 3


async def test_what_the_plant_refuses_is_tried_again(room, monkeypatch):
    stop = room.plant.stop_machine
    answers: list[object] = []

    async def busy_at_first(key, reason):
        answers.append(PlantBusy(message="busy") if len(answers) < 3 else await stop(key, reason))
        return answers[-1]

    monkeypatch.setattr(room.plant, "stop_machine", busy_at_first)
    room.panels.views[SERIAL] = shown(OPEN)
    async with going(room):
        await until(room, COATER)
    assert [type(answer) for answer in answers[:3]] == [PlantBusy] * 3
