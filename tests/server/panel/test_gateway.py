from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from clients.panel.models import RelayState
from schema.ports import Availability, NewEvent
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from tests.fakes import EPOCH, VIRTUAL_TIME
from tests.server.panel.world import SERIAL, a_circuit, a_snapshot, names


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


async def test_a_panel_is_polled_once_a_second(gateway, panel) -> None:
    panel.asked_s.clear()
    await asyncio.sleep(600)

    assert len(panel.asked_s) == pytest.approx(600, rel=0.02)
    assert gateway.view.availability is Availability.ONLINE


async def test_a_slow_answer_does_not_shift_the_rhythm(gateway, panel) -> None:
    panel.delay_s = 0.5
    panel.asked_s.clear()
    await asyncio.sleep(600)

    assert len(panel.asked_s) == pytest.approx(600, rel=0.02)


async def test_an_answer_that_was_overtaken_by_a_newer_one_is_ignored(gateway, panel) -> None:
    panel.delay_s = 5
    late = asyncio.create_task(gateway.poll())
    await asyncio.sleep(0.01)
    panel.delay_s = 0
    panel.change("kitchen", power_w=777.0)
    await gateway.poll()
    sequence = gateway.view.sequence
    panel.delay_s = 1e6
    await late

    assert gateway.view.snapshot.circuits[0].power_w == 777.0
    assert gateway.view.sequence == sequence


async def test_an_answer_that_was_on_its_way_when_the_panel_moved_is_dropped(street, panel) -> None:
    gateway = Gateway(street.record(), panel, street.world)
    panel.delay_s = 5
    late = asyncio.create_task(gateway.poll())
    await asyncio.sleep(0.01)
    moved = street.build(host="10.0.0.9")
    moved.change("kitchen", power_w=777.0)
    await gateway.move(street.record(host="10.0.0.9"), moved, NewEvent("panel", SERIAL, "PanelMoved", {}))
    await gateway.greet(moved.snapshot_now)
    await asyncio.wait([late])

    shown = gateway.view.snapshot
    assert shown is not None
    assert shown.circuits[0].power_w == 777.0
    assert panel.is_closed


async def test_the_sequence_grows_with_each_change_of_the_view(gateway, panel) -> None:
    seen = []
    async for view in gateway.viewers.follow():
        seen.append(view.sequence)
        if len(seen) == 10:
            break

    assert seen == sorted(set(seen))


async def test_a_transition_is_saved_once_and_with_the_new_told_state(gateway, panel, street) -> None:
    panel.change("kitchen", relay_state=RelayState.OPEN)
    await asyncio.sleep(10)

    assert street.store.kinds() == ["CircuitRelayOpened"]
    assert street.store.rows[SERIAL].told["circuits"]["kitchen"]["relay"] == "OPEN"


async def test_nothing_is_saved_while_nothing_happens(gateway, panel, street) -> None:
    saves = street.store.saves
    for second in range(200):
        panel.change("kitchen", power_w=float(second))
        await asyncio.sleep(1)

    assert street.store.saves == saves


async def test_a_restart_tells_only_what_changed_meanwhile(gateway, panel, street) -> None:
    await gateway.close()
    panel.change("kitchen", relay_state=RelayState.OPEN)
    again = Gateway(street.store.rows[SERIAL], panel, street.world)
    await again.poll()
    await again.poll()

    assert street.store.kinds() == ["CircuitRelayOpened"]


async def test_r19_a_restart_during_a_reboot_glitch_does_not_let_energy_fall(gateway, panel, street) -> None:
    await gateway.close()
    panel.change("kitchen", consumed_energy_wh=46_000.0)
    again = Gateway(street.store.rows[SERIAL], panel, street.world)
    await again.poll()

    shown = again.view.snapshot
    assert shown is not None
    assert shown.circuits[0].consumed_energy_wh == 50_000.0


async def test_r19_counters_are_saved_every_few_minutes_for_a_crash(gateway, panel, street) -> None:
    panel.change("kitchen", consumed_energy_wh=50_001.0)
    await asyncio.sleep(Limits().keep_counters_s + 2)

    assert street.store.rows[SERIAL].told["counters"]["c:kitchen:consumed"][0] == 50_001.0


async def test_r19_the_history_gets_the_honest_totals(gateway, panel, street) -> None:
    panel.change("kitchen", consumed_energy_wh=46_000.0)
    await asyncio.sleep(2)

    assert street.recorder.kept[-1][2].circuits[0].consumed_energy_wh == 50_000.0


async def test_r22_history_is_kept_by_the_panels_own_time(gateway, panel, street) -> None:
    virtual = replace(a_circuit("unmapped_tab_2"), is_virtual=True, power_at=EPOCH + timedelta(days=9))
    panel_time = EPOCH + timedelta(hours=5)
    panel.snapshot_now = a_snapshot(a_circuit(power_at=panel_time), virtual)
    await asyncio.sleep(2)

    assert street.recorder.kept[-1][1] == panel_time


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
async def test_r22_a_step_of_the_wall_clock_changes_neither_rhythm_nor_availability(street, panel, step) -> None:
    stepped = replace(street.clock, now=lambda: street.clock.now() + step * (street.clock.monotonic() > 30))
    gateway = Gateway(street.record(), panel, replace(street.world, clock=stepped))
    task = asyncio.create_task(gateway.run())
    await asyncio.sleep(60)

    assert len(panel.asked_s) == pytest.approx(60, abs=3)
    assert street.store.kinds() == []
    assert gateway.view.availability is Availability.ONLINE
    task.cancel()
    await asyncio.wait([task])


async def test_a_full_disk_is_one_line_and_stops_neither_polls_nor_later_telling(lines, gateway, panel, street) -> None:
    street.store.is_full = True
    panel.change("kitchen", relay_state=RelayState.OPEN)
    await asyncio.sleep(60)
    assert gateway.view.snapshot.circuits[0].relay_state is RelayState.OPEN
    assert names(lines) == ["panel.telling_broke"]

    street.store.is_full = False
    await asyncio.sleep(2)
    assert street.store.kinds() == ["CircuitRelayOpened"]


async def test_a_bug_in_taking_an_answer_in_does_not_end_the_polling(lines, gateway, panel, street) -> None:
    def broken(*_args):
        raise ZeroDivisionError

    street.recorder.record = broken
    await asyncio.sleep(10)
    del street.recorder.record
    await asyncio.sleep(3)

    assert gateway.view.availability is Availability.ONLINE
    assert "panel.poll_broke" in names(lines)
