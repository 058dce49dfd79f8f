"""All panels: which there are, who polls them, what they can be asked and told. Implements `schema.ports.Panels`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import structlog

from clients.panel.models import Priority, RelayState, Snapshot
from schema.panel.refusals import (
    PanelAlreadyAdded,
    PanelNotFound,
    PanelRefusal,
    PanelUnreachable,
    TooManyPanels,
)
from schema.ports import Availability, NewEvent, PanelView
from server.panel.admission import Admission, Met, blurred
from server.panel.control import LONGEST_ECHO, Control
from server.panel.failures import Failure
from server.panel.gateway import Gateway
from server.panel.joining import Joining
from server.panel.newcomer import Newcomer
from server.panel.transitions import TOPIC
from server.panel.world import World
from server.stores.panels import PanelRecord

log = structlog.get_logger()


@dataclass(slots=True)
class Post:
    """One panel's gateway, its control, and the task that polls it."""

    gateway: Gateway
    control: Control
    task: asyncio.Task[None]


class Registry:
    """Open it with `async with`: it polls the stored panels and adds the configured ones in the background."""

    def __init__(self, world: World, configured: Sequence[Newcomer] = ()) -> None:
        self._world, self._limits = world, world.limits
        self._admission = Admission(world)
        self._joining = Joining(self.admit, self.is_known, configured, world)
        self._posts: dict[str, Post] = {}
        self._changing = asyncio.Lock()
        self._being_added = 0

    async def __aenter__(self) -> Self:
        for record in await self._world.store.all():
            self._start(self._gateway(record))
        self._joining.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._joining.close()
        posts, self._posts = list(self._posts.values()), {}
        await asyncio.gather(*(_stop(post.task) for post in posts))
        ends = await asyncio.gather(*(post.gateway.close() for post in posts), return_exceptions=True)
        for post, end in zip(posts, ends, strict=True):
            if isinstance(end, Exception):
                log.error("panel.closing_broke", panel=post.gateway.record.serial, error=repr(end))

    def all(self) -> Sequence[PanelView]:
        """Every panel, by serial."""
        return [self._posts[serial].gateway.view for serial in sorted(self._posts)]

    def get(self, serial: str) -> PanelView | None:
        """One panel, or None."""
        post = self._posts.get(serial)
        return post.gateway.view if post else None

    async def read(self, serial: str) -> Snapshot | Failure | None:
        """Ask the panel now, and answer with its counters as it shows them; None when there is no such panel."""
        post = self._posts.get(serial)
        return None if post is None else await post.gateway.poll_safely() or post.gateway.raw

    async def updates(self, serial: str, every_s: float = 0.0) -> AsyncIterator[PanelView]:
        """The view now, then each newer one; ends when the panel is removed, at once when there is none."""
        post = self._posts.get(serial)
        if post is None:
            return
        async with aclosing(post.gateway.viewers.follow(every_s)) as views:
            async for view in views:
                yield view

    async def add(self, host: str, port: int, access_token: str | None, name: str | None) -> PanelView | PanelRefusal:
        """Add a panel; one that is known under another address, token or name is moved there instead."""
        if self._being_added >= self._limits.max_joining:
            text = f"{self._being_added} panels are being added already; try again when they are done"
            return PanelUnreachable(message=text)
        self._being_added += 1
        try:
            newcomer = Newcomer(host, port, access_token, name)
            return blurred(newcomer, await self.admit(newcomer))
        finally:
            self._being_added -= 1

    async def admit(self, newcomer: Newcomer) -> PanelView | PanelRefusal:
        """Contact the panel, and poll it from now on."""
        serial = newcomer.refusal(self._limits) or await self._admission.serial_of(newcomer)
        if isinstance(serial, PanelRefusal):
            return serial
        if refusal := self._unwanted(serial, newcomer):
            return refusal
        met = await self._admission.meet(newcomer, newcomer.access_token or self._usable_token(serial), serial)
        if isinstance(met, PanelRefusal):
            met.serial = serial
            return met
        async with self._changing:
            return await self._keep(serial, newcomer, met)

    async def remove(self, serial: str) -> PanelView | PanelRefusal:
        """Stop polling, then forget; when the store fails, polling goes on."""
        async with self._changing:
            post = self._posts.get(serial)
            if post is None:
                return not_found(serial)
            await _stop(post.task)
            await post.gateway.teller.mute()
            try:
                about = _about(post.gateway.record)
                await self._world.store.remove(serial, [NewEvent(TOPIC, serial, "PanelRemoved", about)])
            except BaseException:  # cancelled too, the panel is still there and is polled on
                post.gateway.teller.unmute()
                post.task = _run(post.gateway)
                raise
            del self._posts[serial]
            view = post.gateway.view
            await post.gateway.drop()
            return view

    async def set_circuit_relay(self, serial: str, circuit_id: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open or close a circuit's relay; the answer was read back from the panel after the change."""
        post = self._posts.get(serial)
        return await post.control.set_circuit_relay(circuit_id, state) if post else not_found(serial)

    async def set_circuit_priority(self, serial: str, circuit_id: str, priority: Priority) -> PanelView | PanelRefusal:
        """Change what the panel does with the circuit off grid."""
        post = self._posts.get(serial)
        return await post.control.set_circuit_priority(circuit_id, priority) if post else not_found(serial)

    async def rename_circuit(self, serial: str, circuit_id: str, name: str) -> PanelView | PanelRefusal:
        """Rename a circuit on the panel itself."""
        post = self._posts.get(serial)
        return await post.control.rename_circuit(circuit_id, name) if post else not_found(serial)

    async def set_main_relay(self, serial: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open (go off grid) or close the main relay."""
        post = self._posts.get(serial)
        return await post.control.set_main_relay(state) if post else not_found(serial)

    def is_known(self, newcomer: Newcomer) -> bool:
        """Whether a panel is polled at this address already, with this token if one is given."""
        records = (post.gateway.record for post in self._posts.values())
        return any(_is_there(record, newcomer) for record in records)

    def _unwanted(self, serial: str, newcomer: Newcomer) -> PanelRefusal | None:
        post = self._posts.get(serial)
        if post is None:
            return self._full(serial)
        if not _is_there(post.gateway.record, newcomer) or (self._is_locked_out(post) and not newcomer.access_token):
            return None
        text = f"{post.gateway.where} is there already; nothing is left to do (another host, port or token moves it)"
        return PanelAlreadyAdded(message=text, serial=serial)

    def _full(self, serial: str) -> TooManyPanels | None:
        limit = self._limits.max_panels
        if len(self._posts) < limit:
            return None
        text = f"{limit} panels are all that the configuration allows; remove one, or raise max_panels"
        return TooManyPanels(message=text, serial=serial, limit=limit)

    def _usable_token(self, serial: str) -> str | None:
        post = self._posts.get(serial)
        return None if post is None or self._is_locked_out(post) else post.gateway.record.access_token

    @staticmethod
    def _is_locked_out(post: Post) -> bool:
        return post.gateway.view.availability is Availability.UNAUTHORIZED

    async def _keep(self, serial: str, newcomer: Newcomer, met: Met) -> PanelView | PanelRefusal:
        """Another may have added it meanwhile; a client that is not used then leaves the panel as it was."""
        try:
            if refusal := self._unwanted(serial, newcomer):
                return refusal
            post = self._posts.get(serial)
            return await (self._move(post, newcomer, met) if post else self._begin(serial, newcomer, met))
        finally:
            post = self._posts.get(serial)
            if post is None or post.gateway.client is not met.client:
                await self._admission.leave(met, newcomer.address)

    async def _begin(self, serial: str, newcomer: Newcomer, met: Met) -> PanelView:
        record = PanelRecord(
            serial=serial,
            name=(newcomer.name or serial).strip(),
            host=newcomer.host,
            port=newcomer.port,
            access_token=met.access_token,
            added_at=self._world.clock.now(),
        )
        await self._world.store.save(record, [NewEvent(TOPIC, serial, "PanelAdded", _about(record))])
        gateway = Gateway(record, met.client, self._world)
        self._start(gateway)
        await gateway.greet(met.snapshot)
        return gateway.view

    async def _move(self, post: Post, newcomer: Newcomer, met: Met) -> PanelView:
        gateway, place = post.gateway, (newcomer.host, newcomer.port)
        name = (newcomer.name or gateway.record.name).strip()
        record = replace(gateway.record, host=place[0], port=place[1], name=name, access_token=met.access_token)
        await _stop(post.task)
        try:
            event = NewEvent(TOPIC, record.serial, "PanelMoved", _about(record))
            await gateway.move(record, met.client, event)
            await gateway.greet(met.snapshot)
        finally:
            post.task = _run(gateway)
        return gateway.view

    def _gateway(self, record: PanelRecord) -> Gateway:
        client = self._world.connect(record.host, record.port, record.access_token)
        return Gateway(record, client, self._world)

    def _start(self, gateway: Gateway) -> None:
        control = Control(gateway, self._limits, self._world.clock)
        self._posts[gateway.record.serial] = Post(gateway, control, _run(gateway))


def _run(gateway: Gateway) -> asyncio.Task[None]:
    return asyncio.create_task(gateway.run(), name=gateway.where)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def _is_there(record: PanelRecord, newcomer: Newcomer) -> bool:
    same_place = (record.host, record.port) == (newcomer.host, newcomer.port)
    return same_place and newcomer.access_token in (None, record.access_token)


def _about(record: PanelRecord) -> dict[str, object]:
    return {"name": record.name, "host": record.host, "port": record.port}


def not_found(serial: str) -> PanelNotFound:
    """The refusal of whatever is asked of a panel that is not there."""
    text = f"busbar knows no panel {serial[:LONGEST_ECHO]!r}; take a serial from the list of panels, or add the panel"
    return PanelNotFound(message=text, serial=serial[:LONGEST_ECHO])
