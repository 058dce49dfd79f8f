"""A plant whose machines hang on an emulated panel with its control, on real sockets and files."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.emulator import EmulatorClient
from clients.plant.models import MACHINES, Line, MachineKey, Stage
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.server import serving_control
from emulator.http.server import listen, serving
from emulator.panel import EmulatedPanel
from schema.ports import BatchView, MeteredEnergy, Pace, Speed, TopicFilter
from server.beside import running
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.joins.led_panels import LedPanels
from server.joins.limits import Limits
from server.joins.metered import Metered
from server.joins.metering import Metering
from server.joins.wiring import Wires
from server.panel.dial import over_http
from server.panel.limits import Limits as PollingLimits
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from server.panel.world import World
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.security.reach import Reach
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.meters import SqliteMeterStore
from server.stores.sqlite.joins.wires import SqliteWiringStore
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.plant.store import SqlitePlantStore
from tests.server.panel.world import FakeRecorder
from tests.server.vault import VAULT

HOST, HERE = "127.0.0.1", Reach(loopback=True)
FORMATION = MachineKey(Line.CELL, Stage.FORMATION_CYCLING)
WITHIN = 0.02
PATIENCE_S = 150
HASTY = Limits(retry_s=0.02, retry_cap_s=0.1, meter_tries=4)
SELDOM = PollingLimits(poll_s=3_600, short_outage_s=0, backoff_cap_s=7_200, readback_s=0.0)
CIRCUITS = dict(zip(MACHINES, range(len(MACHINES)), strict=True))


def made(seed: int = 3, source: str = "pilot-plant-40") -> EmulatedPanel:
    """The demo's panel, or another one, fresh."""
    return EmulatedPanel.create(source, seed=seed, unlocked=True)


def check_agreement(batch: BatchView, energy: MeteredEnergy) -> None:
    """Of the batch and of each of its sixteen machines."""
    assert energy.reason is None
    assert energy.kwh == pytest.approx(batch.energy_kwh, rel=WITHIN)
    model = {step.machine: step.result.energy_kwh for step in batch.steps if step.result}
    assert len(model) == len(MACHINES)
    assert energy.by_machine == {key: pytest.approx(kwh, rel=WITHIN) for key, kwh in model.items()}
    assert sum(energy.by_machine.values()) == pytest.approx(energy.kwh)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 (what is waited for rings no bell)
            await asyncio.sleep(0.01)


@dataclass
class Grid:
    """The emulated panel at its port, and its control at another; both stay where they are over a restart."""

    panel: EmulatedPanel
    port: int = 0
    control_port: int = 0
    _servers: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def powered(self) -> AsyncIterator[None]:
        """Until the end of the block, however often it is switched off and on in it."""
        await self.switch_on()
        try:
            yield
        finally:
            await self.switch_off()

    async def switch_on(self) -> None:
        (face,), (control,) = listen(HOST, [self.port]), listen(HOST, [self.control_port])
        self.port, self.control_port = face.getsockname()[1], control.getsockname()[1]
        app = ControlApp(Control([self.panel], [self.port]), Guard())
        await self._servers.enter_async_context(serving([self.panel], [face]))
        await self._servers.enter_async_context(serving_control(app, control))

    async def hang(self) -> None:
        """From now on the control takes connections and never answers; the panel itself does."""
        await self.switch_off()
        (face,) = listen(HOST, [self.port])
        await self._servers.enter_async_context(serving([self.panel], [face]))
        silent = await asyncio.start_server(_say_nothing, HOST, self.control_port)
        await self._servers.enter_async_context(silent)

    async def answer_again(self) -> None:
        await self.switch_off()
        await self.switch_on()

    async def switch_off(self) -> None:
        await self._servers.aclose()

    async def restart(self) -> None:
        """The emulator ends, and begins anew: all that it had counted is gone."""
        await self.switch_off()
        self.panel = made()
        await self.switch_on()

    @property
    def control(self) -> EmulatorClient:
        return self.control_within(120.0)

    def control_within(self, timeout_s: float) -> EmulatorClient:
        return EmulatorClient(f"http://{HOST}:{self.control_port}", name="test", timeout_s=timeout_s)

    def circuit(self, key: MachineKey) -> str:
        return self.panel.reading().circuits[CIRCUITS[key]].id


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await reader.read()
    writer.close()


