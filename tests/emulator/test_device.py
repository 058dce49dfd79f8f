from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from emulator.commands import (
    ClearOverrides,
    CommandRefusedError,
    LoggedCommand,
    OverridePower,
    Reboot,
    RenameCircuit,
    SetFlags,
    SetGrid,
    SetPriority,
    SetRelay,
    SetSoc,
    SetSocThresholds,
    SwapSerial,
)
from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import Demand, Measuring, PanelConfig, Placement
from emulator.device import Device
from tests.emulator.small_panels import HOUR, NOON, battery, circuit, device, panel, steady

HOUSE = load_panel(shipped_panels()["house-32"])


def simple() -> PanelConfig:
    spare = Placement((5,), (100,), steady(100))
    fixed = circuit("fridge", steady(200), 2, is_user_controllable=False)
    return panel(circuit("lamp", steady(300), 1), fixed, unmapped=(spare,))


def test_time_never_runs_backwards() -> None:
    made = device(simple())
    now = made.reading(NOON + 60)

    assert made.reading(NOON) == now
    made.command(NOON + 10, SetRelay("lamp", closed=False))
    assert made.commands[0].tick == NOON + 60
    assert made.reading(0).tick == NOON + 60


def test_the_tick_a_command_lands_on_is_shown_anew_and_counts_from_there() -> None:
    made = device(simple())
    before = made.reading(NOON + HOUR)
    made.command(NOON + HOUR, SetRelay("lamp", closed=False), "me")
    after = made.reading(NOON + HOUR)

    assert (before.circuits[0].power_mw, after.circuits[0].power_mw) == (300_000, 0)
    assert before.main_meter == after.main_meter
    assert made.reading(NOON + 2 * HOUR).main_meter.consumed_mwh == 600_000 + 300_000


def test_every_accepted_command_is_logged_and_grows_the_version() -> None:
    made = device(simple())
    made.command(NOON + 5, RenameCircuit("lamp", "Desk"), "anna")

    assert made.version == 1
    assert list(made.commands) == [LoggedCommand(NOON + 5, "anna", RenameCircuit("lamp", "Desk"))]
    assert made.reading(NOON + 5).circuits[0].name == "Desk"


