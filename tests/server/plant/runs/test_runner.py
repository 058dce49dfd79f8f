"""The plant as the API asks it: what it is told, what it refuses, and how it then stands."""

from __future__ import annotations

import asyncio

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.plant.refusals import (
    BatchAlreadyFinished,
    BatchIdTaken,
    BatchNotFound,
    InvalidParameters,
    MachineNotFound,
    PlantBusy,
    StorageFull,
)
from schema.ports import Applies, BatchState, BatchView, MachineState, PlantState, Speed, StepState
from server.plant.runs.limits import Limits
from server.stores.errors import StorageFullError
from tests.server.plant.runs.conftest import MAX, SLOW

MIXER, COATER = MachineKey(Line.ANODE, Stage.MIXING), MachineKey(Line.ANODE, Stage.COATING)
README_RATIOS = {"material_ratios": {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05}}


async def test_a_batch_goes_through_all_machines_and_stays_visible(works):
    assert isinstance(await works.plant.add_batch("one"), BatchView)
    view = await works.ended("one")
    assert view.state is BatchState.COMPLETED
    assert view.progress == 1
    assert [step.machine for step in view.steps] == list(MACHINES)
    assert {step.state for step in view.steps} == {StepState.DONE}
    assert view.cells > 300
    assert view.energy_kwh == pytest.approx(sum(step.result.energy_kwh for step in view.steps))
    assert view.queued_s <= view.started_s < view.finished_s
    figures = await works.plant.figures()
    assert figures.batches["completed"] == 1
    assert figures.cells == view.cells
    plant = await works.plant.view()
    assert (plant.state, plant.queue, plant.running) == (PlantState.IDLE, (), ())
    assert (await works.plant.batches()).items == (view,)


async def test_the_same_seed_gives_the_same_plant_and_ids_are_made_where_none_is_given(works):
    made = await works.plant.add_batch()
    other = await works.plant.add_batch()
    assert made.id != other.id
    assert (await works.ended(made.id)).steps != (await works.ended(other.id)).steps


async def test_what_a_batch_is_given_stays_its_own(works):
    before = await works.plant.machine(MIXER)
    view = await works.plant.add_batch("batch_001", {MIXER: README_RATIOS, COATER: {"coating_speed": 0.1}})
    assert view.parameters[MIXER].AM == 0.8
    assert view.parameters[COATER].coating_speed == 0.1
    assert view.parameters[COATER].gap_height == before_gap(await works.plant.machine(COATER))
    assert (await works.plant.machine(MIXER)).parameters == before.parameters
    ended = await works.ended("batch_001")
    assert "not_coatable" in {flag for step in ended.steps if step.result for flag in step.result.flags}


def before_gap(view) -> float:
    gap_m: float = view.parameters.gap_height
    return gap_m


async def test_a_change_applies_now_to_an_empty_machine_and_later_to_a_busy_one(opened_works):
    async with opened_works(SLOW) as works:
        changed = await works.plant.update_parameters(COATER, {"coating_speed": 0.07})
        assert changed.applies is Applies.NOW
        assert changed.machine.parameters.coating_speed == 0.07
        await works.plant.add_batch("one")
        busy = await works.plant.machine(MIXER)
        assert (busy.state, busy.current_batch_id) == (MachineState.SETUP, "one")
        later = await works.plant.update_parameters(MIXER, {"AM": 0.85, "CA": 0.08, "PVDF": 0.04, "solvent": 0.03})
        assert later.applies is Applies.NEXT_BATCH
        assert later.machine.parameters.AM == 0.85


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"coating_speed": float("nan")}, {"coating_speed"}),
        ({"coating_speed": True, "gap_height": -1}, {"coating_speed", "gap_height"}),
        ({"colour": "red"}, {"colour"}),
        ({"coating_speed": "0.1"}, {"coating_speed"}),
        ([1], {""}),
    ],
)
async def test_bad_parameters_are_refused_field_by_field_and_nothing_changes(works, changes, fields):
    before = await works.plant.machine(COATER)
    refused = await works.plant.update_parameters(COATER, changes)
    assert isinstance(refused, InvalidParameters)
    assert {each.field for each in refused.fields} == fields
    assert {each.machine for each in refused.fields} == {COATER}
    refused = await works.plant.add_batch("bad", {COATER: changes, MIXER: {"AM": 2}})
    assert isinstance(refused, InvalidParameters)
    assert {each.machine for each in refused.fields} == {COATER, MIXER}
    assert await works.plant.machine(COATER) == before
    assert await works.plant.batch("bad") is None
    assert await works.store.commands(1, 0, 10) == []


