"""What the panel offers beyond the README of span-panel-api 1.1.3: its clients, meters, main relay, storage and wifi.

Every method raises SpanPanelError (see `exceptions`), and SpanPanelRequestError before sending what can never be right.
A change drops what is kept of circuits and panel state; so does a failed one that may have taken effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from clients.panel import wire, wishes
from clients.panel.cache import Cache
from clients.panel.exceptions import SpanPanelError
from clients.panel.link import Call, PanelLink
from clients.panel.models import (
    AccessPoint,
    ApiClient,
    Circuit,
    Meter,
    Power,
    RelayState,
    Storage,
    Thresholds,
)

T = TypeVar("T")


class PanelOperations:
    """The other operations of one panel; reading here is never served from a cache."""

    def __init__(self, link: PanelLink, cache: Cache) -> None:
        self._link = link
        self._cache = cache

    async def _ask(self, call: Call, read: Callable[[object], T], body: Mapping[str, object] | None = None) -> T:
        return await self._cache.alone(call.path, self._link.ask(call, read, body), changes=call.changes)

    async def _change(
        self,
        call: Call,
        read: Callable[[object], T],
        body: Mapping[str, object] | None = None,
        drops: tuple[str, ...] = ("/circuits", "/panel"),
    ) -> T:
        touched = True  # also when the caller is cancelled half-way
        try:
            return await self._ask(call, read, body)
        except SpanPanelError as error:
            touched = error.outcome_unknown
            raise
        finally:
            if touched:
                self._cache.drop(*drops)

    # --- circuits, one by one ---

    async def get_circuit(self, circuit_id: str) -> Circuit:
        """One circuit, freshly read."""
        return await self._ask(Call("GET", wishes.circuit_path(circuit_id)), wire.circuit)

    async def rename_circuit(self, circuit_id: str, name: str) -> Circuit:
        """Give the circuit another name (1 to 128 printable characters) on the panel itself."""
        call = Call("POST", wishes.circuit_path(circuit_id))
        return await self._change(call, wire.circuit, wire.name_body(wishes.name(name, "circuit name")))

    async def set_circuit_flags(
        self,
        circuit_id: str,
        *,
        user_controllable: bool | None = None,
        sheddable: bool | None = None,
        never_backup: bool | None = None,
    ) -> Circuit:
        """Change those of the three flags that are not None."""
        body = wire.flags_body(
            user_controllable=wishes.flag(user_controllable, "user_controllable"),
            sheddable=wishes.flag(sheddable, "sheddable"),
            never_backup=wishes.flag(never_backup, "never_backup"),
        )
        return await self._change(Call("POST", wishes.circuit_path(circuit_id)), wire.circuit, body)

    # --- the panel as a whole ---

    async def get_power(self) -> Power:
        """Grid and feed-through power in W, positive for import."""
        return await self._ask(Call("GET", "/panel/power"), wire.power)

    async def get_meter(self) -> Meter:
        """The main meter's and the feed-through's counters in Wh."""
        return await self._ask(Call("GET", "/panel/meter"), wire.meter)

    async def get_main_relay(self) -> RelayState:
        """The main relay's position."""
        return await self._ask(Call("GET", "/panel/grid"), wire.grid)

    async def set_main_relay(self, state: str) -> None:
        """OPEN takes the home off grid, CLOSED puts it back; the panel does not answer what became of it."""
        await self._change(Call("POST", "/panel/grid"), wire.nothing, wire.main_relay_body(wishes.relay_state(state)))

    async def emergency_reconnect(self) -> None:
        """Put everything back on the grid; never sent twice, since nobody wants a second surge of loads."""
        await self._change(Call("POST", "/panel/emergency-reconnect", repeatable=False), wire.nothing)

    async def get_islanding_state(self) -> str:
        """Whether the home runs by itself, in the panel's own free words."""
        return await self._ask(Call("GET", "/islanding-state"), wire.islanding_state)

    # --- storage ---

    async def set_storage_soe(self, soc: float) -> Storage:
        """Tell the panel its battery's state of charge, 0 to 1; it keeps whole per cent."""
        call = Call("POST", "/storage/soe")
        body = wire.soe_body(wishes.per_cent(soc, "state of charge"))
        return await self._change(call, wire.storage, body, drops=("/circuits", "/panel", "/storage/soe"))

    async def get_thresholds(self) -> Thresholds:
        """At which charge NICE_TO_HAVE circuits are shed off grid, and at which they come back."""
        return await self._ask(Call("GET", "/storage/nice-to-have-thresh"), wire.thresholds)

    async def set_thresholds(self, low_soc: float | None = None, high_soc: float | None = None) -> Thresholds:
        """Set one or both, 0 to 1; None leaves one as it is."""
        low, high = (
            None if soc is None else wishes.per_cent(soc, name)
            for soc, name in ((low_soc, "low_soc"), (high_soc, "high_soc"))
        )
        call = Call("POST", "/storage/nice-to-have-thresh")
        return await self._change(call, wire.thresholds, wire.thresholds_body(low, high))

    # --- the programs that registered ---

    async def get_clients(self) -> dict[str, ApiClient]:
        """Every registered program, by name."""
        return await self._ask(Call("GET", "/auth/clients"), wire.api_clients)

    async def get_client(self, name: str) -> ApiClient:
        """One registered program."""
        call = Call("GET", wishes.client_path(name))
        return await self._ask(call, lambda answer: wire.api_client(name, answer))

    async def delete_client(self, name: str) -> ApiClient:
        """Unregister a program, this one included: its token is refused from then on."""
        call = Call("DELETE", wishes.client_path(name), repeatable=False)
        return await self._change(call, lambda answer: wire.api_client(name, answer))

    # --- wifi ---

    async def scan_wifi(self) -> tuple[AccessPoint, ...]:
        """The wireless networks that the panel hears."""
        return await self._ask(Call("GET", "/wifi/scan"), wire.access_points)

    async def connect_wifi(self, ssid: str, psk: str) -> AccessPoint:
        """Have the panel join a network; it may leave the address it has now. The key shows in no error."""
        call = Call("POST", "/wifi/connect", repeatable=False)
        body = {"ssid": wishes.name(ssid, "ssid"), "psk": psk}
        return await self._change(call, wire.wifi_connection, body)
