"""A small world for the panels' machinery: a panel that answers what it is told to, a store and a history in memory."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import anyio

from clients.errors import ClientError
from clients.panel.exceptions import SpanPanelConnectionError
from clients.panel.models import (
    Circuit,
    DoorState,
    Energy,
    PanelState,
    Priority,
    Registration,
    RelayState,
    Snapshot,
    Status,
    Storage,
)
from schema.ports import NewEvent
from server.clock import Clock
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from server.panel.world import PanelClient, World
from server.stores.panels import PanelRecord
from tests.fakes import EPOCH

SERIAL = "nt-0001"
HOST = "10.0.0.5"


def a_circuit(circuit_id: str = "kitchen", **changes) -> Circuit:
    circuit = Circuit(
        id=circuit_id,
        name=circuit_id.title(),
        relay_state=RelayState.CLOSED,
        priority=Priority.MUST_HAVE,
        power_w=150.0,
        power_at=EPOCH,
        consumed_energy_wh=50_000.0,
        produced_energy_wh=0.0,
        energy_at=EPOCH,
        tabs=(1,),
        is_user_controllable=True,
        is_sheddable=True,
        is_never_backup=False,
    )
    return replace(circuit, **changes)


def a_snapshot(*circuits: Circuit, serial: str = SERIAL, door: DoorState = DoorState.CLOSED, **panel) -> Snapshot:
    status = Status(serial, "Span", "00200", "spanos2/r202518/04", "idle", "prod", door, False, 1, True, True, False)
    state = PanelState(
        main_relay_state=RelayState.CLOSED,
        grid_power_w=150.0,
        feedthrough_power_w=0.0,
        main_meter=Energy(100_000.0, 0.0),
        feedthrough=Energy(0.0, 0.0),
        grid_sample_start_ms=0,
        grid_sample_end_ms=28,
        dsm_grid_state="DSM_GRID_UP",
        dsm_state="DSM_ON_GRID",
        run_config="PANEL_ON_GRID",
        branches=(),
    )
    return Snapshot(status, replace(state, **panel), circuits or (a_circuit(),), Storage(None))


class FakePanel:
    """A panel and its client in one: answers `snapshot_now`, or raises `fault`; keeps when it was asked."""

    def __init__(self, clock: Clock, snapshot: Snapshot | None = None) -> None:
        self.clock, self.snapshot_now = clock, snapshot or a_snapshot()
        self.fault: ClientError | None = None
        self.snapshot_fault: ClientError | None = None
        self.is_locked: ClientError | None = None
        self.delay_s = 0.0
        self.asked_s: list[float] = []
        self.sent: list[tuple[str, str]] = []
        self.change_fault: ClientError | None = None
        self.registered: list[str] = []
        self.registered_s: list[float] = []
        self.forgives = False
        self.deleted: list[str] = []
        self.delete_fault: ClientError | None = None
        self.delete_delay_s = 0.0
        self.token: str | None = None
        self.good_token: str | None = None
        self.is_closed = False

    async def _answer(self) -> None:
        if self.delay_s:
            await anyio.sleep(self.delay_s)
        if self.fault is not None:
            raise self.fault

    async def get_status(self) -> Status:
        await self._answer()
        return self.snapshot_now.status

    async def snapshot(self) -> Snapshot:
        self.asked_s.append(self.clock.monotonic())
        answer = self.snapshot_now
        await self._answer()
        if self.snapshot_fault is not None:
            raise self.snapshot_fault
        return answer

    async def authenticate(self, name: str, description: str = "") -> Registration:
        if self.is_locked is not None:
            raise self.is_locked
        self.registered.append(name)
        self.registered_s.append(self.clock.monotonic())
        if self.forgives:
            self.snapshot_fault = None
        return Registration(f"token-{len(self.registered)}", "bearer", datetime.now(UTC))

    async def delete_client(self, name: str) -> object:
        await anyio.sleep(self.delete_delay_s)
        if self.delete_fault is not None:
            raise self.delete_fault
        self.deleted.append(name)
        return None

    async def set_circuit_relay(self, circuit_id: str, state: RelayState) -> object:
        return await self._change(circuit_id, state.value, relay_state=state)

    async def set_circuit_priority(self, circuit_id: str, priority: Priority) -> object:
        return await self._change(circuit_id, priority.value, priority=priority)

    async def rename_circuit(self, circuit_id: str, name: str) -> object:
        return await self._change(circuit_id, name, name=name)

    async def set_main_relay(self, state: RelayState) -> object:
        self.sent.append(("main", state.value))
        now = self.snapshot_now
        self.snapshot_now = replace(now, panel=replace(now.panel, main_relay_state=state))
        return None

    async def _change(self, circuit_id: str, wish: str, **changes) -> object:
        self.sent.append((circuit_id, wish))
        if self.delay_s:
            await anyio.sleep(self.delay_s)
        if self.change_fault is not None:
            raise self.change_fault
        self.change(circuit_id, **changes)
        return None

    def change(self, circuit_id: str, **changes) -> None:
        now = self.snapshot_now
        circuits = tuple(replace(c, **changes) if c.id == circuit_id else c for c in now.circuits)
        self.snapshot_now = replace(now, circuits=circuits)

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class FakeStore:
    rows: dict[str, PanelRecord] = field(default_factory=dict)
    events: list[NewEvent] = field(default_factory=list)
    saves: int = 0
    is_full: bool = False

    async def all(self) -> list[PanelRecord]:
        return [self.rows[serial] for serial in sorted(self.rows)]

    async def save(self, record: PanelRecord, events=()) -> None:
        self._write(events)
        self.rows[record.serial] = record

    async def remove(self, serial: str, events=()) -> None:
        self._write(events)
        self.rows.pop(serial, None)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def _write(self, events) -> None:
        if self.is_full:
            raise OSError("no space left on device")
        self.saves += 1
        self.events.extend(events)


@dataclass
class FakeRecorder:
    kept: list[tuple[str, datetime, Snapshot]] = field(default_factory=list)

    def record(self, serial: str, at: datetime, snapshot: Snapshot) -> None:
        self.kept.append((serial, at, snapshot))


class Street:
    """Where the panels are, by address; also the world's way to connect to them."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self.clock, self.limits = clock, limits or Limits()
        self.houses: dict[tuple[str, int], FakePanel] = {}
        self.store, self.recorder = FakeStore(), FakeRecorder()
        self.world = World(self.store, self.recorder, self.connect, clock, random.Random(7), self.limits)

    def build(self, serial: str = SERIAL, host: str = HOST, port: int = 80) -> FakePanel:
        panel = self.houses[host, port] = FakePanel(self.clock, a_snapshot(serial=serial))
        return panel

    def connect(self, host: str, port: int, access_token: str | None) -> PanelClient:
        panel = self.houses.get((host, port))
        if panel is None:
            panel = FakePanel(self.clock)
            panel.fault = SpanPanelConnectionError(f"panel {host}:{port} cannot be reached; check power and network")
        panel.token = access_token
        return panel

    def record(self, serial: str = SERIAL, host: str = HOST, **changes) -> PanelRecord:
        return replace(PanelRecord(serial, serial, host, 80, "secret", EPOCH), **changes)


@asynccontextmanager
async def at_work(street: Street, panel: FakePanel) -> AsyncIterator[Gateway]:
    """A gateway that polls the panel, after its first answer."""
    gateway = Gateway(street.record(), panel, street.world)
    task = asyncio.create_task(gateway.run())
    await asyncio.sleep(1.5)
    yield gateway
    task.cancel()
    await asyncio.wait([task])


def names(lines: list[Any]) -> list[str]:
    """Of what was logged."""
    return [line["event"] for line in lines]
