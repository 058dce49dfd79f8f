"""Getting to know a panel: who answers there, a token it accepts, and a first whole answer. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import anyio
import structlog

from clients.errors import ClientAuthError, ClientError
from clients.panel.exceptions import SpanPanelLockedError
from clients.panel.models import Snapshot
from schema.panel.refusals import PanelAddressRefused, PanelLocked, PanelRefusal, PanelUnauthorized, PanelUnreachable
from schema.ports import PanelView
from server.panel.newcomer import Newcomer
from server.panel.pinned import PanelOutOfReachError
from server.panel.registration import register, withdraw
from server.panel.world import PanelClient, World

log = structlog.get_logger()

T = TypeVar("T")

LONGEST_SERIAL = 64


@dataclass(frozen=True, slots=True)
class Met:
    """A panel that let us in: its first answer, and the client and token that got it.

    `registered_as` is the client that it knows us as since then; None when the token is an older one.
    """

    snapshot: Snapshot
    client: PanelClient
    access_token: str = field(repr=False)
    registered_as: str | None = None


class Admission:
    """Talks to a panel that is not polled yet, or that is to be polled in another way."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def serial_of(self, newcomer: Newcomer) -> str | PanelRefusal:
        """Who answers at the address; needs no token."""
        client = self._world.connect(newcomer.host, newcomer.port, None)
        try:
            status = await self._ask(newcomer, client.get_status)
        finally:
            await client.close()
        if isinstance(status, PanelRefusal):
            return status
        if not 0 < len(status.serial) <= LONGEST_SERIAL or not status.serial.isprintable():
            text = f"{newcomer.address} tells no usable serial number; is it a SPAN panel with API v1?"
            return PanelUnreachable(message=text)
        return status.serial

    async def meet(self, newcomer: Newcomer, token: str | None, serial: str) -> Met | PanelRefusal:
        """Register when there is no token, then prove it with a first whole answer. The caller ends with `leave`."""
        client = self._world.connect(newcomer.host, newcomer.port, token)
        met: Met | PanelRefusal | None = None
        try:
            met = await self._let_in(newcomer, client, token, serial)
        finally:
            if not isinstance(met, Met):
                await client.close()
        return met

    async def leave(self, met: Met, where: str) -> None:
        """Go again without a trace: the panel is not kept after all."""
        if met.registered_as is not None:
            await self._withdraw(met.client, met.registered_as, where)
        await met.client.close()

    async def _let_in(
        self, newcomer: Newcomer, client: PanelClient, token: str | None, serial: str
    ) -> Met | PanelRefusal:
        if token is not None:
            return await self._prove(newcomer, client, token, serial)
        registered = await self._ask(newcomer, lambda: register(client, self._world.dice))
        if isinstance(registered, PanelRefusal):
            return registered
        met: Met | PanelRefusal | None = None
        try:
            met = await self._prove(newcomer, client, registered.access_token, serial)
        finally:
            if not isinstance(met, Met):
                await self._withdraw(client, registered.client_name, newcomer.address)
        return replace(met, registered_as=registered.client_name) if isinstance(met, Met) else met

    async def _prove(self, newcomer: Newcomer, client: PanelClient, token: str, serial: str) -> Met | PanelRefusal:
        snapshot = await self._ask(newcomer, client.snapshot)
        if isinstance(snapshot, PanelRefusal):
            return snapshot
        if snapshot.status.serial != serial:
            text = f"{newcomer.address} answered as two different panels; is one address used twice?"
            return PanelUnreachable(message=text)
        return Met(snapshot, client, token)

    async def _withdraw(self, client: PanelClient, name: str, where: str) -> None:
        await withdraw(client, name, where, self._world.limits.request_timeout_s)

    async def _ask(self, newcomer: Newcomer, question: Callable[[], Awaitable[T]]) -> T | PanelRefusal:
        deadline_s = self._world.limits.poll_deadline_s
        try:
            with anyio.fail_after(deadline_s):
                return await question()
        except TimeoutError:
            text = f"{newcomer.address} gave no whole answer within {deadline_s:g} s; check address, power and network"
            return PanelUnreachable(message=text)
        except PanelOutOfReachError as error:
            return PanelAddressRefused(message=str(error), field="host")
        except SpanPanelLockedError as error:
            return PanelLocked(message=str(error))
        except ClientAuthError as error:
            return PanelUnauthorized(message=str(error))
        except ClientError as error:
            return PanelUnreachable(message=str(error))


def blurred(newcomer: Newcomer, answer: PanelView | PanelRefusal) -> PanelView | PanelRefusal:
    """One sentence for all that is not a panel: what else listens in the network is not for everybody to find out."""
    if isinstance(answer, PanelView | PanelAddressRefused) or answer.serial is not None:
        return answer
    log.info("panel.not_met", address=newcomer.address, reason=answer.message)
    text = f"nothing at {newcomer.address} answered as a SPAN panel with API v1; check address, power and network"
    return PanelUnreachable(message=text)
