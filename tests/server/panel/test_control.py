from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from clients.panel.exceptions import (
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelConnectionError,
    SpanPanelServerError,
    SpanPanelTimeoutError,
)
from clients.panel.models import Priority, RelayState
from schema.panel.refusals import (
    ChangeRefused,
    ChangeUnknown,
    CircuitNotControllable,
    CircuitNotFound,
    InvalidName,
    PanelUnauthorized,
    PanelUnreachable,
    TooManyChanges,
)
from schema.ports import PanelView
from server.panel.control import Control
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from tests.fakes import VIRTUAL_TIME, virtual_clock
from tests.server.panel.world import FakePanel, Street, a_circuit, a_snapshot

OPEN, CLOSED = RelayState.OPEN, RelayState.CLOSED
VIRTUAL = replace(a_circuit("unmapped_tab_3"), is_virtual=True)
FRIDGE = a_circuit("fridge", is_user_controllable=False)


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


@pytest.fixture
def limits() -> Limits:
    return Limits(max_waiting_changes=3)


@pytest.fixture
async def panel(street: Street) -> FakePanel:
    panel = street.build()
    panel.snapshot_now = a_snapshot(a_circuit(), a_circuit("garage"), FRIDGE, VIRTUAL)
    return panel


@pytest.fixture
async def control(street, panel) -> Control:
    gateway = Gateway(street.record(), panel, street.world)
    await gateway.poll()
    return Control(gateway, street.limits, street.clock)


def relay_of(view: object, circuit_id: str = "kitchen") -> RelayState:
    assert isinstance(view, PanelView)
    assert view.snapshot is not None
    return next(circuit.relay_state for circuit in view.snapshot.circuits if circuit.id == circuit_id)


async def test_r20_a_relay_is_sent_once_and_read_back(control, panel) -> None:
    assert relay_of(await control.set_circuit_relay("kitchen", OPEN)) is OPEN
    assert panel.sent == [("kitchen", "OPEN")]


async def test_priority_name_and_main_relay_are_read_back(control) -> None:
    first = await control.set_circuit_priority("kitchen", Priority.NON_ESSENTIAL)
    second = await control.rename_circuit("kitchen", " Küche ")
    third = await control.set_main_relay(OPEN)

    assert first.snapshot.circuits[0].priority is Priority.NON_ESSENTIAL
    assert second.snapshot.circuits[0].name == "Küche"
    assert third.snapshot.panel.main_relay_state is OPEN


@pytest.mark.parametrize(
    ("circuit_id", "refusal"),
    [("attic", CircuitNotFound), ("fridge", CircuitNotControllable), ("unmapped_tab_3", CircuitNotControllable)],
)
async def test_r20_nothing_is_sent_to_a_circuit_that_cannot_be_controlled(control, panel, circuit_id, refusal) -> None:
    for answer in (
        await control.set_circuit_relay(circuit_id, OPEN),
        await control.set_circuit_priority(circuit_id, Priority.MUST_HAVE),
    ):
        assert isinstance(answer, refusal)
        assert answer.circuit_id == circuit_id
    assert panel.sent == []


async def test_a_circuit_that_cannot_be_switched_can_still_be_renamed(control) -> None:
    assert isinstance(await control.rename_circuit("fridge", "Cold room"), PanelView)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "\x00"])
async def test_a_name_that_cannot_be_shown_is_refused(control, panel, name) -> None:
    assert isinstance(await control.rename_circuit("kitchen", name), InvalidName)
    assert panel.sent == []


async def test_nothing_can_be_told_to_be_unknown(control, panel) -> None:
    answers = (
        await control.set_circuit_relay("kitchen", RelayState.UNKNOWN),
        await control.set_circuit_priority("kitchen", Priority.UNKNOWN),
        await control.set_main_relay(RelayState.UNKNOWN),
    )

    assert all(isinstance(answer, ChangeRefused) for answer in answers)
    assert panel.sent == []


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (SpanPanelAPIError("panel answered 400 (it says: no such priority)", 400), ChangeRefused),
        (SpanPanelAuthError("panel refused our token", 401), PanelUnauthorized),
        (SpanPanelConnectionError("panel cannot be reached"), PanelUnreachable),
        (SpanPanelTimeoutError("panel did not connect"), PanelUnreachable),
    ],
)
async def test_r20_a_change_that_certainly_failed_says_so_in_the_panels_words(control, panel, fault, refusal) -> None:
    panel.change_fault = fault
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, refusal)
    assert str(fault) in answer.message
    assert "was not done" in answer.message


