"""The joins, opened: who makes the cells of finished batches, follows relays and reads meters, beside it all."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from clients.emulator import EmulatorClient
from schema import ports
from server.beside import running
from server.cells.lab import Lab
from server.clock import Clock
from server.config import Config, ConfiguredPanel
from server.events.hub import Hub
from server.events.log import EventLog
from server.joins.led_panels import LedPanels
from server.joins.metered import Metered
from server.joins.metering import Metering
from server.joins.relays import Relays
from server.joins.tracing import Tracer
from server.joins.wiring import Wires
from server.panel.registry import Registry
from server.plant.runner import Runner
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.meters import SqliteMeterStore
from server.stores.sqlite.joins.production import SqliteProductionStore
from server.stores.sqlite.joins.wires import SqliteWiringStore


@dataclass(frozen=True, slots=True)
class Site:
    """What is joined, open already."""

    database: Database
    events: EventLog
    hub: Hub
    clock: Clock
    panels: Registry
    lab: Lab
    plant: Runner


@dataclass(frozen=True, slots=True)
class Joins:
    """The three ports."""

    production: ports.Production
    wires: Wires
    metering: Metered


@asynccontextmanager
async def opened_joins(site: Site, config: Config) -> AsyncIterator[Joins]:
    """Go on where they were left. Raises StoreError."""
    async with AsyncExitStack() as stack:
        clock, limits = site.clock, config.joins
        wires = await Wires.opened(SqliteWiringStore(site.database, clock), site.panels)
        relays = Relays(site.plant, site.panels, wires, clock, limits)
        await stack.enter_async_context(running(_followed(relays, site.plant)))
        production = SqliteProductionStore(site.database, clock)
        tracer = Tracer(site.plant, production, site.lab, site.hub, clock, limits, lambda: str(uuid.uuid4()))
        await stack.enter_async_context(running(tracer.run()))
        opened = {each: await stack.enter_async_context(control) for each, control in controls(config).items()}
        meters, led = SqliteMeterStore(site.database), LedPanels(site.panels, opened, clock, limits)
        metering = Metering(site.events, meters, wires, led, site.hub, clock, limits)
        await stack.enter_async_context(running(metering.run()))
        yield Joins(production, wires, Metered(meters, metering))


async def _followed(relays: Relays, plant: Runner) -> None:
    """Let the plant's machines follow their relays, once they are where they were."""
    await plant.ready()
    await relays.run()


def controls(config: Config) -> dict[tuple[str, int], EmulatorClient]:
    """Of the emulated panels that shall follow the plant's time, by the panel's own address."""
    panels, timeout_s = config.panels.at_start, config.joins.control_timeout_s
    return {(each.host, each.port): _control(each, each.control, timeout_s) for each in panels if each.control}


def _control(panel: ConfiguredPanel, url: str, timeout_s: float) -> EmulatorClient:
    token = None if panel.control_token is None else panel.control_token.get_secret_value()
    return EmulatorClient(url, token=token, name="busbar", timeout_s=timeout_s)
