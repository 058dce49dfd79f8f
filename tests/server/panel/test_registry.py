from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from clients.panel.exceptions import SpanPanelAuthError
from clients.panel.models import RelayState
from schema.panel.refusals import (
    PanelAddressRefused,
    PanelAlreadyAdded,
    PanelLocked,
    PanelNotFound,
    PanelUnauthorized,
    PanelUnreachable,
    TooManyPanels,
)
from schema.ports import Availability, PanelView
from server.panel.limits import Limits
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from tests.fakes import VIRTUAL_TIME, virtual_clock
from tests.server.panel.faults import LOCKED
from tests.server.panel.world import HOST, SERIAL, Street, a_snapshot


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
def limits() -> Limits:
    return Limits(max_panels=2)


async def test_adding_a_panel_registers_under_a_new_name_each_time(registry, panel) -> None:
    first = await registry.add(HOST, 80, None, None)
    await registry.remove(SERIAL)
    await registry.add(HOST, 80, None, "Home")

    assert isinstance(first, PanelView)
    assert (first.name, first.availability) == (SERIAL, Availability.ONLINE)
    assert len(set(panel.registered)) == 2
    assert all(name.startswith("busbar-") for name in panel.registered)
    assert view_of(registry).name == "Home"


async def test_an_added_panel_is_kept_told_and_polled(registry, panel, street) -> None:
    await registry.add(HOST, 80, "secret", None)
    await asyncio.sleep(10)

    assert street.store.rows[SERIAL].access_token == "secret"
    assert street.store.kinds() == ["PanelAdded"]
    assert len(panel.asked_s) >= 9
    assert panel.registered == []


async def test_a_locked_door_says_to_press_the_button_three_times(registry, panel, street) -> None:
    panel.is_locked = LOCKED
    answer = await registry.add(HOST, 80, None, None)

    assert isinstance(answer, PanelLocked)
    assert "press the door button three times" in answer.message
    assert answer.serial == SERIAL
    assert street.store.rows == {}
    assert panel.is_closed


async def test_a_token_that_the_panel_refuses_is_not_kept(registry, panel, street) -> None:
    async def refusing():
        raise SpanPanelAuthError("panel 10.0.0.5 refused our token at /panel (401)", 401)

    panel.snapshot = refusing

    assert isinstance(await registry.add(HOST, 80, "wrong", None), PanelUnauthorized)
    assert street.store.rows == {}


async def test_an_address_without_a_panel_is_unreachable(registry) -> None:
    assert isinstance(await registry.add("10.9.9.9", 80, None, None), PanelUnreachable)


async def test_a_panel_that_hangs_is_given_up_at_the_deadline(registry, panel) -> None:
    panel.delay_s = 1e6
    answer = await registry.add(HOST, 80, None, None)

    assert isinstance(answer, PanelUnreachable)
    assert virtual_clock().monotonic() == pytest.approx(Limits().poll_deadline_s)


@pytest.mark.parametrize(
    ("host", "port", "token", "name", "field"),
    [
        ("", 80, None, None, "host"),
        ("http://panel", 80, None, None, "host"),
        ("a@b", 80, None, None, "host"),
        ("panel\r\nX: y", 80, None, None, "host"),
        ("x" * 300, 80, None, None, "host"),
        (HOST, 0, None, None, "port"),
        (HOST, 65_536, None, None, "port"),
        (HOST, True, None, None, "port"),
        (HOST, 80, "two words", None, "accessToken"),
        (HOST, 80, "x\r\nHost: evil", None, "accessToken"),
        (HOST, 80, "x" * 5_000, None, "accessToken"),
        (HOST, 80, None, "", "name"),
        (HOST, 80, None, "a\nb", "name"),
        (HOST, 80, None, "x" * 101, "name"),
    ],
)
async def test_what_can_never_be_a_panel_is_refused_by_argument(registry, panel, host, port, token, name, field):
    answer = await registry.add(host, port, token, name)

    assert isinstance(answer, PanelAddressRefused)
    assert answer.field == field
    assert (panel.asked_s, panel.registered) == ([], [])


async def test_the_same_panel_again_is_refused_without_registering_again(registry, panel) -> None:
    await registry.add(HOST, 80, None, None)

    assert isinstance(await registry.add(HOST, 80, None, None), PanelAlreadyAdded)
    assert len(panel.registered) == 1


async def test_two_adding_the_same_panel_at_once_make_one_panel(registry, panel, street) -> None:
    await asyncio.gather(registry.add(HOST, 80, "one", None), registry.add(HOST, 80, "one", None))

    assert len(registry.all()) == 1
    assert street.store.kinds().count("PanelAdded") == 1


async def test_r16_a_panel_with_another_address_is_moved_and_keeps_token_viewers_and_state(registry, street) -> None:
    added = await registry.add(HOST, 80, None, "Home")
    viewer = registry.updates(SERIAL)
    await anext(viewer)
    new_home = street.houses["10.0.0.9", 80] = street.houses.pop((HOST, 80))
    moved = await registry.add("10.0.0.9", 80, None, None)

    assert (moved.host, moved.name, moved.added_at) == ("10.0.0.9", "Home", added.added_at)
    assert (await anext(viewer)).host == "10.0.0.9"
    assert len(new_home.registered) == 1
    assert street.store.kinds() == ["PanelAdded", "PanelMoved"]


