from __future__ import annotations

import asyncio

import pytest
import structlog

from clients.panel.exceptions import SpanPanelConnectionError
from schema.ports import PanelView
from server.panel.limits import Limits
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from tests.fakes import VIRTUAL_TIME
from tests.server.panel.world import HOST, SERIAL


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
def limits() -> Limits:
    return Limits(max_panels=2)


def view_of(registry: Registry) -> PanelView:
    view = registry.get(SERIAL)
    assert view is not None
    return view


async def test_a_configured_panel_that_is_away_at_the_start_is_added_when_it_comes(street, panel) -> None:
    panel.fault = SpanPanelConnectionError("panel 10.0.0.5 cannot be reached")
    with structlog.testing.capture_logs() as lines:
        async with Registry(street.world, [Newcomer(HOST, name="Home")]) as registry:
            await asyncio.sleep(600)
            assert registry.all() == []
            panel.fault = None
            await asyncio.sleep(Limits().backoff_cap_s + 1)

            assert view_of(registry).name == "Home"
    assert [line["event"] for line in lines] == ["panel.awaited", "panel.added"]


async def test_a_configured_panel_that_is_known_is_not_registered_again(street, panel) -> None:
    street.store.rows[SERIAL] = street.record()
    async with Registry(street.world, [Newcomer(HOST)]):
        await asyncio.sleep(5)

    assert panel.registered == []


async def test_many_configured_panels_that_are_away_are_tried_a_few_at_a_time(street) -> None:
    hanging = [street.build(f"nt-{n}", f"10.0.2.{n}") for n in range(50)]
    busy = most = 0

    async def status():
        nonlocal busy, most
        busy, most = busy + 1, max(most, busy + 1)
        try:
            await asyncio.sleep(1e6)
        finally:
            busy -= 1

    for panel in hanging:
        panel.get_status = status
    async with Registry(street.world, [Newcomer(f"10.0.2.{n}") for n in range(50)]):
        await asyncio.sleep(300)

    assert most == Limits().max_joining
    assert busy == 0
