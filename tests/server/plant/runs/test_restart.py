"""A run that was going goes on: brought back by its commands, to the same time and the same events."""

from __future__ import annotations

import random
import sys

import anyio
import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.plant.refusals import QueueFull
from schema.ports import BatchState, BatchView, PlantState, Speed
from server.plant.line import WINDER, Floor
from server.plant.runs.limits import Limits
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from tests.server.plant.runs.conftest import MAX, design

COATER = MachineKey(Line.ANODE, Stage.COATING)
STORE = MachineKey(Line.CELL, Stage.AGING)
"""Where batches stay for so long in the test that no stall of this machine lets one of them end."""
STEADY = Speed.of(1e6)
PROGRAM = """
import asyncio, sys
from pathlib import Path
from schema.ports import Speed
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.plant.layout import default_configuration
from server.plant.runner import opened_plant
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.stores.sqlite.database import Database
from server.stores.sqlite.plant.store import SqlitePlantStore

async def main():
    clock, hub, prefix = Clock(), Hub(), sys.argv[2]
    async with Database.open(Path(sys.argv[1])) as database:
        log, store = EventLog(database, hub, clock), SqlitePlantStore(database, clock)
        design = Design(default_configuration(), 7, STEPS)
        async with opened_plant(store, log, hub, clock, design, Speed.of(3e6)) as plant:
            for number in range(100_000):
                await plant.add_batch(f"{prefix}-{number}")
                print(f"{prefix}-{number}", flush=True)
                await asyncio.sleep(0.02)

asyncio.run(main())
"""


async def told(works) -> list[tuple[str, object]]:
    """The run's own events, without what the wall clock says."""
    return [
        (event.kind, event.data) for event in await works.events() if event.kind not in ("run_began", "speed_changed")
    ]


@pytest.mark.timeout(180)
async def test_a_run_goes_on_where_it_was_and_ends_as_if_nothing_had_been(opened_works, tmp_path):
    async with opened_works(STEADY) as works:
        await works.plant.update_parameters(COATER, {"coating_speed": 0.06})
        await works.plant.update_parameters(STORE, {"aging_time_days": 300.0})
        for number in range(3):
            await works.plant.add_batch(f"b{number}")
        await works.plant.cancel_batch("b2")
        await works.followed(lambda told: told.progress > 0.5, batch_id="b0")
        before = await works.plant.view()
    async with opened_works(MAX) as works:
        view = await works.plant.view()
        assert view.speed == STEADY
        assert view.run == 1
        assert view.simulated_s >= before.simulated_s > 0
        assert (await works.plant.machine(COATER)).parameters.coating_speed == 0.06
        one = await works.plant.batch("b0")
        assert one.state is BatchState.RUNNING
        assert one.progress > 0.5
        await works.plant.set_speed(MAX)
        await works.ended("b0")
        await works.ended("b1")
        await works.plant.pause()
        resumed, commands = await told(works), await works.store.commands(1, 0, 100)
    assert [command.kind for command in commands][:5] == [*["set_parameters"] * 2, *["add_batch"] * 3]
    assert [data for _, data in resumed] == expected(commands)


def expected(commands) -> list[object]:
    """The same commands, in one go and without any store."""
    from server.plant.power import batch_power_w, power_w  # noqa: PLC0415
    from server.plant.runs.wording import command_of, event_of  # noqa: PLC0415
    from server.plant.simulation import INDEX, PlantSimulation  # noqa: PLC0415

    found: list[object] = []

    def take(event) -> None:
        batch = simulation.batch(event.batch_id) if event.batch_id else None
        draws_w = power_w(simulation, event.machine) if event.machine else None
        own_w = batch_power_w(batch, INDEX[event.machine]) if batch and event.machine else None
        found.append(event_of(event, 0.0, batch.progress(event.time_s) if batch else None, (draws_w, own_w)).data)

    made = design()
    simulation = PlantSimulation(made.configuration, made.seed, STEPS, [take])
    for record in commands:
        simulation.apply(command_of(record))
    return found


async def test_a_paused_plant_stays_paused_and_an_idle_one_idle(opened_works):
    async with opened_works(MAX) as works:
        await works.plant.add_batch("one")
        await works.ended("one")
        await works.plant.pause()
        await works.plant.add_batch("two")
        before = await works.plant.view()
    async with opened_works(MAX) as works:
        after = await works.plant.view()
        assert after.state is PlantState.PAUSED
        assert (after.simulated_s, after.queue, after.running) == (before.simulated_s, before.queue, before.running)
        await works.plant.resume()
        assert (await works.ended("two")).state is BatchState.COMPLETED
        assert (await works.plant.figures()).batches["completed"] == 2
    async with opened_works(MAX) as works:
        assert (await works.plant.view()).state is PlantState.IDLE
        assert {each.id for each in (await works.plant.batches()).items} == {"one", "two"}


def other_physics() -> Design:
    def slower(material, parameters, dice):
        outcome = STEPS[COATER](material, parameters, dice)
        return type(outcome)(outcome.material, outcome.duration_s * 1.01, outcome.energy_j, outcome.scrap_kg)

    return design(steps={**STEPS, COATER: slower})


def other_layout() -> Design:
    from dataclasses import replace  # noqa: PLC0415

    made = design()
    return replace(made, configuration=replace(made.configuration, remembered=7))


