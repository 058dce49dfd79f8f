"""What is not known over a panel that was restarted, or could not be reached or read."""

from __future__ import annotations

from pathlib import Path

from clients.plant.models import MACHINES
from schema.ports import PanelView, Speed
from server.panel.newcomer import Newcomer
from tests.server.joins.meters import FORMATION, HOST, Grid, check_agreement, metered_plant, until


async def test_a_panel_that_is_restarted_leaves_a_gap_and_counts_again_for_the_next(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        await grid.restart()
        await meters.add("b1")
        await meters.plant.set_speed(Speed.of("max"))
        batches = await meters.ended("b0", "b1")
        lost = await meters.energy("b0")
        assert lost.kwh is None
        assert str(lost.reason).startswith("cell/formation_cycling: ")
        assert "went back" in str(lost.reason) or "restarted" in str(lost.reason)
        assert set(MACHINES) - lost.by_machine.keys() == {FORMATION}
        check_agreement(batches[1], await meters.energy("b1"))


async def test_a_control_that_is_away_makes_the_meters_lag_and_nothing_else(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        await grid.switch_off()
        await meters.plant.set_speed(Speed.of("max"))
        await meters.made("b0")
        await until(lambda: meters.trouble is not None)
        behind = await meters.energy("b0")
        assert behind.kwh is None
        assert "transitions behind the plant" in str(behind.reason)
        assert "no emulator's control answers" in str(behind.reason)
        await grid.switch_on()
        (batch,) = await meters.ended("b0")
        check_agreement(batch, await meters.energy("b0"))
        assert meters.trouble is None


async def test_a_panel_that_is_removed_leaves_a_gap_and_is_led_again_when_it_is_back(
    tmp_path: Path, grid: Grid
) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        assert isinstance(await meters.registry.remove(meters.serial), PanelView)
        await meters.plant.set_speed(Speed.of("max"))
        await meters.ended("b0")
        lost = await meters.energy("b0")
        assert lost.reason == f"cell/formation_cycling: busbar has no panel {meters.serial}"
        assert set(MACHINES) - lost.by_machine.keys() == {FORMATION, MACHINES[-1]}
        assert isinstance(await meters.registry.admit(Newcomer(HOST, grid.port, None, "pilot")), PanelView)
        await meters.add("b1", "b2")
        batches = await meters.ended("b1", "b2")
        check_agreement(batches[1], await meters.energy("b2"))


async def test_counters_that_cannot_be_read_leave_a_gap_and_the_plant_is_followed(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        fault = grid.panel.faults.add({"kind": "status", "route": "/circuits", "status": 503})
        await meters.plant.set_speed(Speed.of("max"))
        await meters.ended("b0")
        lost = await meters.energy("b0")
        assert "could not be read" in str(lost.reason)
        assert set(MACHINES) - lost.by_machine.keys() == {FORMATION, MACHINES[-1]}
        grid.panel.faults.remove(fault.id)
        await meters.add("b1", "b2")
        batches = await meters.ended("b1", "b2")
        check_agreement(batches[1], await meters.energy("b2"))


async def test_counters_that_dip_for_some_answers_are_asked_again(tmp_path: Path, grid: Grid) -> None:
    async with metered_plant(tmp_path, grid, "0") as meters:
        await meters.wire()
        await meters.add("b0")
        await meters.paused_after(FORMATION)
        fault = grid.panel.faults.add({"kind": "energy_dip", "route": "/circuits", "count": 2})
        await meters.plant.set_speed(Speed.of("max"))
        (batch,) = await meters.ended("b0")
        assert fault.hits == 2
        check_agreement(batch, await meters.energy("b0"))
