from __future__ import annotations

from datetime import UTC, datetime

import pytest

from emulator.commands import SetRelay
from emulator.errors import ClockRefusedError, CommandRefusedError, ConfigError
from emulator.panel import EmulatedPanel


def test_a_panel_is_made_from_a_shipped_name_a_file_or_a_configuration(wall, tmp_path):
    shipped = EmulatedPanel.create("workshop-8", monotonic=wall)
    missing = tmp_path / "none.yaml"

    assert EmulatedPanel.create(shipped.device.config, monotonic=wall).device.serial == shipped.device.serial
    with pytest.raises(ConfigError, match="shipped panels are house-32, pilot-plant-40, workshop-8"):
        EmulatedPanel.create(missing)


def test_it_starts_when_it_is_told_to(wall):
    start = datetime(2026, 1, 1, tzinfo=UTC)

    panel = EmulatedPanel.create("workshop-8", start=start, monotonic=wall)

    assert panel.reading().tick == int(start.timestamp())


def test_a_start_beyond_the_calendar_is_refused(wall):
    with pytest.raises(ClockRefusedError, match="2100"):
        EmulatedPanel.create("workshop-8", start=10**12, monotonic=wall)


def test_the_same_seed_gives_the_same_reading(wall):
    def reading(seed: int):
        return EmulatedPanel.create("house-32", seed=seed, monotonic=wall).reading()

    assert reading(1) == reading(1)
    assert reading(1) != reading(2)


def test_a_refused_command_changes_nothing(panel):
    before = panel.reading()

    with pytest.raises(CommandRefusedError):
        panel.command(SetRelay("nobody", closed=False))

    assert panel.reading() is before


def test_it_says_how_far_it_lies_behind_its_clock(panel, wall):
    wall.now_s += 50
    assert panel.lag_s() == 50

    panel.reading()
    assert panel.lag_s() == 0


def test_a_reset_panel_is_as_when_made(panel, wall):
    first = panel.reading()
    panel.clients.register("ha", None, panel.clock.tick())
    panel.press_door()
    panel.command(SetRelay(first.circuits[0].id, closed=False))
    panel.clock.freeze()
    panel.clock.step(5000)

    panel.reset()

    assert panel.reading() == first
    assert panel.clock.speed == 1.0
    assert not list(panel.clients)
    assert panel.door.state(panel.clock.tick()) == "UNKNOWN"
    assert not panel.device.commands


def test_a_reset_panel_may_have_another_seed(panel, wall):
    other = EmulatedPanel.create("house-32", seed=8, monotonic=wall)

    panel.reset(8)

    assert panel.reading() == other.reading()
    assert panel.clients.register("a", None, 0) == other.clients.register("a", None, 0)


def test_the_truth_is_what_the_branches_show_when_all_are_closed(panel):
    reading, truth = panel.reading(), panel.device.truth(panel.clock.tick())

    assert truth.grid_mw == reading.grid_mw
    assert sum(truth.power_mw) == sum(branch.power_mw for branch in reading.branches)
    assert (truth.imported_mwh, truth.exported_mwh) == (
        reading.main_meter.consumed_mwh,
        reading.main_meter.produced_mwh,
    )


def test_the_truth_of_an_open_circuit_knows_no_measuring_noise(panel):
    circuit = panel.reading().circuits[0]
    panel.command(SetRelay(circuit.id, closed=False))

    assert panel.reading().branches[circuit.tabs[0] - 1].power_mw > 0
    assert panel.device.truth(panel.clock.tick()).power_mw[0] == 0
    assert not panel.device.settings.circuits[0].is_closed


def test_a_reset_panel_may_begin_at_another_time(panel, wall):
    other = EmulatedPanel.create("house-32", seed=7, start=1_800_000_000, monotonic=wall)

    panel.reset(start=1_800_000_000)

    assert panel.reading() == other.reading()
