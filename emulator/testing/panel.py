"""The panel that a test holds: it answers on its own port, in a thread of its own; the test moves its clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from emulator.control.panel import PanelControl
from emulator.errors import CommandRefusedError
from emulator.faults.fault import Fault
from emulator.faults.route import ANY
from emulator.firmware import API
from emulator.http.server import LOOPBACK
from emulator.journal import Entry
from emulator.panel import EmulatedPanel
from emulator.reading import CircuitReading, Reading
from emulator.testing.port import OpenPort
from emulator.testing.thread import LoopThread

T = TypeVar("T")

CLIENT = "pytest"
"""The name that the ready token is registered under."""


class SpanPanel:
    """An emulated panel at `url`. Every method may be called from any thread, async tests included.

    `token` is registered already. `requests` is what the client under test sent; `state` is what the panel truly is.
    """

    def __init__(self, panel: EmulatedPanel, thread: LoopThread) -> None:
        self._panel, self._thread = panel, thread
        self._open = OpenPort(panel)
        self.host, self.port = LOOPBACK, self._open.port
        thread.run(self._open.open())
        self.token = self._do(lambda: panel.clients.register(CLIENT, None, panel.clock.tick()).token)

    def __repr__(self) -> str:
        return f"<SpanPanel {self.serial} at {self.url}>"

    @property
    def url(self) -> str:
        """Where the panel answers, without `/api/v1`."""
        return f"http://{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """The ready token as a request's headers."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def serial(self) -> str:
        """The panel's serial; that of another panel after a swap."""
        return self._do(lambda: self._panel.device.serial)

    @property
    def tick(self) -> int:
        """The panel's time in epoch seconds."""
        return self._do(self._panel.clock.tick)

    @property
    def state(self) -> Reading:
        """What is true now, as the panel measures it: mW and mWh, positive for consumption."""
        return self._do(self._panel.reading)

    def circuit(self, name: str) -> CircuitReading:
        """The circuit of that name or id as it is now. CommandRefusedError lists those there are."""
        circuits = self.state.circuits
        for found in circuits:
            if name in (found.name, found.id):
                return found
        listed = ", ".join(circuit.name for circuit in circuits)
        raise CommandRefusedError(f"{name!r} is no circuit of this panel; there are {listed}", "circuit")

    def requests(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        status: int | None = None,
        client: str | None = None,
    ) -> list[Entry]:
        """What the panel was asked, oldest first; `path` as "/circuits" or "/circuits/*", with or without /api/v1."""
        whole = path if path is None or path.startswith("/api/") else API + path
        journal = self._panel.journal
        return self._do(lambda: journal.entries(method=method, path=whole, status=status, client=client))

    def forget_requests(self) -> None:
        """Count from here on."""
        self._do(self._panel.journal.clear)

    def step(self, seconds: int = 1) -> int:
        """Let the panel's time pass at once, with all that a scenario does meanwhile, and return it.

        ClockRefusedError.
        """

        def passing() -> int:
            self._panel.clock.step(seconds)
            self._panel.attend()
            return self._panel.clock.tick()

        return self._do(passing)

    def control(self, verb: Callable[[PanelControl], T]) -> T:
        """All else that can be done to a panel: `span_panel.control(lambda panel: panel.grid(up=False))`.

        docs/emulator.md lists the verbs. ControlRefusedError says what is possible, and nothing has changed then.
        """
        return self._do(lambda: verb(self._panel.control))

    def press_door(self, times: int = 1) -> str:
        """Press the button in the door, three times to let clients register, and say how the door is then."""

        def press() -> str:
            for _ in range(times):
                self._panel.press_door()
            return self._panel.door.describe(self._panel.now())

        return self._do(press)

    def fault(self, kind: str, route: str = ANY, **parts: object) -> Fault:
        """Misbehave, at one route or everywhere: `fault("status", "/circuits", status=503, count=2)`.

        docs/emulator.md lists the kinds and their parts; `from` and `for` are written `from_` and `for_`. Its `hits`
        count. FaultRefusedError says what is possible.
        """
        spec: dict[str, object] = {"kind": kind, "route": route} if route != ANY else {"kind": kind}
        spec |= {name.removesuffix("_"): part for name, part in parts.items()}
        return self._do(lambda: self._panel.faults.add(spec))

    def clear_faults(self) -> None:
        """Behave again."""
        self._do(self._panel.faults.clear)

    def scenario(self, name: str) -> None:
        """Play a shipped scenario by its name, or a file; `step` moves it on. ScenarioRefusedError."""
        from emulator.scenarios import load_scenario  # noqa: PLC0415  # tests without scenarios need not wait for it

        played = load_scenario(name)
        self._do(lambda: self._panel.play(played))

    def stop_scenario(self) -> None:
        """End what is playing, and what it holds for a time."""
        self._do(self._panel.stop_scenario)

    def close(self) -> None:
        """Free the port; whoever is connected is cut off."""
        self._thread.run(self._open.close())

    def _do(self, function: Callable[[], T]) -> T:
        return self._thread.call(function)