LOST = SpanPanelConnectionError("panel dropped the connection", outcome_unknown=True)


async def test_r20_a_panel_that_died_before_it_answered_leaves_the_outcome_unknown(control, panel) -> None:
    panel.change_fault = LOST
    panel.fault = SpanPanelConnectionError("panel cannot be reached")
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, ChangeUnknown)
    assert panel.sent == [("kitchen", "OPEN")]


@pytest.mark.parametrize("fault", [LOST, SpanPanelServerError("panel failed (500)", 500, outcome_unknown=True)])
async def test_r20_an_unknown_outcome_is_read_again_and_shown(control, panel, fault) -> None:
    panel.change_fault = fault
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, ChangeUnknown)
    assert answer.shown == "CLOSED"
    assert panel.sent == [("kitchen", "OPEN")]


async def test_r20_an_unknown_outcome_that_reads_as_wanted_is_a_success(control, panel) -> None:
    panel.change_fault = LOST
    panel.change("kitchen", relay_state=OPEN)

    assert relay_of(await control.set_circuit_relay("kitchen", OPEN)) is OPEN


async def test_r20_a_change_without_an_answer_ends_at_the_deadline_as_unknown(control, panel) -> None:
    panel.delay_s = 1e6
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, ChangeUnknown)
    assert virtual_clock().monotonic() <= 2 * Limits().poll_deadline_s


async def test_a_panel_that_takes_a_moment_to_show_the_change_is_read_again(control, panel) -> None:
    async def late(circuit_id, state):
        asyncio.get_running_loop().call_later(1.2, lambda: panel.change(circuit_id, relay_state=state))

    panel.set_circuit_relay = late

    assert relay_of(await control.set_circuit_relay("kitchen", OPEN)) is OPEN


async def test_a_change_that_the_panel_accepts_and_ignores_is_unknown(control, panel) -> None:
    async def ignoring(_circuit_id, _state):
        return None

    panel.set_circuit_relay = ignoring
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, ChangeUnknown)
    assert "accepted" in answer.message


async def test_r20_two_users_of_one_circuit_take_turns(control, panel) -> None:
    panel.delay_s = 1.0
    first, second = await asyncio.gather(
        control.set_circuit_relay("kitchen", OPEN), control.set_circuit_relay("kitchen", CLOSED)
    )

    assert (relay_of(first), relay_of(second)) == (OPEN, CLOSED)
    assert panel.sent == [("kitchen", "OPEN"), ("kitchen", "CLOSED")]


async def test_r20_changes_of_different_circuits_do_not_wait_for_each_other(control, panel) -> None:
    panel.delay_s = 1.0
    begun_s = virtual_clock().monotonic()
    await asyncio.gather(control.set_circuit_relay("kitchen", OPEN), control.set_circuit_relay("garage", OPEN))

    assert virtual_clock().monotonic() - begun_s == pytest.approx(2.0)


async def test_changes_that_pile_up_are_refused(control, panel) -> None:
    panel.delay_s = 1.0
    answers = await asyncio.gather(*(control.set_circuit_relay("kitchen", OPEN) for _ in range(5)))

    assert sum(isinstance(answer, TooManyChanges) for answer in answers) == 2
    assert len(panel.sent) == 3
    assert isinstance(await control.set_circuit_relay("kitchen", CLOSED), PanelView)


async def test_r16_nothing_is_sent_to_another_panel_at_the_same_address(control, panel) -> None:
    panel.snapshot_now = a_snapshot(a_circuit(), serial="nt-0666")
    await control._gateway.poll()
    answer = await control.set_circuit_relay("kitchen", OPEN)

    assert isinstance(answer, PanelUnreachable)
    assert "nt-0666" in answer.message
    assert panel.sent == []


async def test_a_panel_that_never_answered_is_sent_nothing(street, panel) -> None:
    control = Control(Gateway(street.record(), panel, street.world), street.limits, street.clock)

    assert isinstance(await control.set_circuit_relay("kitchen", OPEN), PanelUnreachable)
    assert panel.sent == []
