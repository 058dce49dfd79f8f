"""The client of one SPAN panel: what the README of span-panel-api 1.1.3 promises, under the same names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from clients.panel import variations as vary
from clients.panel import wire, wishes
from clients.panel.address import Address
from clients.panel.cache import Cache
from clients.panel.exceptions import SpanPanelRequestError
from clients.panel.link import Call, PanelLink
from clients.panel.models import Circuit, Circuits, PanelState, Registration, Snapshot, Status, Storage
from clients.panel.operations import PanelOperations
from clients.panel.patience import Patience
from clients.panel.variations import Variation
from clients.panel.verdict import REGISTER
from clients.panel.virtual import with_unmapped_tabs

if TYPE_CHECKING:
    from clients.panel.simulation import Simulation

EVERYTHING = ("/status", "/panel", "/circuits", "/storage/soe")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SpanPanelClient(PanelOperations, Patience):
    """One panel at `host`; `async with` closes it, or `close` does.

    `timeout` (s) bounds each whole attempt; `retries`, `retry_timeout` (s) and `retry_backoff_multiplier` say how often
    and how far apart a lost connection, a time-out and 502, 503, 504 are tried again; all four can be changed at any
    time. `cache_window` (s) is how long an answer is kept, 0 for not at all. Power is positive for consumption.
    Clock, sleep and transport are arguments for tests. Impossible settings raise ValueError.

    With `simulation_mode` the panel is the emulator in this process (`clients/panel/simulation.py`) and `host` its
    serial; no token is needed. The getters' variations are for it alone: a real panel's answers stay as they are.
    """

    def __init__(
        self,
        host: str,
        port: int = 80,
        timeout: float = 30.0,
        use_ssl: bool = False,  # noqa: FBT001, FBT002 - its place in 1.1.3
        *,
        cache_window: float = 1.0,
        retries: int = 0,
        retry_timeout: float = 0.5,
        retry_backoff_multiplier: float = 2.0,
        access_token: str | None = None,
        simulation_mode: bool = False,
        simulation_config_path: str | None = None,
        simulation_start_time: str | None = None,
        simulation_seed: int = 0,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        Patience.__init__(self, timeout, retries, retry_timeout, retry_backoff_multiplier)
        address = Address(host, port, use_ssl)
        self._simulation: Simulation | None = None
        if simulation_mode:
            self._simulation = transport = _simulation(
                host,
                config_path=simulation_config_path,
                start=simulation_start_time,
                seed=simulation_seed,
                monotonic=monotonic,
            )
            access_token = self._simulation.token
        link = PanelLink(str(address), address.url, self, sleep, transport)
        PanelOperations.__init__(self, link, Cache(link.name, cache_window, monotonic))
        self._monotonic, self._sleep, self._now = monotonic, sleep, now
        if access_token is not None:
            self.set_access_token(access_token)

    def __repr__(self) -> str:
        return f"<SpanPanelClient of panel {self._link.name}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give back the connections; requests under way end with SpanPanelConnectionError. May be called again."""
        await self._cache.close()
        await self._link.close()

    def set_access_token(self, token: str) -> None:
        """Use a token from an earlier `authenticate`. ValueError if it cannot be one."""
        self._link.set_token(token)

    async def authenticate(
        self, name: str, description: str = "", otp: str | None = None, dashboard_password: str | None = None
    ) -> Registration:
        """Register under a new name while the panel is unlocked, and use the token from then on.

        Raises SpanPanelLockedError until the door button is pressed three times, SpanPanelNameTakenError.
        """
        body = wire.register_body(wishes.name(name, "client name"), description, otp, dashboard_password)
        registration = await self._ask(Call("POST", REGISTER, needs_token=False), wire.registration, body)
        self.set_access_token(registration.access_token)
        return registration

    # --- reading, each kept for `cache_window` ---

    async def get_status(self, variations: Variation | None = None) -> Status:
        """Who the panel is; the only call that needs no token."""
        call = Call("GET", "/status", needs_token=False)
        seen = await self._cache.get("/status", lambda: self._link.ask(call, wire.status))
        return vary.status(seen, variations) if self._simulation else seen

    async def get_panel_state(
        self,
        variations: Mapping[int, Variation] | None = None,
        panel_variations: Variation | None = None,
        global_power_variation: float | None = None,
    ) -> PanelState:
        """Main relay, meters and branches."""
        call = Call("GET", "/panel")
        seen = await self._cache.get("/panel", lambda: self._link.ask(call, wire.panel_state))
        if self._simulation is None:
            return seen
        return vary.panel_state(seen, self._simulation.dice, variations, panel_variations, global_power_variation)

    async def get_circuits(
        self,
        variations: Mapping[str, Variation] | None = None,
        global_power_variation: float | None = None,
        global_energy_variation: float | None = None,
    ) -> Circuits:
        """Every circuit, and a virtual "Unmapped Tab n" for each tab without one; needs the panel state too."""
        seen = await self._cache.get("/circuits", self._fetch_circuits)
        if self._simulation is None:
            return seen
        return vary.circuits(seen, self._simulation.dice, variations, global_power_variation, global_energy_variation)

    async def get_storage_soe(self, soe_variation: float | None = None) -> Storage:
        """The battery's state of charge."""
        seen = await self._cache.get("/storage/soe", lambda: self._link.ask(Call("GET", "/storage/soe"), wire.storage))
        return vary.storage(seen, self._simulation.dice, soe_variation) if self._simulation else seen

    async def snapshot(self) -> Snapshot:
        """One poll: status, panel, circuits (virtual ones last) and storage, each asked for at most once."""
        status, panel = await self.get_status(), await self.get_panel_state()
        circuits = await self._cache.get("/circuits", lambda: self._fetch_circuits(panel))
        storage = await self.get_storage_soe()
        return Snapshot(status, panel, tuple(circuits.additional_properties.values()), storage)

    async def changes(self, every_s: float = 1.0) -> AsyncIterator[Snapshot]:
        """The panel now, then each poll that differs from the one before, at most one in `every_s` seconds.

        Never ends by itself; a poll that fails, after its retries, raises SpanPanelError and ends it.
        """
        last: Snapshot | None = None
        while True:
            began = self._monotonic()
            snapshot = await self.snapshot()
            if snapshot != last:
                last = snapshot
                yield snapshot
            await self._sleep(max(0.0, began + every_s - self._monotonic()))

    async def _fetch_circuits(self, panel: PanelState | None = None) -> Circuits:
        circuits = await self._link.ask(Call("GET", "/circuits"), wire.circuits)
        panel = panel or await self.get_panel_state()
        return Circuits(with_unmapped_tabs(circuits, panel.branches, self._now()))

    # --- writing ---

    async def set_circuit_relay(self, circuit_id: str, state: str) -> Circuit:
        """Open or close a circuit's relay ("OPEN", "CLOSED"); answers the circuit as the panel then shows it.

        Sent again like a reading, because it names the state to reach: a relay that is open already stays as it is.
        """
        body = wire.relay_body(wishes.relay_state(state))
        return await self._change(Call("POST", wishes.circuit_path(circuit_id)), wire.circuit, body)

    async def set_circuit_priority(self, circuit_id: str, priority: str) -> Circuit:
        """Set what happens to the circuit off grid ("MUST_HAVE", "NICE_TO_HAVE", "NON_ESSENTIAL")."""
        body = wire.priority_body(wishes.priority(priority))
        return await self._change(Call("POST", wishes.circuit_path(circuit_id)), wire.circuit, body)

    # --- simulation mode ---

    async def set_circuit_overrides(
        self,
        circuit_overrides: Mapping[str, Mapping[str, Any]] | None = None,
        global_overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """Bend the simulated panel itself, until `clear_circuit_overrides`.

        By circuit: power_override (W, positive = consumption) or power_multiplier, relay_state, priority; everywhere:
        power_multiplier, time_acceleration. Raises SpanPanelRequestError, also for a panel that is real.
        """
        self._simulated().override(circuit_overrides, global_overrides)
        self._cache.drop(*EVERYTHING)

    async def clear_circuit_overrides(self) -> None:
        """Let the simulated panel follow its file again."""
        self._simulated().clear_overrides()
        self._cache.drop(*EVERYTHING)

    async def set_simulation_offline(self, minutes: float | None) -> None:
        """Make the simulated panel unreachable for so many minutes; None: until called again; 0: be back at once."""
        self._simulated().set_offline(minutes)
        self._cache.drop(*EVERYTHING)

    def _simulated(self) -> Simulation:
        if self._simulation is None:
            raise SpanPanelRequestError(f"panel {self._link.name} is real: overrides need simulation_mode=True")
        return self._simulation


def _simulation(serial: str, **options: Any) -> Simulation:  # noqa: ANN401 - those of Simulation
    from clients.panel.simulation import Simulation  # noqa: PLC0415 - a client of a real panel needs no emulator

    return Simulation(serial, **options)
