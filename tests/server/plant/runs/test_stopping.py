"""Stopping and starting machines of the plant in the server: refused, written down, and over restarts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema.plant.refusals import InvalidParameters, MachineNotFound
from schema.ports import BatchState, MachineState, PlantState, Speed
from server.plant.runs.limits import Limits
from tests.server.plant.runs.conftest import MAX, design
from tests.server.plant.runs.test_restart import expected, told

COATER, FORMATION = MachineKey(Line.ANODE, Stage.COATING), MachineKey(Line.CELL, Stage.FORMATION_CYCLING)
OTHER_WEB = MachineKey(Line.CATHODE, Stage.INSPECTION)
WHY = "circuit 7 is open"


async def reached(works, key: MachineKey, kind: str) -> None:
    """Return when the machine told that of batch `one`."""
    beginning = replace(await works.log.position(), seqs={})
    await works.followed(
        lambda told: told.entry is not None and (told.entry.machine, told.entry.kind) == (key, kind),
        batch_id="one",
        after=beginning,
    )


async def stuck(works) -> None:
    """Return when nothing happens in the plant any more: batch `one` waits for its anode."""
    await reached(works, OTHER_WEB, "step_finished")


async def test_a_stopped_machine_says_why_and_goes_on_when_started(works):
    view = await works.plant.stop_machine(COATER, WHY)
    assert (view.state, view.stopped_because) == (MachineState.DOWN, WHY)
    assert works.plant.stopped() == {COATER: WHY}
    await works.plant.add_batch("one")
    await stuck(works)
    assert (await works.plant.batch("one")).state is BatchState.RUNNING
    view = await works.plant.start_machine(COATER)
    assert (view.stopped_because, works.plant.stopped()) == (None, {})
    assert (await works.ended("one")).state is BatchState.COMPLETED
    down, started = [
        event for event in await works.events()
        if event.data["machine"] == "anode/coating" and event.data["batch_id"] is None
        and event.kind in ("machine_down", "machine_started")
    ]  # fmt: skip
    assert down.kind == "machine_down"
    assert down.data["detail"] == {"cause": "stopped", "reason": WHY}
    assert down.data["power_w"] == 0
    assert (started.kind, started.subject) == ("machine_started", "machine/anode/coating")


async def test_what_changes_nothing_is_not_written_down(works):
    await works.plant.start_machine(COATER)
    await works.plant.stop_machine(COATER, WHY)
    view = await works.plant.stop_machine(COATER, "another")
    assert view.stopped_because == WHY
    assert [command.kind for command in await works.store.commands(1, 0, 10)] == ["stop_machine"]


async def test_no_such_machine_and_a_reason_that_cannot_be_shown_are_refused(works):
    nowhere = MachineKey(Line.CELL, Stage.MIXING)
    assert isinstance(await works.plant.stop_machine(nowhere, WHY), MachineNotFound)
    assert isinstance(await works.plant.start_machine(nowhere), MachineNotFound)
    for reason in ("", "a\nb", "x" * 201, "\ud800"):
        assert isinstance(await works.plant.stop_machine(COATER, reason), InvalidParameters)
    assert works.plant.stopped() == {}
    assert await works.store.commands(1, 0, 10) == []


async def test_a_restart_finds_the_machine_stopped_with_its_batch_where_it_was(opened_works):
    async with opened_works(Speed.of(3000)) as works:
        await works.plant.add_batch("one")
        await reached(works, COATER, "machine_working")
        before = await works.plant.stop_machine(COATER, WHY)
        assert before.batch_ids == ("one",)
        await works.plant.set_speed(MAX)
        await stuck(works)
    async with opened_works(MAX) as works:
        view = await works.plant.view()
        assert (view.run, view.state) == (1, PlantState.RUNNING)
        assert works.plant.stopped() == {COATER: WHY}
        after = await works.plant.machine(COATER)
        assert (after.state, after.batch_ids, after.progress) == (before.state, before.batch_ids, before.progress)
        await works.plant.start_machine(COATER)
        assert (await works.ended("one")).state is BatchState.COMPLETED
        await works.plant.pause()
        commands = await works.store.commands(1, 0, 100)
        assert [data for _, data in await told(works)] == expected(commands)


async def test_a_reset_and_the_run_after_it_leave_it_stopped(opened_works):
    async with opened_works(MAX) as works:
        for key in (COATER, FORMATION):
            await works.plant.stop_machine(key, WHY)
        await works.plant.reset()
        assert (await works.plant.view()).run == 2
        assert works.plant.stopped() == {COATER: WHY, FORMATION: WHY}
        assert [command.kind for command in await works.store.commands(2, 0, 10)] == ["stop_machine"] * 2
        await works.plant.start_machine(FORMATION)
    async with opened_works(MAX) as works:
        assert ((await works.plant.view()).run, works.plant.stopped()) == (2, {COATER: WHY})
        await works.plant.start_machine(COATER)
        await works.plant.add_batch("one")
        assert (await works.ended("one")).state is BatchState.COMPLETED


async def test_a_run_that_was_told_much_is_followed_by_one_in_which_it_is_stopped(opened_works):
    async with opened_works(MAX, Limits(run_commands=3)) as works:
        await works.plant.stop_machine(COATER, WHY)
        for speed in (0.05, 0.06, 0.07):
            await works.plant.update_parameters(COATER, {"coating_speed": speed})
        await works.began(2)
        assert works.plant.stopped() == {COATER: WHY}
        for speed in (0.05, 0.06):
            await works.plant.update_parameters(COATER, {"coating_speed": speed})
        assert (await works.plant.view()).run == 2


@pytest.mark.parametrize("is_started", [False, True])
async def test_a_run_that_cannot_be_brought_back_is_followed_by_one_in_which_it_is_stopped(opened_works, is_started):
    async with opened_works(MAX) as works:
        await works.plant.stop_machine(COATER, WHY)
        await works.plant.stop_machine(FORMATION, WHY)
        if is_started:
            await works.plant.start_machine(FORMATION)
    longer = design()
    machines = dict(longer.configuration.machines)
    machines[FORMATION] = replace(machines[FORMATION], setup_s=77.0)
    other = replace(longer, configuration=replace(longer.configuration, machines=machines))
    async with opened_works(MAX, made=other) as works:
        assert (await works.plant.view()).run == 2
        assert works.plant.stopped() == {COATER: WHY} | ({} if is_started else {FORMATION: WHY})
