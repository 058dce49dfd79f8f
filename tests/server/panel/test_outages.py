from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from clients.errors import ClientError
from clients.panel.exceptions import (
    SpanPanelAnswerError,
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelRetriableError,
    SpanPanelServerError,
)
from schema.ports import Availability
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from tests.fakes import EPOCH, VIRTUAL_TIME, virtual_clock
from tests.server.panel.faults import GONE, REFUSED
from tests.server.panel.world import FakePanel, a_circuit, a_snapshot, names


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


async def away(panel: FakePanel, seconds: float, fault: ClientError = GONE) -> None:
    panel.fault = fault
    await asyncio.sleep(seconds)
    panel.fault = None


async def refusing():
    raise REFUSED


async def test_r16_after_a_short_outage_it_is_back_within_two_intervals(gateway, panel) -> None:
    await away(panel, 29)
    during = gateway.view
    await asyncio.sleep(2 * Limits().poll_s)

    assert during.availability is Availability.STALE
    assert gateway.view.availability is Availability.ONLINE


@pytest.mark.parametrize(("away_s", "availability", "count"), [(1, "ONLINE", 0), (30, "STALE", 2), (600, "OFFLINE", 2)])
async def test_r16_an_outage_is_one_line_when_lost_and_one_when_back(
    lines, gateway, panel, street, away_s, availability, count
) -> None:
    before = gateway.view
    await away(panel, away_s)
    during = gateway.view
    await asyncio.sleep(60)

    assert during.availability == availability
    assert during.snapshot == before.snapshot
    assert names(lines) == ["panel.lost", "panel.back"][:count]
    assert gateway.view.availability is Availability.ONLINE


async def test_r16_the_last_values_stay_with_the_time_they_are_from(gateway, panel) -> None:
    await away(panel, 3_600)

    assert gateway.view.observed_at < EPOCH + timedelta(seconds=3)
    assert gateway.view.snapshot.circuits[0].power_w == 150.0
    assert "check power and network" in gateway.view.reason


async def test_r16_stale_and_offline_are_shown_when_they_happen_not_at_the_next_poll(panel, gateway) -> None:
    panel.delay_s = 1e6
    at: dict[Availability, float] = {}
    async for view in gateway.viewers.follow():
        at.setdefault(view.availability, virtual_clock().monotonic() - (view.observed_at - EPOCH).total_seconds())
        if view.availability is Availability.OFFLINE:
            break

    assert at[Availability.STALE] == pytest.approx(Limits().stale_after_s)
    assert at[Availability.OFFLINE] == pytest.approx(Limits().offline_after_s)


async def test_r16_another_serial_at_the_address_is_refused_and_not_merged(gateway, panel, street) -> None:
    kept = len(street.recorder.kept)
    panel.snapshot_now = a_snapshot(a_circuit(power_w=9_999.0), serial="nt-0666")
    await asyncio.sleep(2)

    assert gateway.view.availability is Availability.OFFLINE
    assert panel.is_closed, "the next request looks the name up again: the right panel may have another address"
    assert "nt-0666" in gateway.view.reason
    assert gateway.view.snapshot.circuits[0].power_w == 150.0
    assert len(street.recorder.kept) == kept
    assert street.store.kinds() == ["PanelWentOffline"]


async def test_r16_a_replaced_panel_that_does_not_know_our_token_is_told_by_its_serial(gateway, panel) -> None:
    panel.snapshot_now = a_snapshot(serial="nt-0666")
    panel.snapshot = refusing
    await asyncio.sleep(2)

    assert gateway.is_impostor
    assert "nt-0666" in gateway.view.reason


async def test_r17_a_refused_token_is_tried_once_more_then_told_then_rarely_tried(lines, gateway, panel) -> None:
    panel.snapshot = refusing
    await asyncio.sleep(3)
    assert gateway.view.availability is Availability.UNAUTHORIZED
    del panel.snapshot
    panel.fault, panel.asked_s = REFUSED, []
    await asyncio.sleep(600)

    assert 9 <= len(panel.asked_s) <= 21
    assert names(lines) == ["panel.lost"]


