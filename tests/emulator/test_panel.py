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
