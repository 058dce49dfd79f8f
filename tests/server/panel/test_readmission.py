from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from schema.ports import Availability
from server.panel.limits import Limits
from server.panel.readmission import Readmission
from tests.fakes import VIRTUAL_TIME
from tests.server.panel.faults import REFUSED
from tests.server.panel.world import SERIAL, FakePanel, Street, a_snapshot

DAY_S = 86_400.0


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
async def panel(street: Street) -> FakePanel:
    """A panel whose door is open."""
    panel = street.build()
    status = replace(a_snapshot().status, proximity_proven=True)
    panel.snapshot_now = replace(panel.snapshot_now, status=status)
    return panel


async def test_a_panel_that_refuses_the_tokens_it_gives_is_registered_with_ever_more_rarely(gateway, panel) -> None:
    panel.snapshot_fault = REFUSED
    await asyncio.sleep(DAY_S)

    gaps_s = [later - earlier for earlier, later in pairwise(panel.registered_s)]
    assert min(gaps_s) >= Limits().refused_check_s
    assert all(later > 1.5 * earlier for earlier, later in pairwise(gaps_s[:5]))
    assert len(panel.registered) < 40
    assert gateway.view.availability is Availability.UNAUTHORIZED
    assert "busbar has registered with it just now" in gateway.view.reason


async def test_a_panel_that_forgets_us_each_minute_does_not_fill_up_with_our_clients(gateway, panel) -> None:
    for _ in range(int(DAY_S / 60)):
        panel.snapshot_fault = REFUSED
        await asyncio.sleep(50)
        panel.snapshot_fault = None
        await asyncio.sleep(10)

    assert 5 < len(panel.registered) < 40


async def test_a_registration_that_cannot_be_saved_is_used_and_saved_as_soon_as_it_can_be(
    lines, gateway, panel, street
) -> None:
    panel.snapshot_fault, street.store.is_full = REFUSED, True
    panel.forgives = True
    await asyncio.sleep(5)
    meanwhile = gateway.view.availability, gateway.record.access_token, street.store.rows.get(SERIAL)
    street.store.is_full = False
    await asyncio.sleep(2)

    assert meanwhile[:2] == (Availability.ONLINE, "token-1")
    assert meanwhile[2].access_token == "secret"
    assert [line["event"] for line in lines] == ["panel.registered_again", "panel.telling_broke"]
    assert street.store.rows[SERIAL].access_token == gateway.record.access_token == "token-1"
    assert street.store.kinds().count("PanelRegisteredAgain") == 1


async def test_a_registration_that_cannot_be_saved_until_the_end_is_tried_once_more_then(gateway, panel, street):
    panel.snapshot_fault, street.store.is_full = REFUSED, True
    panel.forgives = True
    await asyncio.sleep(5)
    street.store.is_full = False
    await gateway.close()

    assert street.store.rows[SERIAL].access_token == "token-1"
    assert street.store.kinds() == ["PanelRegisteredAgain"]


async def test_two_polls_at_once_register_once(gateway, panel) -> None:
    panel.snapshot_fault, panel.delay_s = REFUSED, 0.5
    await asyncio.gather(gateway.poll(), gateway.poll(), gateway.poll())

    assert len(panel.registered) == 1


def test_the_pause_doubles_up_to_its_limit() -> None:
    readmission, now_s = Readmission(Limits()), 0.0
    pauses_s = []
    for _ in range(9):
        assert readmission.is_due(now_s)
        pauses_s.append(readmission.tried(now_s))
        assert not readmission.is_due(now_s + pauses_s[-1] - 1)
        now_s += pauses_s[-1]

    assert pauses_s == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]


def test_a_token_that_was_good_for_long_ends_the_doubling() -> None:
    readmission = Readmission(Limits())
    readmission.tried(0.0)
    readmission.tried(60.0)

    assert readmission.tried(10_000.0) == Limits().refused_check_s
