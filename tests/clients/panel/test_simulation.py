"""Simulation mode: the emulator in this process, bent by the arguments of one call or by lasting overrides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from clients.panel import SpanPanelClient
from clients.panel.exceptions import SpanPanelConnectionError, SpanPanelRequestError
from clients.panel.models import Circuit, Snapshot

NOON = "2026-06-21T12:00"


@pytest.fixture
def simulate(fake_time) -> Callable[..., SpanPanelClient]:
    def make(serial: str = "SIM-1", **settings: Any) -> SpanPanelClient:
        world = {"monotonic": fake_time.monotonic, "sleep": fake_time.sleep, "simulation_start_time": NOON}
        return SpanPanelClient(serial, simulation_mode=True, **(world | settings))

    return make


@pytest.fixture
async def simulated(simulate) -> AsyncIterator[SpanPanelClient]:
    async with simulate() as client:
        yield client


async def named(client: SpanPanelClient, name: str) -> Circuit:
    circuits = (await client.get_circuits()).circuits.additional_properties.values()
    return next(circuit for circuit in circuits if circuit.name == name)


async def day_of(client: SpanPanelClient, fake_time) -> list[Snapshot]:
    found = []
    for _ in range(4):
        found.append(await client.snapshot())
        fake_time.now_s += 1_800
    return found


async def test_the_host_is_the_serial_and_no_token_is_needed(simulated) -> None:
    assert (await simulated.get_status()).serial == "SIM-1"
    assert len((await simulated.get_circuits()).circuits.additional_properties) > 20


async def test_solar_is_seen_on_virtual_circuits(simulated) -> None:
    circuits = (await simulated.get_circuits()).circuits.additional_properties

    assert circuits["unmapped_tab_30"].instant_power_w < -500
    assert circuits["unmapped_tab_32"].instant_power_w < -500


async def test_the_same_seed_and_times_give_the_same_answers(simulate, fake_time) -> None:
    runs = []
    for seed in (7, 7, 8):
        async with simulate(simulation_seed=seed) as client:
            runs.append(await day_of(client, fake_time))

    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


async def test_a_file_of_ones_own_is_used(simulate, tmp_path: Path) -> None:
    shop = Path(__file__).parents[3] / "emulator" / "panels" / "workshop-8.yaml"
    mine = tmp_path / "mine.yaml"
    mine.write_text(shop.read_text())

    async with simulate(simulation_config_path=str(mine)) as client:
        assert len((await client.get_panel_state()).branches) == 8


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"simulation_config_path": "no/such.yaml"}, "no/such.yaml"),
        ({"simulation_start_time": "noon"}, "noon"),
    ],
)
def test_an_unusable_file_or_start_is_told_at_once(simulate, settings, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        simulate(**settings)


async def test_a_relay_stays_open_until_it_is_closed(simulated, fake_time) -> None:
    lights = await named(simulated, "Study")

    await simulated.set_circuit_relay(lights.id, "OPEN")
    fake_time.now_s += 600

    after = await named(simulated, "Study")
    assert (after.relay_state, after.power_w) == ("OPEN", 0.0)


async def test_a_program_may_register_all_the_same(simulated) -> None:
    await simulated.authenticate("my-script", "SPAN Control Script")

    assert set(await simulated.get_clients()) == {"simulation", "my-script"}


async def test_variations_change_one_answer_alone(simulated) -> None:
    before = await named(simulated, "Study")

    varied = await simulated.get_circuits({before.id: {"relay_state": "OPEN", "priority": "MUST_HAVE"}})

    bent = varied.circuits.additional_properties[before.id]
    assert (bent.relay_state, bent.priority, bent.power_w) == ("OPEN", "MUST_HAVE", 0.0)
    assert await named(simulated, "Study") == before


async def test_global_variations_scatter_within_their_range_by_the_seed(simulate) -> None:
    found = []
    for _ in range(2):
        async with simulate(simulation_seed=3) as client:
            before = await named(client, "Study")
            varied = await client.get_circuits(global_power_variation=0.5, global_energy_variation=0.1)
            found.append(varied.circuits.additional_properties[before.id])

    assert found[0] == found[1]
    assert found[0].power_w != before.power_w
    assert 0.5 <= found[0].power_w / before.power_w <= 1.5
    assert 0.9 <= found[0].consumed_energy_wh / before.consumed_energy_wh <= 1.1


async def test_a_circuits_own_variation_goes_before_the_global_one(simulated) -> None:
    before = await named(simulated, "Study")

    varied = await simulated.get_circuits({before.id: {"power_variation": 0.0}}, global_power_variation=0.5)

    assert varied.circuits.additional_properties[before.id].power_w == before.power_w


async def test_panel_variations_reach_states_grid_and_branches(simulated) -> None:
    before = await simulated.get_panel_state()

    varied = await simulated.get_panel_state(
        variations={1: {"relay_state": "OPEN"}},
        panel_variations={"main_relay_state": "OPEN", "dsm_state": "ODD", "instant_grid_power_variation": 0.5},
    )

    assert (varied.main_relay_state, varied.dsm_state) == ("OPEN", "ODD")
    assert varied.grid_power_w == pytest.approx(before.grid_power_w * 1.5)
    assert (varied.branches[0].relay_state, varied.branches[1]) == ("OPEN", before.branches[1])


async def test_status_and_charge_can_be_varied(simulated) -> None:
    status = await simulated.get_status({"door_state": "OPEN", "wwwan_link": False, "proximity_proven": False})
    storage = await simulated.get_storage_soe(soe_variation=1_000)

    assert (status.door_state, status.wwan_link, status.proximity_proven) == ("OPEN", False, False)
    assert 0 <= storage.soe <= 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get_circuits({"nobody": {}}),
        lambda client: client.get_panel_state({99: {}}),
        lambda client: client.get_panel_state({1: {"power": 1}}),
        lambda client: client.get_panel_state({1: {"relay_state": "AJAR"}}),
        lambda client: client.get_panel_state(global_power_variation=float("nan")),
        lambda client: client.get_status({"door_state": True}),
        lambda client: client.get_storage_soe(soe_variation=True),
        lambda client: client.set_circuit_overrides({"nobody": {"power_override": 1.0}}),
        lambda client: client.set_circuit_overrides(global_overrides={"noise": 1}),
        lambda client: client.set_circuit_overrides(global_overrides={"power_multiplier": -1}),
        lambda client: client.set_circuit_overrides(global_overrides={"time_acceleration": 1e9}),
        lambda client: client.set_simulation_offline(-1),
    ],
)
async def test_what_cannot_be_varied_is_refused(simulated, ask) -> None:
    with pytest.raises(SpanPanelRequestError):
        await ask(simulated)


async def test_overrides_last_until_they_are_cleared(simulated, fake_time) -> None:
    study = await named(simulated, "Study")
    overrides = {study.id: {"power_override": 2_000.0, "priority": "NON_ESSENTIAL"}}

    await simulated.set_circuit_overrides(overrides)
    fake_time.now_s += 60
    held = await named(simulated, "Study")
    await simulated.clear_circuit_overrides()
    fake_time.now_s += 60
    after = await named(simulated, "Study")

    assert held.power_w == pytest.approx(2_000, rel=0.05)
    assert held.priority == "NON_ESSENTIAL"
    assert after.power_w < 500
    assert after.priority == study.priority


async def test_an_overridden_relay_goes_back_to_what_it_was(simulated) -> None:
    study = await named(simulated, "Study")
    await simulated.set_circuit_relay(study.id, "OPEN")
    for state in ("CLOSED", "OPEN", "CLOSED"):
        await simulated.set_circuit_overrides({study.id: {"relay_state": state}})
        assert (await named(simulated, "Study")).relay_state == state

    await simulated.clear_circuit_overrides()

    assert (await named(simulated, "Study")).relay_state == "OPEN"


async def test_a_global_multiplier_moves_the_grid(simulated, fake_time) -> None:
    await simulated.set_circuit_overrides(global_overrides={"power_multiplier": 0.0})
    fake_time.now_s += 60

    study = await named(simulated, "Study")

    assert abs(study.power_w) < 5


async def test_time_can_be_accelerated(simulated, fake_time) -> None:
    before = await named(simulated, "Study")
    await simulated.set_circuit_overrides(global_overrides={"time_acceleration": 60})
    fake_time.now_s += 10

    after = await named(simulated, "Study")

    assert (after.power_at - before.power_at).total_seconds() == 600


async def test_an_offline_panel_comes_back_after_its_minutes(simulated, fake_time) -> None:
    await simulated.set_simulation_offline(minutes=5)
    with pytest.raises(SpanPanelConnectionError, match=r"panel SIM-1 cannot be reached at /status"):
        await simulated.get_status()

    fake_time.now_s += 299
    with pytest.raises(SpanPanelConnectionError):
        await simulated.get_status()

    fake_time.now_s += 1
    assert (await simulated.get_status()).serial == "SIM-1"


async def test_an_offline_panel_can_be_called_back(simulated) -> None:
    await simulated.set_simulation_offline(minutes=None)
    with pytest.raises(SpanPanelConnectionError):
        await simulated.get_status()

    await simulated.set_simulation_offline(minutes=0)
    assert (await simulated.get_status()).serial == "SIM-1"


async def test_a_real_panel_cannot_be_overridden(panel, client) -> None:
    for ask in (client.set_circuit_overrides, client.clear_circuit_overrides, lambda: client.set_simulation_offline(1)):
        with pytest.raises(SpanPanelRequestError, match="is real: overrides need simulation_mode=True"):
            await ask()


async def test_variations_leave_a_real_panels_answers_alone(panel, client) -> None:
    plain = await client.get_circuits()

    assert await client.get_circuits({"1": {"relay_state": "OPEN"}}, global_power_variation=0.9) is plain
