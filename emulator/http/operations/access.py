"""Registering clients, listing them and deleting them."""

from __future__ import annotations

from emulator.auth import Client
from emulator.errors import ClientNameTakenError, TooManyClientsError
from emulator.http import objects, wire
from emulator.http.bodies import Registration
from emulator.http.exchange import Refusal
from emulator.http.operations.call import Call


def register(call: Call[Registration]) -> objects.Token:
    """Register a client and get its token: only while the panel is unlocked, under a new name."""
    panel, tick = call.panel, call.panel.clock.tick()
    if not panel.door.is_unlocked(tick):
        detail = "the panel is locked: press the button in its door three times, then register within 15 minutes"
        raise Refusal(panel.firmware.locked_status, detail)
    try:
        return wire.token(panel.clients.register(call.body.name, call.body.description, tick))
    except (ClientNameTakenError, TooManyClientsError) as error:
        raise Refusal(409, str(error)) from error


def clients(call: Call[None]) -> objects.ClientList:
    """List all registered clients."""
    return {"clients": {client.name: wire.client(client) for client in call.panel.clients}}


def client(call: Call[None]) -> objects.Client:
    """Read one registered client."""
    return wire.client(_known(call.panel.clients.get(call.item), call.item))


def delete_client(call: Call[None]) -> objects.Client:
    """Delete a client and revoke its token, the one used here included."""
    panel = call.panel
    return wire.client(_known(panel.clients.delete(call.item, panel.clock.tick()), call.item))


def _known(found: Client | None, name: str) -> Client:
    if found is None:
        raise Refusal(404, f"no client is registered as {name!r}")
    return found
