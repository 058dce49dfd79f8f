"""The meters of several panels: each follows by itself, and each draws what it should again when it is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.ports import Availability, Speed
from server.joins.limits import Limits
from server.panel.limits import Limits as PollingLimits
from tests.server.joins.meters import Grid, Meters, check_agreement, made, metered_plant, until

WINDER = MachineKey(Line.CELL, Stage.REWINDING)
MIXER, COATER, *OTHERS = MACHINES
IMPATIENT = Limits(retry_s=0.02, retry_cap_s=0.1, meter_tries=4, control_timeout_s=0.4)
OFTEN = PollingLimits(poll_s=1.0, short_outage_s=0, backoff_cap_s=1.0, readback_s=0.0)


@pytest.fixture
async def house() -> AsyncIterator[Grid]:
    grid = Grid(made(source="house-32"))
    async with grid.powered():
        yield grid


def power_w(grid: Grid, name: str) -> float:
    return next(each.power_mw / 1000 for each in grid.panel.reading().circuits if each.name == name)


async def check_held(meters: Meters) -> None:
    """The panel draws what the winder and its dry room do."""
    batch = (await meters.plant.machine(WINDER)).power_w  # type: ignore[union-attr]
    assert batch > 0
    held = [115_000.0, pytest.approx(batch, abs=0.01)]
    await until(lambda: [power_w(meters.grid, "Dry room"), power_w(meters.grid, "Cell rewinding")] == held)


async def test_a_control_that_never_answers_delays_the_meters_of_its_own_panel_alone(
    tmp_path: Path, grid: Grid, house: Grid
) -> None:
    async with metered_plant(tmp_path, grid, "0", more=[house], limits=IMPATIENT) as meters:
        await meters.wire([MIXER], house)
        await meters.wire([COATER, *OTHERS])
        await meters.abreast()
        await house.hang()
        await meters.add("b0")
        await meters.plant.set_speed(Speed.of("max"))
        (batch,) = await meters.made("b0")
        ended_s = batch.finished_s or 0.0
        await until(lambda: all(meters.metering.of(key).at_s >= ended_s for key in (COATER, *OTHERS)))
        behind = await meters.energy("b0")
        assert set(behind.by_machine) == {COATER, *OTHERS}
        assert "did not answer within 0.4 s" in str(behind.reason)
        await house.answer_again()
        await meters.abreast()
        check_agreement(batch, await meters.energy("b0"))


async def test_a_machine_that_moves_to_a_panel_that_lags_is_booked_once(
    tmp_path: Path, grid: Grid, house: Grid
) -> None:
    async with metered_plant(tmp_path, grid, "0", more=[house], limits=IMPATIENT) as meters:
        await meters.wire([COATER], house)
        await meters.wire([MIXER, *OTHERS])
        await meters.abreast()
        await house.hang()
        await meters.add("b0")
        await meters.plant.set_speed(Speed.of("max"))
        (batch,) = await meters.made("b0")
        await until(lambda: meters.metering.of(MIXER).at_s >= (batch.finished_s or 0.0))
        await meters.wires.unwire(MIXER)
        await meters.wire([MIXER], house)
        await house.answer_again()
        await meters.abreast()
        check_agreement(batch, await meters.energy("b0"))
        await meters.add("b1")
        (after,) = await meters.ended("b1")
        check_agreement(after, await meters.energy("b1"))


async def test_a_panel_from_which_everything_was_taken_is_let_go_and_followed_no_more(
    tmp_path: Path, grid: Grid, house: Grid
) -> None:
    async with metered_plant(tmp_path, grid, "0", more=[house]) as meters:
        await meters.wire([MIXER], house)
        await until(lambda: house.panel.clock.speed == 0)
        await meters.wires.unwire(MIXER)
        await until(lambda: house.panel.clock.speed == 1.0)
        serial = house.panel.device.serial
        await until(lambda: serial not in meters.metering.followed)
        _, notes = await meters.store.state() or (None, {})
        assert serial not in notes["panels"]
        await meters.wire([MIXER], house)
        await until(lambda: house.panel.clock.speed == 0)


@pytest.mark.parametrize("is_emulator_restarted", [True, False])
async def test_after_a_restart_the_panel_draws_what_it_should_though_nothing_changes(
    tmp_path: Path, grid: Grid, *, is_emulator_restarted: bool
) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(WINDER)
        await check_held(meters)
    if is_emulator_restarted:
        await grid.restart()
    else:
        async with grid.control as control:
            await control.clear()
    async with metered_plant(tmp_path, grid, "0") as meters:
        await check_held(meters)


async def test_a_panel_that_is_back_draws_what_it_should_though_nothing_changes(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0", polling=OFTEN) as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(WINDER)
        await grid.switch_off()
        await until(lambda: availability(meters) is not Availability.ONLINE)
        grid.panel = made()
        await grid.switch_on()
        await until(lambda: availability(meters) is Availability.ONLINE)
        await check_held(meters)


def availability(meters: Meters) -> Availability:
    view = meters.registry.get(meters.serial)
    assert view is not None
    return view.availability