@dataclass
class Meters:
    """The server's part of it."""

    grid: Grid
    plant: Runner
    log: EventLog
    wires: Wires
    registry: Registry
    database: Database
    led: LedPanels
    store: SqliteMeterStore
    hub: Hub
    clock: Clock
    limits: Limits
    metering: Metering = field(init=False)
    metered: Metered = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Another follower, that knows what is kept and nothing else."""
        world = (self.log, self.store, self.wires, self.led, self.hub, self.clock, self.limits)
        self.metering = Metering(*world)
        self.metered = Metered(self.store, self.metering)

    @property
    def serial(self) -> str:
        return self.grid.panel.device.serial

    async def wire(self, keys: Sequence[MachineKey] = MACHINES, grid: Grid | None = None) -> None:
        there = grid or self.grid
        for key in keys:
            answer = await self.wires.wire(key, there.panel.device.serial, there.circuit(key))
            assert not hasattr(answer, "message"), answer

    async def add(self, *batch_ids: str) -> None:
        for batch_id in batch_ids:
            answer = await self.plant.add_batch(batch_id)
            assert isinstance(answer, BatchView), answer

    async def made(self, *batch_ids: str) -> list[BatchView]:
        """Once the plant is done with them."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.plant.batches_by_id(batch_ids)
                if all(found[each].finished_at for each in batch_ids):
                    return [found[each] for each in batch_ids]
                await asyncio.sleep(0.02)

    async def ended(self, *batch_ids: str) -> list[BatchView]:
        """Once the plant is done with them, and the meters have followed."""
        batches = await self.made(*batch_ids)
        await self.abreast()
        return batches

    @property
    def sequence(self) -> int:
        """Of the last transition that was followed."""
        return min(self.metering.of(key).sequence for key in MACHINES)

    @property
    def trouble(self) -> str | None:
        """Of any of them."""
        return next(filter(None, (self.metering.of(key).trouble for key in MACHINES)), None)

    async def abreast(self) -> None:
        """Once the meters have followed all that was there when this was asked."""
        head = (await self.log.position()).seqs.get("plant", 0)
        await until(lambda: self.sequence >= head)

    async def paused_after(self, machine: MachineKey, kind: str = "machine_working") -> None:
        """Let the plant come to that, and stand still; the meters are there too."""
        start = await self.log.position()
        await self.plant.set_speed(Speed.of("40000"))
        async with asyncio.timeout(PATIENCE_S):
            async for event, _ in self.log.follow(type(start)(start.log_id, {}), [TopicFilter("plant")]):
                if event.kind == kind and event.data["machine"] == f"{machine.line}/{machine.stage}":
                    break
        await self.plant.set_speed(None)
        await self.abreast()

    async def goes_on_for(self, simulated_s: float) -> None:
        """Let the running plant go on for so long."""
        end_s = (await self.plant.view()).simulated_s + simulated_s
        async with asyncio.timeout(PATIENCE_S):
            while (await self.plant.view()).simulated_s < end_s:  # noqa: ASYNC110 (no bell rings for time)
                await asyncio.sleep(0.01)

    async def energy(self, batch_id: str) -> MeteredEnergy:
        return (await self.metered.of_batches([batch_id]))[batch_id]


@asynccontextmanager
async def metered_plant(
    folder: Path,
    grid: Grid,
    speed: str,
    *,
    seed: int = 7,
    is_led: bool = True,
    is_followed: bool = True,
    limits: Limits = HASTY,
    polling: PollingLimits = SELDOM,
    more: Sequence[Grid] = (),
) -> AsyncIterator[Meters]:
    """Everything open on that folder; the plant runs at that speed."""
    clock, hub = Clock(), Hub()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(folder / "busbar.db"))
        log = EventLog(database, hub, clock)
        panels, connect = SqlitePanelStore(database, VAULT, clock), over_http(clock, 5.0, HERE)
        world = World(panels, FakeRecorder(), connect, clock, random.Random(1), polling)
        registry = await stack.enter_async_context(Registry(world))
        if not registry.all():
            for each in (grid, *more):
                await registry.admit(Newcomer(HOST, each.port, None, None))
        design = Design(default_configuration(), seed, STEPS)
        plants, pace = SqlitePlantStore(database, clock), Speed(Pace.MAX)
        plant = await stack.enter_async_context(opened_plant(plants, log, hub, clock, design, pace))
        await plant.ready()
        await plant.set_speed(Speed.of(speed))
        wires = await Wires.opened(SqliteWiringStore(database, clock), registry)
        controls = {
            (HOST, each.port): await stack.enter_async_context(each.control_within(limits.control_timeout_s))
            for each in (grid, *more)
        }
        led = LedPanels(registry, controls if is_led else {}, clock, limits)
        store = SqliteMeterStore(database)
        meters = Meters(grid, plant, log, wires, registry, database, led, store, hub, clock, limits)
        if is_followed:
            await stack.enter_async_context(running(meters.metering.run()))
        yield meters
