"""What a panel's readings must obey, whatever happened to it: one function per law, fed with readings in a row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from emulator.configuration.layout import Battery, PanelConfig, Source
from emulator.reading import BranchReading, CircuitReading, Counters, Reading

MWS_PER_MWH = 3600


def obeyed(config: PanelConfig, reading: Reading, *, strict: bool, overridden: bool) -> None:
    """The laws of one instant."""
    branches = {branch.tab: branch for branch in reading.branches}
    assert list(branches) == list(range(1, config.tabs + 1))
    assert reading.feedthrough_mw == reading.grid_mw - sum(branch.power_mw for branch in reading.branches)
    _feedthrough_is_the_residual(reading)
    for circuit in reading.circuits:
        _circuit_is_its_branches(config, circuit, [branches[tab] for tab in circuit.tabs], strict=strict)
    _ratings_hold(config, branches, overridden=overridden)
    _off_grid_balances(config, reading)
    assert reading.booted_tick <= reading.tick
    assert reading.soc is None or 0 <= reading.soc <= 1


def obeyed_between(config: PanelConfig, before: Reading, after: Reading, *, commanded: bool) -> None:
    """The laws of two readings, the second at the same tick or a later one."""
    if not commanded:
        _the_reserve_is_kept(config, before, after)
    assert after.tick >= before.tick
    _never_fell(before.main_meter, after.main_meter)
    for old, new in zip(before.branches, after.branches, strict=True):
        _never_fell(old.energy, new.energy)
    for was, now in zip(before.circuits, after.circuits, strict=True):
        _never_fell(was.energy, now.energy)
        assert now.energy_tick >= was.energy_tick
        if not was.is_closed and not now.is_closed and not commanded:
            assert was.energy == now.energy, f"{now.id} is open and counts"


def stored(config: PanelConfig, before: Reading, after: Reading) -> None:
    """One second: what the batteries on tabs took or gave, with their losses, is what the charge changed by."""
    batteries = [placement for placement in config.placements if isinstance(placement.load, Battery)]
    if len(batteries) != 1 or not batteries[0].tabs or before.soc is None or after.soc is None:
        return
    branches = {branch.tab: branch for branch in before.branches}
    power_w = sum(_counting(branches[tab]) for tab in batteries[0].tabs) / 1000
    battery: Battery = batteries[0].load  # type: ignore[assignment]
    kept = power_w * battery.charge_efficiency if power_w > 0 else power_w / battery.discharge_efficiency
    assert (after.soc - before.soc) * battery.capacity_wh * 3600 == pytest.approx(kept, rel=1e-3, abs=1e-3)


def counted(readings: Sequence[Reading]) -> None:
    """Over ticks in a row: counters grow by the integral of what was shown (noise on open branches counts nothing)."""
    for place in range(len(readings[0].branches)):
        powers = [_counting(reading.branches[place]) for reading in readings[:-1]]
        _grew(readings[0].branches[place].energy, readings[-1].branches[place].energy, powers)
    _grew(readings[0].main_meter, readings[-1].main_meter, [reading.grid_mw for reading in readings[:-1]])


def _the_reserve_is_kept(config: PanelConfig, before: Reading, after: Reading) -> None:
    batteries = [placement.load for placement in config.placements if isinstance(placement.load, Battery)]
    if before.soc is None or after.soc is None or not (before.grid_is_up and before.main_relay_closed):
        return
    capacity_wh = sum(battery.capacity_wh for battery in batteries)
    reserve = sum(battery.reserve * battery.capacity_wh for battery in batteries) / capacity_wh
    assert after.soc >= min(before.soc, reserve) - 1e-9


def _counting(branch: BranchReading) -> int:
    return branch.power_mw if branch.is_closed else 0


def _grew(before: Counters, after: Counters, powers: list[int]) -> None:
    drawn, given = sum(max(power, 0) for power in powers), sum(max(-power, 0) for power in powers)
    assert abs((after.consumed_mwh - before.consumed_mwh) * MWS_PER_MWH - drawn) < MWS_PER_MWH
    assert abs((after.produced_mwh - before.produced_mwh) * MWS_PER_MWH - given) < MWS_PER_MWH
    if len(powers) == 1:
        assert not (drawn and given)


def _never_fell(before: Counters, after: Counters) -> None:
    assert after.consumed_mwh >= before.consumed_mwh
    assert after.produced_mwh >= before.produced_mwh


def _feedthrough_is_the_residual(reading: Reading) -> None:
    main, through = reading.main_meter, reading.feedthrough
    energies = [branch.energy for branch in reading.branches]
    assert through.consumed_mwh == main.consumed_mwh - sum(energy.produced_mwh for energy in energies)
    assert through.produced_mwh == sum(energy.consumed_mwh for energy in energies) - main.produced_mwh


def _circuit_is_its_branches(
    config: PanelConfig, circuit: CircuitReading, branches: list[BranchReading], *, strict: bool
) -> None:
    dead_mw = config.measuring.dead_band_w * 1000 if strict else 0
    assert all(branch.is_closed == circuit.is_closed for branch in branches)
    shown = [branch.power_mw for branch in branches if abs(branch.power_mw) > dead_mw]
    assert circuit.power_mw == (sum(shown) if circuit.is_closed else 0)
    if not circuit.is_closed:
        most = 1.5 * config.measuring.open_noise_w * 1000 if strict else 0
        assert all(abs(branch.power_mw) <= most for branch in branches)
    consumed = sum(branch.energy.consumed_mwh for branch in branches)
    produced = sum(branch.energy.produced_mwh for branch in branches)
    if strict:
        assert (circuit.energy.consumed_mwh, circuit.energy.produced_mwh) <= (consumed, produced)
    else:
        assert circuit.energy == Counters(consumed, produced)


def _ratings_hold(config: PanelConfig, branches: dict[int, BranchReading], *, overridden: bool) -> None:
    for placement in config.placements:
        shown = [branches[tab].power_mw for tab in placement.tabs if branches[tab].is_closed]
        if placement.shares == (50, 50) and len(shown) == 2:
            assert shown[0] == shown[1]
        if isinstance(placement.load, Source) and not overridden:
            assert -1000 * placement.load.nameplate_w <= sum(shown) <= 0
        if isinstance(placement.load, Battery):
            assert -1000 * placement.load.max_discharge_w - 1 <= sum(shown) <= 1000 * placement.load.max_charge_w + 1


def _off_grid_balances(config: PanelConfig, reading: Reading) -> None:
    if reading.grid_is_up and reading.main_relay_closed:
        return
    assert reading.grid_mw == 0
    at_the_lugs = any(not placement.tabs for placement in config.placements)
    if not at_the_lugs:
        assert sum(_counting(branch) for branch in reading.branches) == 0
    if not any(isinstance(placement.load, Battery) for placement in config.placements):
        assert all(_counting(branch) == 0 for branch in reading.branches)