async def test_machines_and_batches_that_are_not_there_are_refused(works):
    nowhere = MachineKey(Line.CELL, Stage.MIXING)
    assert isinstance(await works.plant.update_parameters(nowhere, {}), MachineNotFound)
    assert isinstance(await works.plant.add_batch("x", {nowhere: {}}), MachineNotFound)
    assert await works.plant.machine(nowhere) is None
    assert isinstance(await works.plant.cancel_batch("nobody"), BatchNotFound)
    await works.plant.add_batch("one")
    await works.ended("one")
    assert isinstance(await works.plant.cancel_batch("one"), BatchAlreadyFinished)
    assert isinstance(await works.plant.add_batch("one"), BatchIdTaken)


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 101, "\ud800", "\x00"])
async def test_an_id_that_cannot_be_shown_is_refused(works, name):
    refused = await works.plant.add_batch(name)
    assert isinstance(refused, InvalidParameters)
    assert [each.field for each in refused.fields] == ["id"]


async def test_pause_resume_speed_and_reset(opened_works):
    async with opened_works(SLOW) as works:
        await works.plant.add_batch("one")
        assert (await works.plant.pause()).state is PlantState.PAUSED
        paused = await works.plant.view()
        await asyncio.sleep(0.15)
        assert (await works.plant.view()).simulated_s == paused.simulated_s
        assert isinstance(await works.plant.add_batch("two"), BatchView)
        assert (await works.plant.resume()).state is PlantState.RUNNING
        assert (await works.plant.set_speed(None)).state is PlantState.PAUSED
        again = await works.plant.set_speed(Speed.of(2))
        assert (again.state, again.speed) == (PlantState.RUNNING, Speed.of(2.0))
        await works.plant.set_speed(MAX)
        await works.ended("two")
        await works.plant.set_speed(SLOW)
        await works.plant.add_batch("three")
        await works.plant.update_parameters(COATER, {"coating_speed": 0.07})
        fresh = await works.plant.reset()
        assert (fresh.run, fresh.state, fresh.running) == (2, PlantState.IDLE, ())
        assert fresh.simulated_s >= again.simulated_s
        assert (await works.plant.machine(COATER)).parameters.coating_speed == 0.05
        assert (await works.plant.batch("three")).state is BatchState.CANCELLED
        assert (await works.plant.batch("two")).state is BatchState.COMPLETED
        assert isinstance(await works.plant.add_batch("two"), BatchIdTaken)


@pytest.mark.parametrize("given", ["fast", "", True, None, -1, "nan", float("inf"), 1e10, [], 10**400])
def test_what_is_no_speed_is_refused(given):
    with pytest.raises(ValueError, match="speed is"):
        Speed.of(given)


async def test_the_clock_and_what_happened_are_on_disk_in_one_piece(works):
    for number in range(5):
        await works.plant.add_batch(f"b{number}")
    for number in range(5):
        await works.ended(f"b{number}")
    run = await works.store.run()
    events = [event for event in await works.events() if event.kind not in ("run_began", "speed_changed")]
    assert run.place.sequence == len(events)
    assert [event.seq for event in await works.events()] == list(range(1, len(events) + 2))


async def test_an_empty_plant_that_was_told_much_begins_a_new_run_with_its_parameters(opened_works):
    async with opened_works(limits=Limits(run_commands=3)) as works:
        await works.plant.update_parameters(COATER, {"coating_speed": 0.07})
        for name in ("a", "b", "c"):
            await works.plant.add_batch(name)
            await works.ended(name)
        await works.began(2)
        assert (await works.plant.view()).seed == 8
        assert (await works.plant.machine(COATER)).parameters.coating_speed == 0.07


async def test_a_run_takes_only_so_many_commands_while_it_is_busy(opened_works):
    async with opened_works(SLOW, Limits(most_commands=2)) as works:
        await works.plant.add_batch("a")
        await works.plant.add_batch("b")
        assert isinstance(await works.plant.add_batch("c"), PlantBusy)
        assert isinstance(await works.plant.pause(), PlantBusy)
        assert not isinstance(await works.plant.reset(), PlantBusy)
        assert isinstance(await works.plant.add_batch("c"), BatchView)


async def test_a_plant_that_was_paused_by_its_last_command_can_be_reset(opened_works):
    async with opened_works(SLOW, Limits(most_commands=1)) as works:
        await works.plant.pause()
        assert isinstance(await works.plant.resume(), PlantBusy)
        assert (await works.plant.reset()).state is PlantState.IDLE


