"""Registering busbar with a panel."""

from __future__ import annotations

import random

from clients.panel.models import Registration
from server.panel.world import PanelClient


async def register(client: PanelClient, dice: random.Random) -> Registration:
    """Register under a name that the panel cannot know yet: it refuses one that it does. Raises ClientError."""
    return await client.authenticate(f"busbar-{dice.getrandbits(48):012x}", "busbar")
