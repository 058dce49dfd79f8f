"""The client meets the emulator over a real socket: every operation, and what a panel refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from clients.panel import SpanPanelClient
from clients.panel.exceptions import (
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelConnectionError,
    SpanPanelLockedError,
    SpanPanelNameTakenError,
    SpanPanelServerError,
)
from emulator.http.server import LOOPBACK, listen, serving
from emulator.panel import EmulatedPanel


@asynccontextmanager
async def emulated(source: str = "house-32", **options: Any) -> AsyncIterator[tuple[EmulatedPanel, SpanPanelClient]]:
    """A frozen panel at its own port, and a client that has not registered yet."""
    emulated_panel = EmulatedPanel.create(source, speed=0.0, **options)
    (listener,) = listen(LOOPBACK, [0])
    client = SpanPanelClient(LOOPBACK, listener.getsockname()[1], cache_window=0)
    async with serving([emulated_panel], [listener]), client:
        yield emulated_panel, client


@pytest.fixture
async def client() -> AsyncIterator[SpanPanelClient]:
    async with emulated(unlocked=True) as (_, registered):
        await registered.authenticate("busbar", "the client's own tests")
        yield registered


async def first_controllable(client: SpanPanelClient) -> str:
    circuits = (await client.get_circuits()).circuits.additional_properties.values()
    return next(circuit.id for circuit in circuits if circuit.is_user_controllable)


async def test_a_poll_shows_the_panel_in_balance(client) -> None:
    snapshot = await client.snapshot()

    drawn_w = sum(branch.power_w for branch in snapshot.panel.branches)
    assert snapshot.panel.feedthrough_power_w == pytest.approx(snapshot.panel.grid_power_w - drawn_w)
    assert len(snapshot.panel.branches) == 32
    assert {tab for circuit in snapshot.circuits for tab in circuit.tabs} == set(range(1, 33))
    assert snapshot.storage.soc is not None


async def test_opening_a_relay_drops_its_power_to_zero(client) -> None:
    circuit_id = await first_controllable(client)

    opened = await client.set_circuit_relay(circuit_id, "OPEN")

    assert (opened.relay_state, opened.power_w) == ("OPEN", 0.0)
    assert await client.get_circuit(circuit_id) == opened
    assert (await client.set_circuit_relay(circuit_id, "CLOSED")).relay_state == "CLOSED"


async def test_priority_name_and_flags_can_be_changed(client) -> None:
    circuit_id = await first_controllable(client)

    await client.set_circuit_priority(circuit_id, "NON_ESSENTIAL")
    await client.rename_circuit(circuit_id, "Küche")
    circuit = await client.set_circuit_flags(circuit_id, never_backup=True)

    assert (circuit.priority, circuit.name, circuit.is_never_backup) == ("NON_ESSENTIAL", "Küche", True)


async def test_every_other_reading_is_understood(client) -> None:
    panel = await client.get_panel_state()
    power, meter = await client.get_power(), await client.get_meter()

    assert power.grid_power_w == panel.grid_power_w
    assert meter.main_meter == panel.main_meter
    assert await client.get_main_relay() == "CLOSED"
    assert await client.get_islanding_state()
    assert len(await client.scan_wifi()) > 0
    assert (await client.connect_wifi("Workshop", "hunter2222")).ssid == "Workshop"


async def test_the_main_relay_opens_and_an_emergency_reconnect_closes_it(client) -> None:
    await client.set_main_relay("OPEN")
    assert await client.get_main_relay() == "OPEN"

    await client.emergency_reconnect()
    assert await client.get_main_relay() == "CLOSED"


async def test_storage_and_thresholds_can_be_set(client) -> None:
    assert (await client.set_storage_soe(0.42)).soe.percentage == 42
    assert (await client.set_thresholds(low_soc=0.25, high_soc=0.75)).low_soc == 0.25
    assert (await client.set_thresholds(high_soc=0.8)).low_soc == 0.25
    assert (await client.get_thresholds()).high_soc == 0.8


async def test_a_deleted_client_is_refused_from_then_on(client) -> None:
    assert set(await client.get_clients()) == {"busbar"}
    assert (await client.get_client("busbar")).description == "the client's own tests"

    await client.delete_client("busbar")

    with pytest.raises(SpanPanelAuthError, match=r"refused our token at /panel \(401\); register the client again"):
        await client.get_panel_state()


async def test_what_the_panel_refuses_is_told_in_its_words(client) -> None:
    circuits = (await client.get_circuits()).circuits.additional_properties.values()
    fixed = next(circuit for circuit in circuits if not circuit.is_user_controllable and not circuit.is_virtual)

    with pytest.raises(SpanPanelAPIError, match="is not user controllable") as refused:
        await client.set_circuit_relay(fixed.id, "OPEN")
    with pytest.raises(SpanPanelAPIError, match=r"\(404\)") as unknown:
        await client.set_circuit_relay("circuit-1", "OPEN")
    with pytest.raises(SpanPanelAPIError, match="above the high threshold") as absurd:
        await client.set_thresholds(low_soc=0.9, high_soc=0.1)
    with pytest.raises(SpanPanelNameTakenError):
        await client.authenticate("busbar")

    assert [error.value.status_code for error in (refused, unknown, absurd)] == [409, 404, 422]


async def test_three_presses_of_the_door_let_a_client_in() -> None:
    async with emulated() as (house, client):
        with pytest.raises(SpanPanelLockedError, match="press the door button three times"):
            await client.authenticate("busbar")

        for _ in range(3):
            house.press_door()

        assert (await client.get_status()).proximity_proven
        await client.authenticate("busbar")
        assert (await client.get_panel_state()).main_relay_state == "CLOSED"


async def test_an_unknown_token_is_an_auth_error() -> None:
    async with emulated() as (_, client):
        client.set_access_token("nobody.gave.this")
        with pytest.raises(SpanPanelAuthError):
            await client.get_circuits()


async def test_odd_firmware_answers_412_and_500(monkeypatch: pytest.MonkeyPatch) -> None:
    async with emulated("workshop-8", unlocked=True, firmware="r202318") as (_, client):
        await client.authenticate("busbar")
        circuit_id = await first_controllable(client)

        with pytest.raises(SpanPanelServerError, match="fault of the panel"):
            await client.set_circuit_priority(circuit_id, "MUST_HAVE")
        monkeypatch.setattr(client._link, "_headers", lambda call: {})
        with pytest.raises(SpanPanelAuthError, match=r"refused our token at /panel \(412\)"):
            await client.get_panel_state()


async def test_a_panel_that_is_off_is_a_connection_error_and_comes_back() -> None:
    async with emulated() as (_, client):
        assert (await client.get_status()).manufacturer == "Span"
    with pytest.raises(SpanPanelConnectionError, match="check power and network"):
        await client.get_status()


async def test_a_power_failure_is_seen_by_whoever_follows_the_changes(client) -> None:
    changes = client.changes(every_s=0.0)
    before = await anext(changes)

    await client.set_main_relay("OPEN")
    after = await anext(changes)
    await changes.aclose()

    assert (before.panel.main_relay_state, after.panel.main_relay_state) == ("CLOSED", "OPEN")
