"""Who may ask the panel: the button in its door, and the clients it knows."""

from __future__ import annotations

from emulator.control.controlled import Controlled
from emulator.control.plan import Answer, Plan
from emulator.control.values import Name, Presses, Text
from emulator.control.verbs import change
from emulator.errors import ControlRefusedError


class Access(Controlled):
    """Verbs of the door and the clients."""

    @change("door")
    def door(self, presses: Presses = 1) -> Plan:
        """Press the button in the door: three presses let clients register for 15 minutes of the panel's time."""

        def finish() -> Answer:
            said = [self.panel.press_door() for _ in range(presses)]
            return {"door": said[-1]}

        return Plan(finish)

    @change("lock")
    def lock(self) -> Plan:
        """Let registering need the door again, also where it never did."""
        return self.doing(self.panel.door.lock)

    @change("clients/add")
    def clients_add(self, name: Name, description: Text | None = None) -> Plan:
        """Register a client, door or no door, and answer its token."""
        clients = self.panel.clients
        if clients.get(name) is not None:
            raise ControlRefusedError(f"a client named {name!r} is registered already", "name", ["another name"])
        if clients.is_full:
            raise ControlRefusedError(f"panel {self.serial} remembers no more clients", "name", ["remove one first"])

        def finish() -> Answer:
            return {"accessToken": clients.register(name, description, self.panel.clock.tick()).token}

        return Plan(finish)

    @change("clients/remove")
    def clients_remove(self, name: Name) -> Plan:
        """Forget a client: its token is refused from now on."""
        clients = self.panel.clients
        if clients.get(name) is None:
            known = [client.name for client in clients]
            raise ControlRefusedError(f"no client is registered as {name!r}", "name", known)

        def finish() -> Answer:
            clients.delete(name, self.panel.clock.tick())
            return {}

        return Plan(finish)
