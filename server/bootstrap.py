"""Where everything is plugged together: the only place that knows all the concrete classes."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from typing import Any

import structlog
from pydantic import SecretStr

from clients.emulator import EmulatorClient
from schema import ports
from schema.context import Context, Server
from schema.plant.refusals import PlantRefusal
from server.cells.lab import Lab, opened_lab
from server.clock import Clock
from server.config import Config, ConfiguredPanel, PlantSection
from server.events.hub import Hub
from server.events.log import EventLog, Retention
from server.joins.led_panels import LedPanels
from server.joins.metered import Metered
from server.joins.metering import Metering
from server.joins.relays import Relays
from server.joins.tracing import Tracer
from server.joins.wiring import Wires
from server.panel import world as panel_world
from server.panel.dial import over_http
from server.panel.history import PanelHistory
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.security.links import SignedLinks
from server.security.signing import Signer
from server.stores.errors import StoreError
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.meters import SqliteMeterStore
from server.stores.sqlite.joins.production import SqliteProductionStore
from server.stores.sqlite.joins.wires import SqliteWiringStore
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.plant.store import SqlitePlantStore
from server.stores.sqlite.search.store import SqliteSearch
from server.stores.sqlite.secret import signing_secret

logger = structlog.get_logger()
DATABASE_FILE = "busbar.db"


@dataclass(frozen=True, slots=True)
class World:
    """What is open while the server serves."""

    clock: Clock
    database: Database
    events: EventLog
    history: PanelHistory
    panels: Registry
    lab: Lab
    plant: ports.Plant
    production: ports.Production
    wires: Wires
    metering: Metered
    signer: Signer
    log_id: str
    started_at: datetime

    def new_context(self, base_url: str) -> Context:
        """What the resolvers of one operation find; `base_url` is the address that it came by."""
        return Context(
            panels=self.panels,
            history=self.history,
            events=self.events,
            cells=self.lab.cells,
            samples=self.lab.samples,
            uploads=self.lab.uploads,
            recordings=self.lab.recordings,
            plant=self.plant,
            production=self.production,
            wiring=self.wires,
            metering=self.metering,
            search=SqliteSearch(self.database),
            links=self.links(base_url),
            server=Server("busbar", metadata.version("busbar"), self.started_at, self.log_id),
            now=self.clock.now,
            sleep=self.clock.sleep,
            new_id=lambda: uuid.uuid4().hex,
        )

    def links(self, base_url: str) -> SignedLinks:
        """Addresses of files, to be given to a client that came by `base_url`."""
        limits = self.lab.limits
        return SignedLinks(base_url, self.signer, limits.upload_expires_s, limits.download_expires_s)

    async def troubles(self) -> dict[str, str]:
        """Each part that cannot do its work now, with the reason; empty when the server is ready."""
        try:
            await self.database.write(lambda connection: connection.execute("SELECT 1").fetchone())
        except StoreError as error:
            return {"store": str(error)}
        return {}


@asynccontextmanager
async def opened(config: Config, clock: Clock, dice: random.Random) -> AsyncIterator[World]:
    """Open everything in order, and close it in reverse. Raises StoreError before anything is served."""
    async with AsyncExitStack() as stack:
        path = config.server.data / DATABASE_FILE
        database = await stack.enter_async_context(Database.open(path, limits=config.store))
        hub = Hub()
        events = EventLog(database, hub, clock, retention=_retention(config))
        history = PanelHistory(database, clock, limits=config.history)
        await stack.enter_async_context(running(events.run()))
        await stack.enter_async_context(running(history.run()))
        outside = panel_world.World(
            store=SqlitePanelStore(database, clock),
            recorder=history,
            connect=over_http(clock, config.polling.request_timeout_s),
            clock=clock,
            dice=dice,
            limits=config.polling,
        )
        panels = await stack.enter_async_context(Registry(outside, [_newcomer(panel) for panel in config.panels]))
        signer = Signer(await signing_secret(database), clock.now)
        lab = await stack.enter_async_context(opened_lab(database, hub, clock, config.server.data, config.cells))
        store = SqlitePlantStore(database, clock)
        design, visible = _design(config.plant, dice), ports.Speed(ports.Pace.VISIBLE)
        plant = await stack.enter_async_context(
            opened_plant(store, events, hub, clock, design, visible, config.plant.limits)
        )
        await stack.enter_async_context(running(_paced(plant, config.plant.speed, clock, config.plant.limits.retry_s)))
        wires = await Wires.opened(SqliteWiringStore(database, clock), panels)
        relays = Relays(plant, panels, wires, clock, config.joins)
        await stack.enter_async_context(running(_followed(relays, plant)))
        production = SqliteProductionStore(database, clock)
        tracer = Tracer(plant, production, lab, hub, clock, config.joins, lambda: str(uuid.uuid4()))
        await stack.enter_async_context(running(tracer.run()))
        controls = {each: await stack.enter_async_context(control) for each, control in _controls(config).items()}
        meters, led = SqliteMeterStore(database), LedPanels(panels, controls, clock, config.joins)
        follower = Metering(events, meters, wires, led, hub, clock, config.joins)
        await stack.enter_async_context(running(follower.run()))
        log_id, metered = (await events.position()).log_id, Metered(meters, follower)
        yield World(
            clock=clock,
            database=database,
            events=events,
            history=history,
            panels=panels,
            lab=lab,
            plant=plant,
            production=production,
            wires=wires,
            metering=metered,
            signer=signer,
            log_id=log_id,
            started_at=clock.now(),
        )


def _retention(config: Config) -> Retention:
    kept = config.events
    return Retention(kept.keep_events, timedelta(days=kept.keep_days), kept.prune_every_s)


def _design(section: PlantSection, dice: random.Random) -> Design:
    return Design(default_configuration(), dice.getrandbits(63) if section.seed is None else section.seed, STEPS)


async def _paced(plant: Runner, speed: str | None, clock: Clock, retry_s: float) -> None:
    """Set the plant going as it was configured; without a speed it goes on as it was left."""
    if speed is not None:
        await plant.ready()
        while isinstance(refusal := await plant.set_speed(ports.Speed.of(speed)), PlantRefusal):
            logger.warning("plant_not_paced", speed=speed, reason=refusal.message)
            await clock.sleep(retry_s)


async def _followed(relays: Relays, plant: Runner) -> None:
    """Let the plant's machines follow their relays, once they are where they were."""
    await plant.ready()
    await relays.run()


def _newcomer(panel: ConfiguredPanel) -> Newcomer:
    token = panel.access_token.get_secret_value() if panel.access_token else None
    return Newcomer(panel.host, panel.port, token, panel.name)


def _controls(config: Config) -> dict[tuple[str, int], EmulatorClient]:
    """Of the emulated panels that shall follow the plant's time, by the panel's own address."""
    return {
        (each.host, each.port): _control(each.control, each.control_token) for each in config.panels if each.control
    }


def _control(url: str, token: SecretStr | None) -> EmulatorClient:
    return EmulatorClient(url, token=None if token is None else token.get_secret_value(), name="busbar")


@asynccontextmanager
async def running(work: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
    """Run work beside the body; what is left of it is cancelled, and waited for, at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    except BaseException as first:  # what ended the body is told, whatever the work says after it
        if (error := await _ended(task)) is not None:
            first.add_note(f"The work beside it had failed: {error!r}")
        raise
    if (error := await _ended(task)) is not None:
        raise error


async def _ended(task: asyncio.Task[Any]) -> BaseException | None:
    """What the task failed with; to be cancelled is no failure."""
    task.cancel()
    await asyncio.wait([task])
    return None if task.cancelled() else task.exception()