@pytest.mark.parametrize(("command", "write"), [("pause", "keep"), ("reset", "begin")])
async def test_a_write_that_fails_behind_a_command_stalls_the_plant_only_until_it_can_be(
    opened_works, monkeypatch, command, write
):
    async with opened_works(limits=Limits(retry_s=0.02)) as works:
        await works.plant.pause()
        done, failures = getattr(works.store, write), [StorageFullError("no room")] * 3

        async def failing(*given):
            if failures:
                raise failures.pop()
            return await done(*given)

        monkeypatch.setattr(works.store, write, failing)
        await getattr(works.plant, command)()
        wanted = (PlantState.IDLE, 2) if command == "reset" else (PlantState.PAUSED, 1)
        async with asyncio.timeout(10):
            while ((view := await works.plant.view()).state, view.run) != wanted:  # noqa: ASYNC110 (by itself)
                await asyncio.sleep(0.02)
        assert not failures


async def test_ended_batches_are_kept_up_to_a_bound(opened_works):
    async with opened_works(limits=Limits(keep_batches=2, prune_every_s=0.0)) as works:
        for name in "abcd":
            await works.plant.add_batch(name)
            await works.ended(name)
        await works.plant.add_batch("e")
        await works.ended("e")
        async with asyncio.timeout(10):
            while len((await works.plant.batches()).items) > 2:
                await works.plant.set_speed(MAX)
                await works.plant.pause()
                await works.plant.resume()


async def test_batches_come_by_the_page_newest_first(works):
    for name in "abcde":
        await works.plant.add_batch(name)
    seen, after, pages = [], None, 0
    while True:
        page = await works.plant.batches(limit=2, after=after)
        seen += [batch.id for batch in page.items]
        pages += 1
        if not page.has_more:
            break
        after = page.places[-1]
    assert (seen, pages) == (list("edcba"), 3)
    with pytest.raises(ValueError, match="after"):
        await works.plant.batches(after="x")
    await works.ended("e")
    assert {each.id for each in (await works.plant.batches([BatchState.COMPLETED])).items} >= {"e"}
    assert (await works.plant.batches([BatchState.FAILED])).items == ()


async def pages(works, most: int) -> int:
    """How many pages the file may have from now on."""
    pragma = f"PRAGMA max_page_count = {most}"
    allowed: int = await works.database.write(lambda db: db.execute(pragma).fetchone()[0])
    return allowed


async def test_a_full_disk_refuses_commands_and_keeps_nothing_of_them(opened_works):
    async with opened_works(SLOW, Limits(retry_s=0.05)) as works:
        await works.plant.add_batch("before")
        await pages(works, 1)
        refusals = [await works.plant.add_batch(f"during{number}") for number in range(300)]
        assert isinstance(refusals[-1], StorageFull)
        refused = [number for number, answer in enumerate(refusals) if isinstance(answer, StorageFull)]
        assert await works.plant.batch(f"during{refused[-1]}") is None
        assert not {f"during{number}" for number in refused} & set((await works.plant.view()).queue)
        await pages(works, 1_000_000)
        async with asyncio.timeout(10):
            while not isinstance(await works.plant.add_batch("after"), BatchView):  # noqa: ASYNC110 (by itself)
                await asyncio.sleep(0.05)
        await works.plant.set_speed(MAX)
        assert (await works.ended("after")).state is BatchState.COMPLETED


async def test_a_disk_that_fills_up_under_a_running_plant_stalls_it_until_there_is_room(opened_works):
    async with opened_works(SLOW, Limits(retry_s=0.05)) as works:
        for number in range(20):
            await works.plant.add_batch(f"b{number}")
        await pages(works, 1)
        await works.plant.set_speed(MAX)
        async with asyncio.timeout(10):
            while (await works.plant.view()).state is not PlantState.STALLED:  # noqa: ASYNC110 (by itself)
                await asyncio.sleep(0.02)
        assert isinstance(await works.plant.add_batch("during"), StorageFull)
        stalled = await works.plant.view()
        assert "busbar.db" in stalled.reason
        await pages(works, 1_000_000)
        for number in range(20):
            assert (await works.ended(f"b{number}")).state is BatchState.COMPLETED
        assert (await works.plant.view()).state is PlantState.IDLE
        run, events = await works.store.run(), await works.events()
        assert run.place.sequence == sum(event.kind not in ("run_began", "speed_changed") for event in events)
