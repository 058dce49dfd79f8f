"""A relay of a real panel is the switch of the plant's machine, through the whole server and over its restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from emulator.testing.panel import SpanPanel
from schema.ports import BatchState, Pace, Position, Speed, TopicFilter
from server.joins.pilot import CIRCUITS, wire_pilot
from tests.together.whole import ADD, Whole, whole

COATER, MIXER = MachineKey(Line.ANODE, Stage.COATING), MachineKey(Line.ANODE, Stage.MIXING)
NAME = "Anode coating"
RELAY = """mutation($serial: String!, $circuit: ID!, $state: RelayPosition!) {
    setCircuitRelay(serial: $serial, circuitId: $circuit, state: $state) { __typename } }"""
MACHINE = """{ machine(line: ANODE, stage: COATING) {
    state stoppedBecause powerW progress currentBatch { batchId } circuit { relayState } } }"""


@pytest.fixture
def pilot(span_panel_factory) -> SpanPanel:
    panel: SpanPanel = span_panel_factory("pilot-plant-40")
    return panel


async def machine(opened: Whole) -> dict[str, Any]:
    return dict((await opened.ask(MACHINE))["machine"])


async def until(opened: Whole, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while not holds(found := await machine(opened)):  # noqa: ASYNC110 (as a user looks again and again)
            await asyncio.sleep(0.02)
    return found


async def switched(opened: Whole, state: str) -> None:
    variables = {"serial": opened.panel.serial, "circuit": opened.panel.circuit(NAME).id, "state": state}
    assert (await opened.ask(RELAY, **variables))["setCircuitRelay"]["__typename"] == "Circuit"


async def at_work(opened: Whole) -> None:
    """Return when the coater works at batch `one`."""
    start = await opened.world.events.position()
    await opened.ask(ADD, id="one")
    async with asyncio.timeout(60):
        async for event, _ in opened.world.events.follow(start, [TopicFilter("plant", "batch/one")]):
            if (event.kind, event.data["machine"]) == ("machine_working", "anode/coating"):
                return


async def completed(opened: Whole) -> None:
    async with asyncio.timeout(60):
        async for _ in opened.world.plant.progress("one", Position(opened.world.log_id, {})):
            pass
    batch = await opened.world.plant.batch("one")
    assert batch is not None
    assert batch.state is BatchState.COMPLETED


async def test_opening_the_circuit_through_the_graph_stops_the_machine_and_closing_lets_it_go_on(tmp_path, pilot):
    async with whole(tmp_path, pilot, speed="1500") as opened:
        await opened.wire(COATER, pilot.circuit(NAME).id)
        await at_work(opened)
        await switched(opened, "OPEN")
        stands = await until(opened, lambda each: each["stoppedBecause"] is not None)
        assert stands["stoppedBecause"] == f"circuit {NAME} of panel {pilot.serial} is open"
        assert (stands["state"], stands["powerW"]) == ("DOWN", 0)
        assert stands["currentBatch"] == {"batchId": "one"}
        assert stands["circuit"] == {"relayState": "OPEN"}
        told = (await opened.http.get("/machine/anode/coating/status")).json()
        assert (told["state"], told["stopped_because"]) == ("down", stands["stoppedBecause"])
        simulated_s = (await opened.world.plant.view()).simulated_s
        while (await opened.world.plant.view()).simulated_s < simulated_s + 10_000:  # noqa: ASYNC110 (likewise)
            await asyncio.sleep(0.05)
        assert (await machine(opened))["progress"] == stands["progress"] > 0
        await switched(opened, "CLOSED")
        goes = await until(opened, lambda each: each["stoppedBecause"] is None)
        assert (goes["state"], goes["currentBatch"]) == ("WORKING", {"batchId": "one"})
        await opened.world.plant.set_speed(Speed(Pace.MAX))
        await completed(opened)
        events, _ = await opened.world.events.since(None, [TopicFilter("plant", "machine/anode/coating")], 100)
        kinds = [event.kind for event in events if event.kind != "machine_starved"]
        assert kinds == ["machine_down", "machine_started"]


async def test_what_is_done_at_the_panel_itself_counts_too_and_a_dark_panel_as_well(tmp_path, pilot):
    async with whole(tmp_path, pilot) as opened:
        await opened.wire(COATER, pilot.circuit(NAME).id)
        await opened.wire(MIXER, pilot.circuit("Anode mixing").id)
        pilot.control(lambda panel: panel.relay(NAME, "OPEN"))
        await until(opened, lambda each: each["stoppedBecause"] is not None)
        assert list(opened.world.plant.stopped()) == [COATER]
        await opened.ask(ADD, id="one")
        pilot.control(lambda panel: panel.relay(NAME, "CLOSED"))
        await completed(opened)
        for make_dark, make_light in (
            (lambda panel: panel.main_relay("OPEN"), lambda panel: panel.main_relay("CLOSED")),
            (lambda panel: panel.grid(up=False), lambda panel: panel.grid(up=True)),
        ):
            pilot.control(make_dark)
            await until(
                opened, lambda each: each["stoppedBecause"] == f"panel {pilot.serial} is off grid, and carries nothing"
            )
            assert set(opened.world.plant.stopped()) == {COATER, MIXER}
            pilot.control(make_light)
            await until(opened, lambda each: each["stoppedBecause"] is None)


async def test_after_a_restart_machine_and_relay_agree_again(tmp_path: Path, pilot: SpanPanel) -> None:
    async with whole(tmp_path, pilot) as opened:
        await opened.wire(COATER, pilot.circuit(NAME).id)
        await switched(opened, "OPEN")
        await until(opened, lambda each: each["stoppedBecause"] is not None)
    async with whole(tmp_path, pilot) as opened:
        assert (await machine(opened))["stoppedBecause"] is not None
    pilot.control(lambda panel: panel.relay(NAME, "CLOSED"))
    async with whole(tmp_path, pilot) as opened:
        await until(opened, lambda each: each["stoppedBecause"] is None)
    pilot.control(lambda panel: panel.relay(NAME, "OPEN"))
    async with whole(tmp_path, pilot) as opened:
        await until(opened, lambda each: each["stoppedBecause"] is not None)
        removed = "mutation($serial: String!) { removePanel(serial: $serial) { __typename } }"
        await opened.ask(removed, serial=pilot.serial)
        await until(opened, lambda each: each["stoppedBecause"] is None)


async def test_the_pilot_plant_hangs_on_its_panel_and_what_somebody_wired_stays_so(tmp_path, pilot):
    async with whole(tmp_path, pilot) as opened:
        spare = pilot.circuit("Compressed air").id
        await opened.wire(COATER, spare)
        await opened.wire(MIXER, pilot.circuit("Cathode mixing").id)
        world = opened.world
        assert await wire_pilot(world.joins.wires, world.panels, pilot.serial) == len(MACHINES) - 3
        assert await wire_pilot(world.joins.wires, world.panels, pilot.serial) == 0
        names = {circuit.id: circuit.name for circuit in pilot.state.circuits}
        wired = {wire.machine: names[wire.circuit_id] for wire in world.joins.wires.all()}
        own = {COATER: "Compressed air", MIXER: "Cathode mixing"}
        assert wired == {key: name for key, name in CIRCUITS.items() if name != "Cathode mixing"} | own
