"""Registering busbar with a panel, and taking that back."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import anyio
import structlog

from clients.errors import ClientError
from server.panel.world import PanelClient

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Registered:
    """The client that the panel now knows us as, and its token."""

    client_name: str
    access_token: str = field(repr=False)


async def register(client: PanelClient, dice: random.Random) -> Registered:
    """Register under a name that the panel cannot know yet: it refuses one that it does. Raises ClientError."""
    name = f"busbar-{dice.getrandbits(48):012x}"
    registration = await client.authenticate(name, "busbar")
    return Registered(name, registration.access_token)


async def withdraw(client: PanelClient, client_name: str, where: str, deadline_s: float) -> None:
    """Delete a registration that is of no use, or log its name: then only the panel's owner can delete it."""
    try:
        with anyio.fail_after(deadline_s, shield=True):
            await client.delete_client(client_name)
    except (ClientError, TimeoutError) as error:
        log.warning("panel.client_left_behind", address=where, client=client_name, reason=str(error) or "no answer")