async def test_a_panel_that_lost_our_token_is_registered_again(registry, panel, street) -> None:
    await registry.add(HOST, 80, None, None)
    panel.fault = SpanPanelAuthError("who are you?", 401)
    await asyncio.sleep(5)
    assert view_of(registry).availability is Availability.UNAUTHORIZED
    panel.fault = None
    again = await registry.add(HOST, 80, None, None)

    assert again.availability is Availability.ONLINE
    assert street.store.rows[SERIAL].access_token == "token-2"


async def test_more_panels_than_allowed_are_refused_before_registering(registry, street) -> None:
    panels = [street.build(f"nt-{n}", f"10.0.1.{n}") for n in range(3)]
    answers = [await registry.add(f"10.0.1.{n}", 80, None, None) for n in range(3)]

    assert isinstance(answers[2], TooManyPanels)
    assert panels[2].registered == []


async def test_a_removed_panel_is_polled_no_more_and_its_feeds_end(registry, panel, street) -> None:
    await registry.add(HOST, 80, None, None)
    watching = asyncio.create_task(collect(registry.updates(SERIAL)))
    await asyncio.sleep(2)
    await registry.remove(SERIAL)
    panel.asked_s.clear()
    await asyncio.sleep(10)

    assert await watching
    assert panel.asked_s == []
    assert street.store.rows == {}
    assert street.store.kinds()[-1] == "PanelRemoved"
    assert registry.get(SERIAL) is None


def view_of(registry: Registry) -> PanelView:
    view = registry.get(SERIAL)
    assert view is not None
    return view


async def collect(views) -> list[PanelView]:
    return [view async for view in views]


async def test_a_change_under_way_does_not_bring_a_removed_panel_back(registry, panel, street) -> None:
    await registry.add(HOST, 80, None, None)
    panel.delay_s = 1
    change = asyncio.create_task(registry.set_circuit_relay(SERIAL, "kitchen", RelayState.OPEN))
    await asyncio.sleep(1.5)
    await registry.remove(SERIAL)
    await change

    assert panel.snapshot_now.circuits[0].relay_state is RelayState.OPEN
    assert street.store.rows == {}
    assert street.store.kinds()[-1] == "PanelRemoved"


async def test_a_removal_that_cannot_be_saved_removes_nothing(registry, panel, street) -> None:
    await registry.add(HOST, 80, None, None)
    street.store.is_full = True
    with pytest.raises(OSError, match="no space"):
        await registry.remove(SERIAL)
    street.store.is_full = False
    panel.change("kitchen", relay_state=RelayState.OPEN)
    await asyncio.sleep(3)

    assert view_of(registry).availability is Availability.ONLINE
    assert street.store.kinds()[-1] == "CircuitRelayOpened"


async def test_an_addition_that_cannot_be_saved_leaves_nothing_open(registry, panel, street) -> None:
    street.store.is_full = True
    with pytest.raises(OSError, match="no space"):
        await registry.add(HOST, 80, None, None)

    assert registry.all() == []
    assert panel.is_closed


async def test_what_is_not_there_is_not_found(registry) -> None:
    answers = [
        await registry.remove("nt-9"),
        await registry.set_circuit_relay("nt-9", "kitchen", RelayState.OPEN),
        await registry.rename_circuit("nt-9", "kitchen", "x"),
        await registry.set_main_relay("nt-9", RelayState.OPEN),
    ]

    assert all(isinstance(answer, PanelNotFound) for answer in answers)
    assert await collect(registry.updates("nt-9")) == []


async def test_panels_come_in_the_order_of_their_serials(registry, street) -> None:
    for serial, host in (("nt-2", "10.0.1.2"), ("nt-1", "10.0.1.1")):
        street.build(serial, host)
        await registry.add(host, 80, None, None)

    assert [view.serial for view in registry.all()] == ["nt-1", "nt-2"]


async def test_stored_panels_are_polled_after_a_restart(street, panel) -> None:
    street.store.rows[SERIAL] = street.record()
    async with Registry(street.world) as registry:
        assert view_of(registry).snapshot is None
        await asyncio.sleep(2)

        assert view_of(registry).availability is Availability.ONLINE
        assert panel.token == "secret"


async def test_closing_leaves_no_task_and_no_connection(street, panel) -> None:
    before = len(asyncio.all_tasks())
    async with Registry(street.world, [Newcomer("10.9.9.9")]) as registry:
        await registry.add(HOST, 80, None, None)
        await asyncio.sleep(3)

    assert len(asyncio.all_tasks()) == before
    assert panel.is_closed


async def test_two_hundred_panels_are_each_polled_once_a_second() -> None:
    street = Street(virtual_clock(), Limits(max_panels=200))
    for n in range(200):
        street.build(f"nt-{n:03}", f"10.0.3.{n}").snapshot_now = a_snapshot(serial=f"nt-{n:03}")
        street.store.rows[f"nt-{n:03}"] = street.record(f"nt-{n:03}", f"10.0.3.{n}")
    async with Registry(street.world):
        await asyncio.sleep(20)

    assert {len(panel.asked_s) for panel in street.houses.values()} <= {19, 20, 21, 22}
    first_s = sorted(panel.asked_s[0] for panel in street.houses.values())
    assert max(later - earlier for earlier, later in pairwise(first_s)) < 0.1
    assert first_s[-1] - first_s[0] > 0.9
