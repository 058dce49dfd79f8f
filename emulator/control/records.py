"""What can be known of a panel: its true state, what it was asked, and what was done to it."""

from __future__ import annotations

from itertools import islice

from emulator.control import truth
from emulator.control.controlled import Controlled
from emulator.control.plan import Answer, Plan
from emulator.control.values import Shown, Tick
from emulator.control.verbs import change, read

DEFAULT_SHOWN = 100


class Records(Controlled):
    """Verbs of looking."""

    @read("state")
    def state(self) -> Answer:
        """Read what the panel really is: powers before any meter, settings in force, clock, door, clients, trouble."""
        return {
            **self.moment(),
            "seed": self.panel.seed,
            "start": self.panel.device.start,
            "fidelity": self.panel.device.fidelity,
            "firmware": self.panel.firmware.name,
            "door": self._door(),
            "clients": [client.name for client in self.panel.clients],
            "faults": len(self.panel.faults.list()),
            "scenario": self.playing(),
            "requests": self.panel.journal.seen,
            "commands": len(self.log),
            **truth.of(self.panel),
        }

    @read("journal")
    def journal(
        self,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        client: str | None = None,
        since: Tick | None = None,
        limit: Shown = DEFAULT_SHOWN,
    ) -> Answer:
        """Read and count the requests that match; `path` may end in `*`, `limit` 0 only counts."""
        found = self.panel.journal.entries(method=method, path=path, status=status, client=client, since_tick=since)
        newest = found[len(found) - limit :] if limit < len(found) else found
        return {"seen": self.panel.journal.seen, "matching": len(found), "requests": [one._asdict() for one in newest]}

    @change("journal/clear")
    def journal_clear(self) -> Plan:
        """Forget all requests and count from nothing."""
        return self.doing(self.panel.journal.clear)

    @read("commands")
    def commands(self, after: int = 0, limit: Shown = DEFAULT_SHOWN) -> Answer:
        """Read the command log, oldest first, behind the order number `after`; `replay` takes a complete one."""
        self.catch_up()
        device = self.panel.device
        newer = (entry.as_json() for entry in self.log if entry.order > after)
        shown = list(islice(newer, limit))
        return {
            "configuration": truth.fingerprint(device.config),
            "seed": self.panel.seed,
            "start": device.start,
            "fidelity": device.fidelity,
            "until": self.panel.clock.tick(),
            "complete": not self.log.dropped and len(shown) == len(self.log),
            "commands": shown,
        }

    def _door(self) -> Answer:
        tick, door = self.panel.clock.tick(), self.panel.door
        return {"state": door.state(tick), "unlocked": door.is_unlocked(tick), "text": door.describe(tick)}
