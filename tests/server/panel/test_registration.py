"""A client that busbar registered and does not use must not stay on the panel."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import anyio
import pytest

from clients.panel.exceptions import SpanPanelAPIError, SpanPanelAuthError, SpanPanelServerError
from schema.panel.refusals import PanelAlreadyAdded, PanelUnauthorized, PanelUnreachable, TooManyPanels
from schema.ports import PanelView
from server.panel.limits import Limits
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from tests.fakes import VIRTUAL_TIME, virtual_clock
from tests.server.panel.world import HOST, SERIAL, a_snapshot

BROKEN = SpanPanelServerError("panel 10.0.0.5 failed at /circuits (500)", 500)
REFUSED = SpanPanelAuthError("panel 10.0.0.5 refused our token at /panel (401)", 401)


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
def limits() -> Limits:
    return Limits(max_panels=1)


@pytest.mark.parametrize(("error", "refusal"), [(BROKEN, PanelUnreachable), (REFUSED, PanelUnauthorized)])
async def test_a_registration_is_taken_back_when_the_first_answer_fails(registry, panel, error, refusal) -> None:
    panel.snapshot_fault = error

    assert isinstance(await registry.add(HOST, 80, None, None), refusal)
    assert len(panel.registered) == 1
    assert panel.deleted == panel.registered
    assert panel.is_closed


async def test_a_registration_that_cannot_be_taken_back_is_named_in_the_log(lines, registry, panel) -> None:
    panel.snapshot_fault = BROKEN
    panel.delete_fault = SpanPanelAPIError("panel 10.0.0.5 answered 405", 405)
    await registry.add(HOST, 80, None, None)

    assert [(line["event"], line["client"]) for line in lines] == [("panel.client_left_behind", panel.registered[0])]


async def test_a_panel_that_hangs_while_the_registration_is_taken_back_delays_nobody_for_long(lines, registry, panel):
    async def hang(_name):
        await asyncio.sleep(1e6)

    panel.snapshot_fault = BROKEN
    panel.delete_client = hang
    await registry.add(HOST, 80, None, None)

    assert lines[-1]["event"] == "panel.client_left_behind"
    assert virtual_clock().monotonic() == pytest.approx(Limits().request_timeout_s)


async def test_a_registration_is_taken_back_when_another_panel_answers_next(registry, panel) -> None:
    async def other():
        return a_snapshot(serial="nt-0666")

    panel.snapshot = other

    assert isinstance(await registry.add(HOST, 80, None, None), PanelUnreachable)
    assert panel.deleted == panel.registered


async def test_a_registration_is_taken_back_when_it_cannot_be_saved(registry, panel, street) -> None:
    street.store.is_full = True
    with pytest.raises(OSError, match="no space"):
        await registry.add(HOST, 80, None, None)

    assert panel.deleted == panel.registered
    assert len(panel.registered) == 1


async def test_a_registration_is_taken_back_when_the_caller_leaves_meanwhile(registry, panel) -> None:
    panel.delay_s = 3
    adding = asyncio.create_task(registry.add(HOST, 80, None, None))
    await asyncio.sleep(5)
    adding.cancel()
    await asyncio.wait([adding])

    assert panel.deleted == panel.registered
    assert len(panel.registered) == 1


async def test_a_registration_is_taken_back_when_the_callers_time_is_over(registry, panel) -> None:
    panel.delay_s = panel.delete_delay_s = 3
    with anyio.move_on_after(5):
        await registry.add(HOST, 80, None, None)

    assert panel.deleted == panel.registered
    assert len(panel.registered) == 1


async def test_a_registration_is_taken_back_when_there_is_no_room_by_then(registry, street, panel) -> None:
    other = street.build("nt-0002", "10.0.0.6")
    panel.delay_s = other.delay_s = 1
    answers = await asyncio.gather(registry.add(HOST, 80, None, None), registry.add("10.0.0.6", 80, None, None))

    assert {type(answer) for answer in answers} == {PanelView, TooManyPanels}
    assert len(panel.registered) + len(other.registered) == 2
    assert panel.deleted + other.deleted == other.registered


async def test_two_adding_the_same_panel_at_once_leave_one_client_on_it(registry, panel, street) -> None:
    answers = await asyncio.gather(registry.add(HOST, 80, None, None), registry.add(HOST, 80, None, None))

    assert [type(answer) for answer in answers] == [PanelView, PanelAlreadyAdded]
    assert panel.deleted == panel.registered[1:]
    assert street.store.rows[SERIAL].access_token == "token-1"


async def test_a_token_that_was_given_is_nobody_elses_to_take_back(registry, panel) -> None:
    panel.snapshot_fault = BROKEN
    await registry.add(HOST, 80, "given", None)

    assert panel.deleted == []


async def test_a_configured_panel_that_fails_after_each_registration_is_registered_with_ever_more_rarely(street, panel):
    panel.snapshot_fault = BROKEN
    panel.delete_fault = SpanPanelAPIError("panel 10.0.0.5 answered 405", 405)
    async with Registry(street.world, [Newcomer(HOST)]):
        await asyncio.sleep(86_400)

    assert min(later - earlier for earlier, later in pairwise(panel.registered_s)) >= Limits().refused_check_s
    assert 5 < len(panel.registered_s) < 40