@pytest.mark.parametrize(
    "fault",
    [
        SpanPanelServerError("500", 500),
        SpanPanelRetriableError("502", 502),
        SpanPanelRetriableError("503", 503),
        SpanPanelRetriableError("504", 504),
        SpanPanelAPIError("404", 404),
        SpanPanelAPIError("429", 429),
        SpanPanelAuthError("401", 401),
        SpanPanelAuthError("403", 403),
        GONE,
    ],
    ids=str,
)
async def test_r17_a_storm_of_half_an_hour_makes_fewer_requests_than_good_weather(lines, gateway, panel, fault) -> None:
    panel.asked_s.clear()
    await away(panel, 1_800, fault)

    gaps = [later - earlier for earlier, later in pairwise(panel.asked_s)]
    assert min(gaps) >= Limits().poll_s * (1 - Limits().poll_jitter)
    assert len(panel.asked_s) < 200
    assert names(lines) == ["panel.lost"]


async def test_r17_a_pause_that_the_panel_asks_for_is_kept(gateway, panel) -> None:
    busy = SpanPanelRetriableError("panel 10.0.0.5 is busy (503)", 503)
    busy.retry_after_s = 40.0
    panel.fault, panel.asked_s = busy, []
    await asyncio.sleep(1.2)
    await asyncio.sleep(38)

    assert len(panel.asked_s) == 1


@pytest.mark.parametrize("away_s", [0, 1_800])
async def test_r17_two_hundred_panels_do_not_fall_into_step(street, away_s) -> None:
    panels = [street.build(f"nt-{n:04}", f"10.0.0.{n}") for n in range(200)]
    tasks = []
    for n, panel in enumerate(panels):
        panel.fault = SpanPanelRetriableError("busy", 503) if away_s else None
        gateway = Gateway(street.record(f"nt-{n:04}", f"10.0.0.{n}"), panel, street.world)
        tasks.append(asyncio.create_task(gateway.run()))
    await asyncio.sleep(120 if away_s else 0)  # past the outage's first, faster half minute
    for panel in panels:
        panel.asked_s.clear()
    begin_s = virtual_clock().monotonic()
    await asyncio.sleep(away_s or 60)

    per_second = Counter(int(at_s - begin_s) for panel in panels for at_s in panel.asked_s)
    mean = sum(per_second.values()) / (away_s or 60)
    assert max(per_second.values()) <= 3 * mean
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "fault",
    [
        SpanPanelAnswerError("panel 10.0.0.5 answered nonsense at /circuits (200): the body is not JSON", 200),
        SpanPanelAnswerError("panel 10.0.0.5 answered nonsense at /panel (200): 104857600 bytes", 200),
    ],
    ids=["truncated", "too large"],
)
async def test_r18_a_nasty_body_keeps_the_previous_snapshot(gateway, panel, fault) -> None:
    before = gateway.view.snapshot
    await away(panel, 10, fault)

    assert gateway.view.snapshot is before
    assert "answered nonsense" in gateway.view.reason


async def test_r18_an_answer_that_drips_in_for_ever_ends_at_the_deadline(gateway, panel) -> None:
    panel.delay_s = 1e6
    await asyncio.sleep(13)

    assert "no whole answer within 10 s" in gateway.view.reason


async def test_r18_one_panel_that_hangs_delays_no_other(street, gateway, panel) -> None:
    hanging = street.build("nt-0002", "10.0.0.6")
    hanging.delay_s = 1e6
    other = asyncio.create_task(Gateway(street.record("nt-0002"), hanging, street.world).run())
    panel.asked_s.clear()
    await asyncio.sleep(60)

    assert len(panel.asked_s) == pytest.approx(60, abs=2)
    other.cancel()
    await asyncio.wait([other])