@pytest.mark.parametrize("other", [other_physics, other_layout])
async def test_a_run_that_cannot_be_repeated_is_interrupted_and_never_running_for_ever(opened_works, other):
    async with opened_works(STEADY) as works:
        await works.plant.update_parameters(COATER, {"coating_speed": 0.06})
        await works.plant.add_batch("done")
        await works.ended("done")
        await works.plant.add_batch("lost")
        await works.followed(lambda told: told.progress > 0.3, batch_id="lost")
        last = await works.plant.view()
    async with opened_works(MAX, made=other()) as works:
        lost = await works.plant.batch("lost")
        assert lost.state is BatchState.INTERRUPTED
        assert lost.reason
        assert lost.finished_at is not None
        assert (await works.plant.batch("done")).state is BatchState.COMPLETED
        view = await works.plant.view()
        assert (view.run, view.state, view.running, view.queue) == (2, PlantState.IDLE, (), ())
        assert view.simulated_s >= last.simulated_s
        assert (await works.plant.machine(COATER)).parameters.coating_speed == 0.06
        kinds = [event.kind for event in await works.events()]
        assert kinds[-2:] == ["plant_interrupted", "batch_interrupted"]
        assert await works.followed(lambda told: False, batch_id="lost") == []
        assert isinstance(await works.plant.add_batch("new"), BatchView)
        assert (await works.ended("new")).state is BatchState.COMPLETED


@pytest.mark.parametrize(("before", "after"), [(3, 1), (1, 3)])
async def test_another_bound_of_the_queue_interrupts_nothing(opened_works, before, after):
    async with opened_works(MAX, Limits(queued_batches=before)) as works:
        await works.plant.pause()
        added = [await works.plant.add_batch(f"b{number}") for number in range(4)]
        assert [isinstance(each, QueueFull) for each in added] == [number >= before for number in range(4)]
        queued = (await works.plant.view()).queue
    async with opened_works(MAX, Limits(queued_batches=after)) as works:
        view = await works.plant.view()
        assert (view.run, view.queue) == (1, queued)
        more = [isinstance(await works.plant.add_batch(f"c{number}"), QueueFull) for number in range(4)]
        assert more == [len(queued) + number >= after for number in range(4)]
        await works.plant.resume()
        assert (await works.ended(queued[-1])).state is BatchState.COMPLETED


async def test_a_plant_that_breaks_is_interrupted_and_another_begins(opened_works, monkeypatch):
    takes = Floor.takes

    def broken(floor, batch, index):
        if (batch.id, MACHINES[index]) == ("bad", WINDER):
            raise RuntimeError("the floor gave way")
        takes(floor, batch, index)

    monkeypatch.setattr(Floor, "takes", broken)
    async with opened_works(MAX) as works:
        await works.plant.add_batch("good")
        await works.ended("good")
        await works.plant.add_batch("bad")
        assert (await works.ended("bad")).state is BatchState.INTERRUPTED
        await works.plant.add_batch("next")
        assert (await works.ended("next")).state is BatchState.COMPLETED
        assert (await works.plant.view()).run == 2
    async with opened_works(MAX) as works:
        assert (await works.plant.batch("good")).state is BatchState.COMPLETED
        assert (await works.plant.view()).run == 2


async def test_a_command_written_down_but_not_done_is_done_at_the_next_start(opened_works, monkeypatch):
    async with opened_works(STEADY) as works:
        await works.plant.add_batch("one")
        await works.followed(lambda told: told.progress > 0.2, batch_id="one")
    from server.plant.commands import AddBatch  # noqa: PLC0415
    from server.plant.runs.wording import record_of  # noqa: PLC0415

    async with opened_works(STEADY) as works:
        await works.plant.pause()
        at_s = works.plant._running.run.simulation.now_s
        await works.store.tell(1, record_of(3, AddBatch(at_s, "two")))
    async with opened_works(MAX) as works:
        assert (await works.plant.batch("two")).state is BatchState.QUEUED
        assert (await works.events())[-1].subject == "batch/two"


async def killed(path, prefix: str, dice: random.Random) -> list[str]:
    """The ids that were answered before the kill."""
    output, lines = b"", dice.randint(2, 12)
    command = [sys.executable, "-c", PROGRAM, str(path), prefix]
    async with await anyio.open_process(command, stderr=None) as process:
        assert process.stdout is not None
        while output.count(b"\n") < lines:
            output += await process.stdout.receive()
        await anyio.sleep(dice.random() * 0.3)
        process.kill()
        async for part in process.stdout:
            output += part
    return output.decode().rpartition("\n")[0].splitlines()


@pytest.mark.timeout(120)
async def test_a_killed_plant_has_all_that_it_answered_and_goes_on(opened_works, tmp_path):
    dice, answered = random.Random(5), []
    for life in range(4):
        answered += await killed(tmp_path / "busbar.db", f"life{life}", dice)
    async with opened_works(MAX) as works:
        assert (await works.plant.view()).run == 1
        await works.plant.set_speed(MAX)
        for batch_id in answered:
            assert (await works.ended(batch_id)).state is BatchState.COMPLETED
        own = [event for event in await works.events() if event.kind not in ("run_began", "speed_changed")]
        assert (await works.store.run()).place.sequence == len(own)
        assert [event.data for event in own][: len(own)] == expected_until(await works.store.commands(1, 0, 1000), own)


def expected_until(commands, own) -> list[object]:
    from server.plant.commands import Pause  # noqa: PLC0415
    from server.plant.runs.wording import record_of  # noqa: PLC0415

    end = record_of(len(commands) + 1, Pause(own[-1].data["simulated_s"]))
    return expected([*commands, end])[:-1]
