"""The whole of it over real sockets: the gateway, our client, and the emulated panel with its door and its physics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
import structlog

from clients.panel.models import Branch, Circuit, Priority, RelayState
from emulator.commands import OverridePower, SwapSerial
from emulator.http.server import listen, serving
from emulator.panel import EmulatedPanel
from schema.panel.refusals import (
    ChangeUnknown,
    CircuitNotControllable,
    PanelAlreadyAdded,
    PanelLocked,
    PanelUnauthorized,
    PanelUnreachable,
)
from schema.ports import Availability, PanelView
from server.clock import Clock
from server.panel.dial import over_http
from server.panel.limits import Limits
from server.panel.registry import Registry
from server.security.reach import Reach
from tests.server.panel.world import Street

HOST = "127.0.0.1"
LAGGING_WH = 300.0
"""A circuit's counter lags up to an hour of the table saw behind; a reboot's dip is thousands of Wh."""
ONE_POLL_AT_A_TIME = Limits(poll_s=3_600, short_outage_s=0, backoff_cap_s=7_200, poll_deadline_s=5.0, readback_s=0.0)


@dataclass
class Home:
    """An emulated workshop whose clock stands still, the registry, and how to poll by hand."""

    panel: EmulatedPanel
    street: Street
    registry: Registry
    port: int = 0

    @asynccontextmanager
    async def powered(self) -> AsyncIterator[None]:
        """The panel answers at its port, the same one each time."""
        sockets = listen(HOST, [self.port])
        self.port = sockets[0].getsockname()[1]
        async with serving([self.panel], sockets):
            yield

    async def add(self, token: str | None = None) -> object:
        return await self.registry.add(HOST, self.port, token, None)

    async def poll(self) -> PanelView:
        await self.registry._posts[self.serial].gateway.poll()
        return self.view

    @property
    def serial(self) -> str:
        return next(iter(self.registry._posts))

    @property
    def view(self) -> PanelView:
        return self.registry.all()[0]

    def circuit(self, name: str) -> Circuit:
        snapshot = self.view.snapshot
        assert snapshot is not None
        return next(circuit for circuit in snapshot.circuits if circuit.name == name)


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    panel = EmulatedPanel.create("workshop-8", speed=0, unlocked=True)
    panel.command(OverridePower(None, power_w=300.0))
    street = Street(Clock(), ONE_POLL_AT_A_TIME)
    world = replace(street.world, connect=over_http(street.clock, 5.0, Reach(loopback=True)))
    async with Registry(world) as registry:
        yield Home(panel, street, registry)


@pytest.fixture
async def powered(home) -> AsyncIterator[Home]:
    async with home.powered():
        yield home


def energies(view: PanelView) -> dict[str, float]:
    """All that counts in Wh and is no residual, by what counts it."""
    snapshot = view.snapshot
    assert snapshot is not None
    meter = snapshot.panel.main_meter
    counted: dict[str, Circuit | Branch] = {circuit.id: circuit for circuit in snapshot.circuits}
    counted |= {f"tab {branch.tab}": branch for branch in snapshot.panel.branches}
    consumed = {key: thing.consumed_energy_wh for key, thing in counted.items()}
    produced = {f"{key} produced": thing.produced_energy_wh for key, thing in counted.items()}
    return {"meter": meter.consumed_wh, "meter produced": meter.produced_wh, **consumed, **produced}


async def test_an_unlocked_panel_is_added_with_a_token_of_its_own(powered) -> None:
    added = await powered.add()

    assert isinstance(added, PanelView)
    assert added.availability is Availability.ONLINE
    assert [client.description for client in powered.panel.clients] == ["busbar"]
    assert isinstance(await powered.add(), PanelAlreadyAdded)
    assert len(powered.panel.clients) == 1


async def test_a_locked_panel_is_added_once_its_door_button_was_pressed_three_times(powered) -> None:
    powered.panel.door._always_unlocked = False
    locked = await powered.add()
    for _ in range(3):
        powered.panel.press_door()

    assert isinstance(locked, PanelLocked)
    assert "three times" in locked.message
    assert isinstance(await powered.add(), PanelView)


async def test_a_wrong_token_is_refused(powered) -> None:
    assert isinstance(await powered.add("not-a-token-of-this-panel"), PanelUnauthorized)


async def test_r20_opening_a_relay_drops_its_power_to_zero_and_closing_brings_it_back(powered) -> None:
    await powered.add()
    saw = powered.circuit("Table saw")
    opened = await powered.registry.set_circuit_relay(powered.serial, saw.id, RelayState.OPEN)
    power_when_open_w = powered.circuit("Table saw").power_w
    await powered.registry.set_circuit_relay(powered.serial, saw.id, RelayState.CLOSED)

    assert isinstance(opened, PanelView)
    assert saw.power_w == pytest.approx(300, rel=0.2)
    assert power_when_open_w == 0.0
    assert powered.circuit("Table saw").power_w == pytest.approx(300, rel=0.2)
    assert powered.street.store.kinds() == ["PanelAdded", "CircuitRelayOpened", "CircuitRelayClosed"]


async def test_priority_name_and_main_relay_are_changed_on_the_panel_itself(powered) -> None:
    await powered.add()
    serial, tools = powered.serial, powered.circuit("Tool outlets")
    await powered.registry.set_circuit_priority(serial, tools.id, Priority.NICE_TO_HAVE)
    await powered.registry.rename_circuit(serial, tools.id, "Bench")
    main = await powered.registry.set_main_relay(serial, RelayState.OPEN)

    shown = powered.panel.circuit(tools.id)
    assert (shown.priority, shown.name) == ("NICE_TO_HAVE", "Bench")
    assert main.snapshot.panel.main_relay_state is RelayState.OPEN


async def test_a_circuit_that_the_panel_protects_is_refused(powered) -> None:
    await powered.add()
    network = powered.circuit("Network")

    answer = await powered.registry.set_circuit_relay(powered.serial, network.id, RelayState.OPEN)

    assert isinstance(answer, CircuitNotControllable)


async def test_r16_a_panel_that_was_away_is_back_with_the_next_poll(home) -> None:
    async with home.powered():
        before = await home.add()
    away = await home.poll()
    async with home.powered():
        back = await home.poll()

    assert away.snapshot == before.snapshot
    assert back.availability is Availability.ONLINE
    assert back.sequence > before.sequence


async def test_r20_a_change_on_a_panel_that_is_away_was_certainly_not_made(home) -> None:
    async with home.powered():
        await home.add()
    saw = home.circuit("Table saw")

    answer = await home.registry.set_circuit_relay(home.serial, saw.id, RelayState.OPEN)

    assert isinstance(answer, PanelUnreachable)
    assert home.panel.circuit(saw.id).is_closed


async def test_r16_another_panel_at_the_same_address_is_refused_not_merged(powered) -> None:
    before = await powered.add()
    powered.panel.command(SwapSerial("nj-9999-other"))
    after = await powered.poll()
    change = await powered.registry.set_circuit_relay(before.serial, powered.circuit("Table saw").id, RelayState.OPEN)

    assert after.availability is Availability.OFFLINE
    assert "nj-9999-other" in after.reason
    assert after.snapshot == before.snapshot
    assert isinstance(change, PanelUnreachable)
    assert not isinstance(change, ChangeUnknown)


async def test_a_client_that_was_deleted_is_locked_out_until_the_door_button_is_pressed(powered) -> None:
    added = await powered.add()
    powered.panel.door._always_unlocked = False
    powered.panel.clients.delete(next(iter(powered.panel.clients)).name)
    await powered.poll()
    refused = await powered.poll()
    for _ in range(3):
        powered.panel.press_door()
    back = await powered.poll()

    assert refused.availability is Availability.UNAUTHORIZED
    assert "press the panel's door button three times" in refused.reason
    assert refused.snapshot == added.snapshot
    assert back.availability is Availability.ONLINE
    assert "PanelRegisteredAgain" in powered.street.store.kinds()
    assert powered.registry._posts[added.serial].gateway.record.access_token


async def test_a_panel_that_forgot_us_while_its_door_is_open_is_not_even_missed(powered) -> None:
    added = await powered.add()
    powered.panel.clients.delete(next(iter(powered.panel.clients)).name)

    assert (await powered.poll()).availability is Availability.ONLINE
    assert len(powered.panel.clients) == 1
    stored = next(record for record in await powered.street.store.all() if record.serial == added.serial)
    assert powered.panel.clients.authorized(f"Bearer {stored.access_token}".encode())


@pytest.mark.parametrize("status", [500, 401])
async def test_a_panel_that_fails_after_registering_us_is_left_without_our_client(powered, status) -> None:
    powered.panel.faults.add({"kind": "status", "status": status, "route": "/circuits"})
    answer = await powered.add()

    assert isinstance(answer, PanelUnreachable if status == 500 else PanelUnauthorized)
    assert len(powered.panel.clients) == 0
    assert powered.panel.clients.changed == 2


async def test_a_client_that_the_panel_does_not_let_us_delete_is_named_in_the_log(powered) -> None:
    powered.panel.faults.add({"kind": "status", "status": 500, "route": "/circuits"})
    powered.panel.faults.add({"kind": "status", "status": 403, "route": "/auth/clients/*", "method": "DELETE"})
    with structlog.testing.capture_logs() as lines:
        await powered.add()

    left = [line["client"] for line in lines if line["event"] == "panel.client_left_behind"]
    assert left == [client.name for client in powered.panel.clients]


async def test_r19_a_reboot_lets_no_energy_fall_or_leap(powered) -> None:
    await powered.add()
    powered.panel.clock.step(3_600)
    shown = [energies(await powered.poll())]
    powered.panel.reboot()
    dips = [fault for fault in powered.panel.faults.list() if fault.kind == "energy_dip"]
    for _ in range(6):
        powered.panel.clock.step(1)
        shown.append(energies(await powered.poll()))

    assert {fault.route.pattern: fault.hits for fault in dips} == {"/circuits": 2, "/panel": 2, "/panel/meter": 0}
    for earlier, later in pairwise(shown):
        assert all(earlier[key] <= energy_wh < earlier[key] + LAGGING_WH for key, energy_wh in later.items())
    assert powered.view.availability is Availability.ONLINE
    assert powered.street.store.kinds() == ["PanelAdded"]


async def test_r19_energy_goes_on_when_the_panel_is_at_work(powered) -> None:
    await powered.add()
    totals = []
    for _ in range(4):
        powered.panel.clock.step(900)
        await powered.poll()
        totals.append(powered.circuit("Table saw").consumed_energy_wh)

    assert totals == sorted(set(totals))
    assert totals[-1] - totals[0] == pytest.approx(300 * 0.75, rel=0.5)
    at = [at for _, at, _ in powered.street.recorder.kept]
    assert (at[-1] - at[-2]).total_seconds() == 900
