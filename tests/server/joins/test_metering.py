"""The meters against the model: each batch's own number and each stage's, over kills and rewiring."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from emulator.commands import OverridePower
from schema.ports import BatchView, Speed
from server.beside import running
from tests.schema.cells.test_lab import counted
from tests.server.joins.meters import FORMATION, WITHIN, Grid, Meters, check_agreement, metered_plant, until


def overlap(batches: Sequence[BatchView], machine: MachineKey) -> int:
    """How many pairs of batches were in the machine at once."""
    results = [step.result for batch in batches for step in batch.steps if step.machine == machine and step.result]
    spans = sorted((result.finished_s - result.duration_s, result.finished_s) for result in results)
    return sum(later[0] < earlier[1] for earlier, later in pairwise(spans))


async def check_conservation(meters: Meters, before: dict[MachineKey, int], names: Sequence[str]) -> None:
    """What the circuits really delivered is what was booked, no mWh more or less."""
    energies = [await meters.energy(name) for name in names]
    for key, mwh in consumed(meters.grid).items():
        booked_wh = sum(energy.by_machine[key] for energy in energies) * 1000
        assert booked_wh == pytest.approx((mwh - before[key]) / 1000, abs=0.01), key


def consumed(grid: Grid) -> dict[MachineKey, int]:
    """mWh of the machines' circuits, before any meter."""
    true = grid.panel.device.truth(grid.panel.clock.tick()).consumed_mwh
    return dict(zip(MACHINES, true, strict=False))


@pytest.mark.parametrize(("speed", "count"), [("max", 4), ("400000", 3), ("visible", 2)])
async def test_meters_and_model_agree_for_every_batch_and_stage(
    tmp_path: Path, grid: Grid, speed: str, count: int
) -> None:
    names = [f"b{number}" for number in range(count)]
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.abreast()
        await meters.add(*names)
        await meters.plant.set_speed(Speed.of(speed))
        batches = await meters.ended(*names)
        assert overlap(batches, FORMATION) > 0
        assert overlap(batches, MACHINES[-1]) > 0
        for batch in batches:
            check_agreement(batch, await meters.energy(batch.id))
        own = {(await meters.energy(name)).kwh for name in names}
        assert len(own) == count


async def test_a_follower_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path, grid: Grid) -> None:
    dice, names = random.Random(4), ["b0", "b1"]
    async with metered_plant(tmp_path, grid, "0", is_followed=False) as meters:
        await meters.wire()
        await cut_after(meters, 0.3)
        before = consumed(grid)
        await meters.add(*names)
        await meters.plant.set_speed(Speed.of("max"))
        for _ in range(30):
            await cut_after(meters, dice.random() * 0.15)
        meters.renew()
        task = asyncio.create_task(meters.metering.run())
        batches = await meters.ended(*names)
        task.cancel()
        for batch in batches:
            check_agreement(batch, await meters.energy(batch.id))
        await check_conservation(meters, before, names)


async def cut_after(meters: Meters, seconds: float) -> None:
    meters.renew()
    task = asyncio.create_task(meters.metering.run())
    await asyncio.wait([task], timeout=seconds)
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


