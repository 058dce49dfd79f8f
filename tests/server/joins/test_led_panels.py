"""A panel that is led: which seams are seen, and whose errors are told how."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MACHINES
from server.joins.led_panels import AwayError, LostError, UnreadError
from tests.server.joins.meters import Grid, Meters, made, metered_plant

SECOND = 1000


@pytest.fixture
async def led(tmp_path: Path) -> AsyncIterator[Meters]:
    """A plant that stands still beside a panel that nobody leads yet."""
    grid = Grid(made())
    async with grid.powered(), metered_plant(tmp_path, grid, "0", is_followed=False) as meters:
        yield meters


async def begun(led: Meters) -> Any:
    circuit = led.grid.circuit(MACHINES[0])
    session, counters = await led.led.begin(led.serial, SECOND, {circuit: 3600.0})
    assert (session.tick, led.grid.panel.clock.speed) == (led.grid.panel.clock.tick(), 0)
    assert session.offset_s == session.tick - SECOND
    return session, circuit, counters[circuit]


async def test_time_goes_where_the_plant_is_and_the_counter_with_it(led: Meters) -> None:
    session, circuit, base_wh = await begun(led)
    await led.led.check(led.serial, session, SECOND + 100)
    await led.led.advance(led.serial, session.tick + 100, {circuit: 0.0})
    await led.led.check(led.serial, session, SECOND + 100)
    counters = await led.led.read(led.serial, session.tick + 100, {circuit: base_wh})
    assert counters[circuit] == pytest.approx(base_wh + 100.0, abs=0.01)


@pytest.mark.parametrize(("verb", "arguments", "said"), [
    ("reboot", {}, "was restarted"), ("reset", {}, "went back"), ("speed", {"speed": 1.0}, "by somebody else"),
    ("step", {"seconds": 200}, "by somebody else"), ("swap", {"serial": "nj-2316-other"}, "refused"),
])  # fmt: skip
async def test_every_seam_is_seen(led: Meters, verb: str, arguments: dict[str, Any], said: str) -> None:
    session, circuit, _ = await begun(led)
    serial = led.serial
    await led.led.advance(serial, session.tick + 10, {circuit: 0.0})
    session.tick += 10
    async with led.grid.control as control:
        await control.change(verb, arguments)
    with pytest.raises(LostError, match=said):
        await led.led.check(serial, session, SECOND + 100)


async def test_after_a_reboot_the_first_counters_that_are_too_low_are_not_believed(led: Meters) -> None:
    async with led.grid.control as control:
        await control.change("reboot")
    circuit = led.grid.circuit(MACHINES[0])
    _, counters = await led.led.begin(led.serial, SECOND, {circuit: 0.0})
    true = led.grid.panel.device.truth(led.grid.panel.clock.tick()).consumed_mwh[0] / 1000
    assert counters[circuit] == pytest.approx(true, abs=0.01)


async def test_what_does_not_answer_is_away_and_what_cannot_be_read_is_unread(led: Meters) -> None:
    session, circuit, base_wh = await begun(led)
    with pytest.raises(UnreadError, match="went back, or stand still"):
        await led.led.read(led.serial, session.tick, {circuit: base_wh + 1})
    with pytest.raises(UnreadError, match="stand still"):
        await led.led.read(led.serial, session.tick + 1, {circuit: 0.0})
    await led.grid.switch_off()
    with pytest.raises(AwayError, match="no emulator's control answers"):
        await led.led.check(led.serial, session, SECOND)
    with pytest.raises(UnreadError, match="could not be read"):
        await led.led.read(led.serial, session.tick, {circuit: 0.0})


async def test_a_circuit_that_is_not_there_is_refused_with_what_the_control_says(led: Meters) -> None:
    with pytest.raises(LostError, match="has no such circuit"):
        await led.led.begin(led.serial, SECOND, {"Nowhere": 1.0})


async def test_who_cannot_be_led(led: Meters) -> None:
    assert led.led.refusal(led.serial) is None
    assert led.led.refusal("nj-nobody") == "busbar has no panel nj-nobody"
    with pytest.raises(LostError, match="busbar has no panel"):
        await led.led.advance("nj-nobody", 1, {})
    assert await led.led.circuit_named(led.serial, "Dry room") is not None
    assert await led.led.circuit_named(led.serial, "Wet room") is None
    assert led.registry.get(led.serial) is not None
