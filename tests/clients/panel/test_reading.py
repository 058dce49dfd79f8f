"""What the README of 1.1.3 reads from the four getters."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import respx

from clients.panel import SpanPanelClient
from tests.clients.panel import answers


async def test_the_status_names_the_panel_and_needs_no_token(panel: respx.MockRouter, make_client) -> None:
    async with SpanPanelClient(answers.HOST) as client:
        status = await client.get_status()

    assert status.serial == "sp-0042"
    assert status.system.manufacturer == "Span"
    assert status.network.eth_0_link
    assert not status.network.wwan_link
    assert status.software.firmware_version == "spanos2/r202518/04"
    assert (status.software.env, status.system.uptime) == ("prod", 1_666_224)
    assert "authorization" not in panel.calls.last.request.headers


async def test_the_panel_state_has_grid_power_positive_for_import(panel: respx.MockRouter, client) -> None:
    state = await client.get_panel_state()

    assert state.instant_grid_power_w == state.grid_power_w == -2_688.5
    assert state.main_relay_state == "CLOSED"
    assert state.main_meter_energy.consumed_energy_wh == 5_688_566.25
    assert state.feedthrough_energy.consumed_wh == -540_317.4
    assert panel.calls.last.request.headers["authorization"] == f"Bearer {answers.TOKEN}"


async def test_branches_flip_like_circuits(panel: respx.MockRouter, client) -> None:
    load, source = (await client.get_panel_state()).branches[0::4]

    assert (load.id, load.instant_power_w) == (1, 75.0)
    assert (source.tab, source.power_w) == (5, -2_500.0)
    assert (source.produced_energy_wh, source.consumed_energy_wh) == (50.0, 5_000.0)
    assert (source.imported_active_energy_wh, source.exported_active_energy_wh) == (50.0, 5_000.0)


async def test_circuits_consume_positive_and_keep_their_energies(panel: respx.MockRouter, client) -> None:
    circuits = (await client.get_circuits()).circuits.additional_properties

    kitchen = circuits["1"]
    assert (kitchen.name, kitchen.instant_power_w) == ("Main Kitchen", 150.0)
    assert (kitchen.relay_state, kitchen.priority) == ("CLOSED", "MUST_HAVE")
    assert (kitchen.consumed_energy_wh, kitchen.produced_energy_wh) == (4_000.25, 40.5)
    assert kitchen.power_at == datetime(2025, 7, 13, 18, 22, 15, tzinfo=UTC)
    assert (kitchen.instant_power_update_time_s, kitchen.energy_accum_update_time_s) == (1_752_430_935, 1_752_430_312)


async def test_a_tab_without_a_circuit_becomes_a_virtual_one(panel: respx.MockRouter, client) -> None:
    circuits = (await client.get_circuits()).circuits.additional_properties

    assert list(circuits) == ["1", "2", "3", "unmapped_tab_5"]
    solar = circuits["unmapped_tab_5"]
    assert (solar.name, solar.instant_power_w, solar.relay_state) == ("Unmapped Tab 5", -2_500.0, "UNKNOWN")
    assert (solar.produced_energy_wh, solar.consumed_energy_wh) == (50.0, 5_000.0)
    assert solar.is_virtual
    assert not solar.is_user_controllable
    assert solar.power_at == circuits["1"].power_at, "a branch has no time of day: the panel's newest is nearest"


async def test_a_panel_without_circuits_shows_all_tabs_as_virtual_ones(panel: respx.MockRouter, client) -> None:
    panel.get("/circuits").respond(json={"circuits": {}})

    circuits = (await client.get_circuits()).circuits.additional_properties

    assert list(circuits) == [f"unmapped_tab_{tab}" for tab in range(1, 6)]
    assert circuits["unmapped_tab_1"].power_at == datetime(2025, 7, 13, tzinfo=UTC)


async def test_an_idle_circuit_shows_zero_not_minus_zero(panel: respx.MockRouter, client) -> None:
    panel.get("/circuits").respond(json=answers.circuits(answers.circuit() | {"instantPowerW": 0.0}))

    circuits = (await client.get_circuits()).circuits.additional_properties

    assert math.copysign(1, circuits["1"].power_w) == 1


async def test_the_charge_is_a_fraction_that_knows_its_percentage(panel: respx.MockRouter, client) -> None:
    storage = await client.get_storage_soe()

    assert f"{storage.soe * 100:.1f}%" == "85.0%"
    assert (storage.soe.percentage, storage.soc) == (85, 0.85)
    assert storage.max_energy_kwh is None


async def test_a_home_without_battery_has_no_charge(panel: respx.MockRouter, client) -> None:
    panel.get("/storage/soe").respond(json={"soe": {}})

    storage = await client.get_storage_soe()

    assert storage.soc is None
    assert storage.soe.percentage is None
    assert math.isnan(storage.soe * 100)


async def test_a_snapshot_asks_for_each_answer_once_even_without_a_cache(panel: respx.MockRouter, make_client) -> None:
    async with make_client(cache_window=0) as client:
        snapshot = await client.snapshot()

    assert [call.request.url.path for call in panel.calls] == [
        "/api/v1/status",
        "/api/v1/panel",
        "/api/v1/circuits",
        "/api/v1/storage/soe",
    ]
    assert snapshot.status.serial == "sp-0042"
    assert [circuit.id for circuit in snapshot.circuits] == ["1", "2", "3", "unmapped_tab_5"]
    assert snapshot.storage.soc == 0.85


async def test_changes_tells_only_what_differs(panel: respx.MockRouter, make_client, fake_time) -> None:
    panel.get("/storage/soe").side_effect = [respx.MockResponse(json=answers.soe(value)) for value in (85, 85, 85, 84)]

    async with make_client(cache_window=0) as client:
        changes = client.changes(every_s=2.0)
        first, second = await anext(changes), await anext(changes)
        await changes.aclose()

    assert (first.storage.soc, second.storage.soc) == (0.85, 0.84)
    assert fake_time.slept == [2.0, 2.0, 2.0]
