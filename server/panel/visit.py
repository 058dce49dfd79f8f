"""Getting into a panel for a while, and out again without a trace."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from clients.panel.client import SpanPanelClient

DESCRIPTION = "busbar record; may be deleted"


@dataclass(frozen=True, slots=True)
class Visit:
    """A panel that let us in. `registered_as` is the client we made for this visit, if we did."""

    serial: str
    token: str = field(repr=False)
    registered_as: str | None = None


async def visit(client: SpanPanelClient, token: str | None, dice: random.Random) -> Visit:
    """Meet the panel, with a token that works; without one, register. ClientError, ValueError for no possible token."""
    serial = (await client.get_status()).system.serial
    if token is not None:
        client.set_access_token(token)
        await client.get_panel_state()
        return Visit(serial, token)
    name = f"busbar-record-{dice.getrandbits(48):012x}"
    registration = await client.authenticate(name, DESCRIPTION)
    return Visit(serial, registration.access_token, name)


async def leave(client: SpanPanelClient, ended: Visit) -> None:
    """Take back the registration of this visit. ClientError."""
    if ended.registered_as is not None:
        await client.delete_client(ended.registered_as)
