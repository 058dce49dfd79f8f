from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from emulator.configuration.config import load_panel
from emulator.configuration.layout import PanelConfig
from emulator.errors import ClockRefusedError
from emulator.fleet import Fleet, start_of
from emulator.journal import JOURNAL_LIMIT
from emulator.panel import EmulatedPanel, find_panel

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def workshop(**changes: str) -> PanelConfig:
    return replace(load_panel(find_panel("workshop-8")), **cast("Any", changes))


def test_clones_have_serials_and_readings_of_their_own():
    panels = Fleet(["workshop-8", "workshop-8"], count=2, seed=7).panels(NOW)

    serial = workshop().serial
    assert [panel.device.serial for panel in panels] == [serial, f"{serial}-2", f"{serial}-3", f"{serial}-4"]
    assert len({panel.reading().branches for panel in panels}) == 4


def test_panels_of_several_files_keep_their_order():
    panels = Fleet(["pilot-plant-40", "workshop-8"]).panels(NOW)

    assert [panel.device.config.tabs for panel in panels] == [40, 8]


def test_without_a_start_it_is_now():
    assert start_of(workshop(), None, NOW) == NOW


def test_a_start_without_offset_is_in_the_panels_own_zone():
    config = workshop(time_zone="America/Los_Angeles")

    assert start_of(config, "2026-06-21T00:00", NOW) == datetime(2026, 6, 21, 7, tzinfo=UTC)
    assert start_of(config, "2026-06-21T00:00Z", NOW) == datetime(2026, 6, 21, tzinfo=UTC)


def test_the_file_says_when_and_how_fast_unless_the_command_does():
    config = workshop(start_time="2024-06-15T12:00:00", time_zone="UTC")

    assert start_of(config, None, NOW) == datetime(2024, 6, 15, 12, tzinfo=UTC)
    assert start_of(config, "2026-01-01", NOW) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "9" * 50])
def test_a_start_that_is_no_time_is_refused(text):
    with pytest.raises(ClockRefusedError, match="2026-06-21T00:00"):
        start_of(workshop(), text, NOW)


@pytest.mark.parametrize(("count", "each"), [(1, JOURNAL_LIMIT), (25, JOURNAL_LIMIT), (250, 1000)])
def test_many_panels_share_what_their_journals_may_remember(monkeypatch, count, each):
    limits = []
    monkeypatch.setattr(EmulatedPanel, "create", lambda _, **options: limits.append(options["journal_limit"]))

    Fleet(["workshop-8"], count=count).panels(NOW)

    assert limits == [each] * count