async def test_a_server_that_is_opened_again_goes_on_in_the_same_interval(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        before_wh = (await meters.energy("b0")).kwh
    async with metered_plant(tmp_path, grid, "max") as meters:
        (batch,) = await meters.ended("b0")
        energy = await meters.energy("b0")
        check_agreement(batch, energy)
        assert 0 < (before_wh or 0) < (energy.kwh or 0)


async def test_a_machine_that_is_unwired_in_the_midst_is_unknown_until_it_is_wired_again(
    tmp_path: Path, grid: Grid
) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        held = grid.panel.reading().circuits[MACHINES.index(FORMATION)].power_mw
        await meters.wires.unwire(FORMATION)
        await meters.add("b1")
        await meters.plant.set_speed(Speed.of("max"))
        await meters.ended("b0", "b1")
        first, second = await meters.energy("b0"), await meters.energy("b1")
        assert first.reason == "cell/formation_cycling: it was wired otherwise while it worked"
        hung = "cell/formation_cycling hung on no circuit while it worked; wire it for the batches to come"
        assert second.reason == hung
        for lost in (first, second):
            assert (lost.kwh, set(MACHINES) - lost.by_machine.keys()) == (None, {FORMATION})
        assert grid.panel.reading().circuits[MACHINES.index(FORMATION)].power_mw != held
        await meters.wire([FORMATION])
        await meters.add("b2")
        (batch,) = await meters.ended("b2")
        check_agreement(batch, await meters.energy("b2"))


async def test_without_a_control_there_is_a_reason_and_the_panel_is_left_alone(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "max", is_led=False) as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.ended("b0")
        energy = await meters.energy("b0")
        assert (energy.kwh, energy.by_machine) == (None, {})
        assert "does not control panel nj-2316-040pp" in str(energy.reason)
        assert grid.panel.clock.speed == 1.0
        assert not grid.panel.device.commands


async def test_without_wires_there_is_a_reason_and_a_cancelled_batch_has_it_too(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.add("b0", "b1")
        assert (await meters.energy("b0")).kwh == 0
        await meters.paused_after(MACHINES[0])
        await meters.plant.cancel_batch("b0")
        await meters.plant.set_speed(Speed.of("max"))
        await meters.ended("b0", "b1")
        for name in ("b0", "b1"):
            energy = await meters.energy(name)
            assert energy.kwh is None
            assert "hung on no circuit" in str(energy.reason)
        assert (await meters.energy("nobody")).reason == "the plant has no batch 'nobody'"


async def test_a_batch_that_is_cancelled_has_used_what_the_meters_say(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        await meters.plant.set_speed(Speed.of("3600"))
        await meters.goes_on_for(1800)
        await meters.plant.cancel_batch("b0")
        (batch,) = await meters.ended("b0")
        energy = await meters.energy("b0")
        assert energy.kwh == pytest.approx(batch.energy_kwh, rel=WITHIN)
        assert energy.by_machine[FORMATION] > 0


async def test_the_dry_room_is_held_while_the_winder_winds_and_the_panel_let_go_at_the_end(
    tmp_path: Path, grid: Grid
) -> None:
    winder = MachineKey(Line.CELL, Stage.REWINDING)
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.abreast()
        room = next(index for index, each in enumerate(grid.panel.reading().circuits) if each.name == "Dry room")
        await until(lambda: grid.panel.reading().circuits[room].power_mw == 0)
        assert grid.panel.clock.speed == 0
        await meters.add("b0")
        await meters.plant.set_speed(Speed.of("max"))
        (batch,) = await meters.ended("b0")
        wound = next(step.result for step in batch.steps if step.machine == winder and step.result)
        held = [(each.tick, each.command) for each in grid.panel.device.commands]
        (_, begun), (on, wet), (off, dry) = [
            (tick, command.power_w)
            for tick, command in held
            if isinstance(command, OverridePower) and command.target == grid.panel.reading().circuits[room].id
        ]
        assert (begun, wet, dry) == (0, 115_000, 0)
        assert off - on == pytest.approx(wound.duration_s, abs=1)
        dry_kwh = 115.0 * wound.duration_s / 3600
        assert meters.metered.shared_kwh(batch) == pytest.approx(dry_kwh + 0.069 * (batch.energy_kwh + dry_kwh))
        for key in MACHINES:
            await meters.wires.unwire(key)
        await until(lambda: grid.panel.clock.speed == 1.0)
        assert not grid.panel.device.settings.overrides


async def test_what_nobody_expected_is_tried_again(tmp_path: Path, grid: Grid, monkeypatch) -> None:
    async with metered_plant(tmp_path, grid, "max", is_followed=False) as meters:
        await meters.add("b0")
        since, broken = meters.log.since, iter([True, True])

        async def breaking(*asked: Any) -> Any:
            if next(broken, False):
                raise LookupError("a bug")
            return await since(*asked)

        monkeypatch.setattr(meters.log, "since", breaking)
        async with running(meters.metering.run()):
            await until(lambda: meters.trouble is not None)
            await meters.ended("b0")
            assert meters.trouble is None


async def test_one_statement_serves_any_number_of_batches(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "max") as meters:
        await meters.add("b0", "b1", "b2")
        await meters.ended("b0", "b1", "b2")
        with counted(meters.database) as told:
            assert len(await meters.metered.of_batches(["b0", "b1", "b2", "b3"])) == 4
        # The follower may read beside it; what was metered of batches only this asks for.
        assert sum("SELECT plant_batch.id" in statement for statement in told) == 1
