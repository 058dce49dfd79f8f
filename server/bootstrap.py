"""Where everything is plugged together: the only place that knows all the concrete classes."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import metadata

import structlog

from schema import ports
from schema.context import Context, Server
from schema.plant.refusals import PlantRefusal
from server.beside import running
from server.cells.lab import Lab, opened_lab
from server.clock import Clock
from server.config import DATABASE_FILE, Config, ConfiguredPanel, PlantSection
from server.events.hub import Hub
from server.events.log import EventLog, Retention
from server.graphql.meters import Meters
from server.joins.opening import Joins, Site, opened_joins
from server.panel import world as panel_world
from server.panel.dial import over_http
from server.panel.history import PanelHistory
from server.panel.newcomer import Newcomer
from server.panel.registry import Registry
from server.plant.layout import default_configuration
from server.plant.runner import Runner, opened_plant
from server.plant.runs.run import Design
from server.plant.steps.table import STEPS
from server.security.keys import found_keys
from server.security.links import SignedLinks
from server.security.reach import Reach
from server.security.signing import Signer
from server.security.vault import AesVault
from server.security.views.sight import Sight
from server.stores.errors import StoreError
from server.stores.sqlite.database import Database
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.plant.store import SqlitePlantStore
from server.stores.sqlite.sealing import is_sealed, seal_secrets
from server.stores.sqlite.search.store import SqliteSearch
from server.stores.sqlite.secret import signing_secret
from server.threads import in_thread

logger = structlog.get_logger()
VERSION = metadata.version("busbar")
"""Looked up once: that reads files."""


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
    joins: Joins
    signer: Signer
    meters: Meters
    log_id: str
    started_at: datetime

    def new_context(self, base_url: str, viewer: ports.Viewer) -> Context:
        """What the resolvers of one operation find; `base_url` is the address that it came by."""
        sight = self.seen_by(viewer)
        return Context(
            panels=sight.panels,
            history=sight.history,
            events=sight.events,
            cells=self.lab.cells,
            samples=self.lab.samples,
            uploads=self.lab.uploads,
            recordings=self.lab.recordings,
            plant=sight.plant,
            production=self.joins.production,
            wiring=sight.wiring,
            metering=sight.metering,
            search=sight.search,
            links=self.links(base_url),
            live=self.meters,
            viewer=viewer,
            server=Server("busbar", VERSION, self.started_at, self.log_id),
            now=self.clock.now,
            sleep=self.clock.sleep,
            new_id=lambda: uuid.uuid4().hex,
        )

    def seen_by(self, viewer: ports.Viewer) -> Sight:
        """What tells of panels, with those alone that the viewer may see."""
        whole = Sight(
            panels=self.panels,
            history=self.history,
            events=self.events,
            plant=self.plant,
            wiring=self.joins.wires,
            metering=self.joins.metering,
            search=SqliteSearch(self.database, viewer.panels),
        )
        return whole if viewer.panels is None else whole.limited(viewer.panels)

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


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    config: Config
    clock: Clock
    dice: random.Random
    database: Database
    vault: AesVault
    hub: Hub
    events: EventLog
    history: PanelHistory


@asynccontextmanager
async def opened(config: Config, clock: Clock, dice: random.Random, meters: Meters) -> AsyncIterator[World]:
    """Open everything in order, and close it in reverse. Raises StoreError before anything is served."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(_opened_ground(config, clock, dice))
        panels = await stack.enter_async_context(_registry(ground))
        database, hub = ground.database, ground.hub
        signer = Signer(await signing_secret(database, ground.vault), clock.now)
        lab = await stack.enter_async_context(opened_lab(database, hub, clock, config.server.data, config.cells))
        plant = await stack.enter_async_context(_opened_plant(ground))
        site = Site(database, ground.events, hub, clock, panels, lab, plant)
        joins = await stack.enter_async_context(opened_joins(site, config))
        yield await _world(ground, site, joins, signer, meters)


@asynccontextmanager
async def _opened_ground(config: Config, clock: Clock, dice: random.Random) -> AsyncIterator[Ground]:
    """The database, and what is written into it beside everything else."""
    async with Database.open(config.server.data / DATABASE_FILE, limits=config.store) as database:
        vault, hub = await _opened_vault(database, config), Hub()
        events = EventLog(database, hub, clock, retention=_retention(config))
        history = PanelHistory(database, clock, limits=config.history)
        async with running(events.run()), running(history.run()):
            yield Ground(config, clock, dice, database, vault, hub, events, history)


def _registry(ground: Ground) -> Registry:
    """The panels, not polled yet."""
    config, clock = ground.config, ground.clock
    outside = panel_world.World(
        store=SqlitePanelStore(ground.database, ground.vault, clock),
        recorder=ground.history,
        connect=over_http(clock, config.polling.request_timeout_s, _reach(config)),
        clock=clock,
        dice=ground.dice,
        limits=config.polling,
    )
    return Registry(outside, [_newcomer(panel) for panel in config.panels.at_start])


@asynccontextmanager
async def _opened_plant(ground: Ground) -> AsyncIterator[Runner]:
    """The plant, going at its pace."""
    section, clock = ground.config.plant, ground.clock
    store, design = SqlitePlantStore(ground.database, clock), _design(section, ground.dice)
    first_speed, stop_s = ports.Speed(ports.Pace.VISIBLE), float(ground.config.server.drain_s)
    async with (
        opened_plant(store, ground.events, ground.hub, clock, design, first_speed, section.limits, stop_s) as plant,
        running(_paced(plant, section.speed, clock, section.limits.retry_s)),
    ):
        yield plant


async def _world(ground: Ground, site: Site, joins: Joins, signer: Signer, meters: Meters) -> World:
    return World(
        clock=ground.clock,
        database=ground.database,
        events=ground.events,
        history=ground.history,
        panels=site.panels,
        lab=site.lab,
        plant=site.plant,
        joins=joins,
        signer=signer,
        meters=meters,
        log_id=(await ground.events.position()).log_id,
        started_at=ground.clock.now(),
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


async def _opened_vault(database: Database, config: Config) -> AesVault:
    """What opens the secrets of this database; all of them are sealed from here on."""
    told, may_make = config.secrets, not await is_sealed(database)
    given = None if told.key is None else told.key.get_secret_value()
    data = config.server.data
    keys = await in_thread(partial(found_keys, given, told.key_file, told.old_key_file, data, may_make=may_make))
    vault = AesVault(*keys)
    await seal_secrets(database, vault, busy_timeout_s=config.store.busy_timeout_s)
    return vault


def _reach(config: Config) -> Reach:
    return Reach(loopback=config.server.dev or config.panels.allow_loopback, private=config.panels.allow_private)


def _newcomer(panel: ConfiguredPanel) -> Newcomer:
    token = panel.access_token.get_secret_value() if panel.access_token else None
    return Newcomer(panel.host, panel.port, token, panel.name)