def test_the_log_is_bounded_and_says_what_it_forgot() -> None:
    made = Device(simple(), seed=1, start=NOON, fidelity="ideal", max_commands=3)
    for second in range(5):
        made.command(NOON + second, Reboot())

    assert [logged.tick for logged in made.commands] == [NOON + 2, NOON + 3, NOON + 4]
    assert made.commands_dropped == 2


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (SetRelay("nobody", closed=True), "circuit_id"),
        (SetRelay("fridge", closed=False), "circuit_id"),
        (SetRelay("lamp", closed="OPEN"), "closed"),  # type: ignore[arg-type]
        (SetPriority("lamp", "UNKNOWN"), "priority"),
        (RenameCircuit("lamp", ""), "name"),
        (RenameCircuit("lamp", "a\nb"), "name"),
        (RenameCircuit("lamp", "x" * 129), "name"),
        (SetFlags("lamp", sheddable=1), "sheddable"),  # type: ignore[arg-type]
        (SetGrid(up=0), "up"),  # type: ignore[arg-type]
        (SetSoc(0.5), "soc"),
        (SetSocThresholds(0.6, 0.5), "low"),
        (SetSocThresholds(float("nan"), 0.5), "low"),
        (OverridePower("lamp", float("inf")), "power_w"),
        (OverridePower("lamp", True), "power_w"),
        (OverridePower("lamp", multiplier=-1), "multiplier"),
        (OverridePower("lamp", 1, 1), "multiplier"),
        (OverridePower(1, 5), "target"),
        (OverridePower(True, 5), "target"),
        (SwapSerial(""), "serial"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(command, where: str) -> None:
    made = device(simple())
    before = made.reading(NOON + 1)

    with pytest.raises(CommandRefusedError) as caught:
        made.command(NOON + 500, command)

    assert caught.value.where == where
    assert (made.version, len(made.commands)) == (0, 0)
    assert made.reading(NOON + 1) == before


def test_a_charge_out_of_range_is_refused_on_a_panel_with_a_battery() -> None:
    made = device(panel(circuit("store", battery(), 1, 3)))
    made.command(NOON, SetSoc(0.25))
    for soc in (-0.1, 1.1, float("nan"), True):
        with pytest.raises(CommandRefusedError, match="number from 0 to 1"):
            made.command(NOON, SetSoc(soc))

    assert made.reading(NOON).soc == pytest.approx(0.25)


def test_overrides_hold_scale_reach_unmapped_tabs_and_clear() -> None:
    made = device(simple())
    made.command(NOON, OverridePower("lamp", -50.0))
    made.command(NOON, OverridePower(5, multiplier=3))
    assert made.reading(NOON).grid_mw == -50_000 + 200_000 + 300_000

    made.command(NOON, OverridePower("lamp"))
    assert made.reading(NOON).grid_mw == 300_000 + 200_000 + 300_000
    made.command(NOON, OverridePower(None, multiplier=2))
    assert made.reading(NOON).grid_mw == 1_200_000
    made.command(NOON, ClearOverrides())
    assert made.reading(NOON).grid_mw == 600_000


def test_a_reboot_restarts_the_computer_and_nothing_else() -> None:
    made = device(simple())
    before = made.reading(NOON + 100)
    made.command(NOON + 100, Reboot())
    after = made.reading(NOON + 100)

    assert (before.booted_tick, after.booted_tick) == (NOON, NOON + 100)
    assert before.main_meter == after.main_meter


def test_another_serial_answers_after_the_swap_and_the_layout_is_the_same() -> None:
    made = device(simple())
    made.command(NOON, SwapSerial("sp-new"))

    assert (made.serial, made.config.serial) == ("sp-new", "sp-small")


def test_flags_change_what_may_be_done() -> None:
    made = device(simple())
    made.command(NOON, SetFlags("fridge", user_controllable=True))
    made.command(NOON, SetRelay("fridge", closed=False))

    assert not made.reading(NOON).circuits[1].is_closed


def test_strict_circuits_do_not_see_what_is_below_the_dead_band() -> None:
    config = panel(
        circuit("clock", steady(2.5), 1), circuit("pair", steady(6), 2, 4), measuring=Measuring(2.6, 660, 1, 0)
    )
    strict, ideal = device(config, "strict").reading(NOON), device(config, "ideal").reading(NOON)

    assert [branch.power_mw for branch in strict.branches[:2]] == [2500, 3000]
    assert [found.power_mw for found in strict.circuits] == [0, 6000]
    assert [found.power_mw for found in ideal.circuits] == [2500, 6000]


def test_strict_circuit_energy_lags_by_up_to_its_period_and_ideal_does_not() -> None:
    strict, ideal = device(simple(), "strict"), device(simple(), "ideal")
    lags = set()
    for tick in range(NOON + 700, NOON + 2100, 7):
        shown = strict.reading(tick).circuits[0]
        lags.add(tick - shown.energy_tick)
        assert shown.energy.consumed_mwh == 300_000 * (shown.energy_tick - NOON) // 3600
        assert ideal.reading(tick).circuits[0].energy_tick == tick

    assert min(lags) < 10
    assert 650 <= max(lags) < 660


def test_a_relay_that_moves_refreshes_the_strict_energies() -> None:
    made = device(simple(), "strict")
    made.command(NOON + 1000, SetRelay("lamp", closed=False))
    opened = made.reading(NOON + 1000).circuits[0]

    assert (opened.energy_tick, opened.energy.consumed_mwh) == (NOON + 1000, 300_000 * 1000 // 3600)
    assert made.reading(NOON + 5000).circuits[0].energy == opened.energy


def test_an_open_strict_branch_shows_noise_that_counts_nothing() -> None:
    made = device(simple(), "strict")
    made.command(NOON, SetRelay("lamp", closed=False))
    shown = [made.reading(NOON + second).branches[0] for second in range(60)]

    assert all(500 <= branch.power_mw <= 1500 for branch in shown)
    assert len({branch.power_mw for branch in shown}) > 30
    assert {branch.energy.consumed_mwh for branch in shown} == {0}


def test_strict_lugs_pass_a_little_on_and_ideal_ones_nothing() -> None:
    config = panel(circuit("lamp", steady(300), 1), measuring=Measuring(lug_residual_w=4.0))
    strict, ideal = device(config, "strict"), device(config, "ideal")
    passed = [strict.reading(NOON + second).feedthrough_mw for second in range(100)]

    assert 0 < max(map(abs, passed)) <= 4000
    assert {ideal.reading(NOON + second).feedthrough_mw for second in range(100)} == {0}


def test_a_panel_starts_with_the_counters_of_its_years_or_with_none() -> None:
    aged = Device(HOUSE, seed=1, start=NOON, fidelity="ideal").reading(NOON)
    loads = [found for found in aged.circuits if found.name != "Battery"]

    assert all(100_000 <= found.energy.produced_mwh <= 900_000 for found in loads)
    assert all(found.energy.consumed_mwh > found.energy.produced_mwh for found in loads)
    assert aged.main_meter.consumed_mwh > 10**9
    assert device(simple()).reading(NOON).main_meter.consumed_mwh == 0


def test_an_empty_tab_shows_nothing() -> None:
    branch = Device(HOUSE, seed=1, start=NOON, fidelity="strict").reading(NOON).branches[28]

    assert (branch.tab, branch.power_mw, branch.energy.consumed_mwh) == (29, 0, 0)


def test_a_year_of_ticks_does_not_drift() -> None:
    """10^5 ticks and more: the counter is the exact integral, whatever the steps."""
    made = device(panel(circuit("odd", Demand(33.333, 0, 40), 1)))
    for step in range(1, 8):
        made.reading(NOON + step * 20_000)

    assert made.reading(NOON + 140_000).branches[0].energy.consumed_mwh == 33_332 * 140_000 // 3600


@pytest.mark.parametrize(("month", "day"), [(6, 21), (3, 29), (10, 25)])
def test_a_block_may_pass_midnight_and_a_change_of_the_clocks(month: int, day: int) -> None:
    wish = tuple(1000.0 * (hour % 3 - 1) for hour in range(24))
    config = panel(
        circuit("lamp", Demand(100, 0, 900, 0.2, 0.1, hours=tuple(float(hour % 5) for hour in range(24))), 1),
        circuit("store", battery(mode="schedule", schedule_w=wish), 5, 7),
        zone="Europe/Berlin",
    )
    start = int(datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()) - 3 * HOUR
    long, short = (Device(config, seed=1, start=start, block_ticks=ticks) for ticks in (10 * HOUR, 47))

    for after in (0, 3 * HOUR - 1, 3 * HOUR, 5 * HOUR + 1, 7 * HOUR):
        assert long.reading(start + after) == short.reading(start + after)


def test_no_midnight_makes_all_panels_compute_at_once() -> None:
    """They end their blocks where their seeds say, not all at the end of the day."""
    midnight = NOON + 12 * HOUR
    ends = set()
    for seed in range(20):
        made = Device(simple(), seed=seed, start=midnight - 1)
        ends.add(made._present().end)

    assert len(ends) > 10
    assert sum(end == midnight for end in ends) <= 1
