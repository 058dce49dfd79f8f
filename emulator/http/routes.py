"""The 24 operations of the panel and where they are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from emulator.firmware import API
from emulator.http import objects
from emulator.http.bodies import Body, CircuitChange, Registration, RelayIn, StateOfEnergyIn, ThresholdsIn, WifiIn
from emulator.http.exchange import Content, Refusal
from emulator.http.operations import access, circuits, network, panel, storage
from emulator.http.operations.call import Call


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path. `shows_reading` alone: it may be answered again from memory until the reading changes."""

    method: str
    path: str
    answer: Callable[[Call[Any]], Content]
    shows: Any
    body: type[Body] | None = None
    shows_reading: bool = False
    needs_token: bool = True

    @property
    def parameter(self) -> str | None:
        """The name of the variable end of the path."""
        return self.path.rpartition("{")[2].rstrip("}") if "{" in self.path else None


OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/auth/register", access.register, objects.Token, Registration, needs_token=False),
    Operation("GET", "/auth/clients", access.clients, objects.ClientList),
    Operation("GET", "/auth/clients/{name}", access.client, objects.Client),
    Operation("DELETE", "/auth/clients/{name}", access.delete_client, objects.Client),
    Operation("GET", "/status", panel.status, objects.Status, needs_token=False),
    Operation("GET", "/panel", panel.panel, objects.Panel, shows_reading=True),
    Operation("GET", "/panel/power", panel.power, objects.PanelPower, shows_reading=True),
    Operation("GET", "/panel/meter", panel.meter, objects.PanelMeter, shows_reading=True),
    Operation("GET", "/panel/grid", panel.main_relay, objects.MainRelay, shows_reading=True),
    Operation("POST", "/panel/grid", panel.set_main_relay, objects.MainRelay, RelayIn),
    Operation("POST", "/panel/emergency-reconnect", panel.emergency_reconnect, objects.MainRelay),
    Operation("GET", "/circuits", circuits.circuits, objects.Circuits, shows_reading=True),
    Operation("GET", "/circuits/{circuitId}", circuits.circuit, objects.Circuit, shows_reading=True),
    Operation("POST", "/circuits/{circuitId}", circuits.change_circuit, objects.Circuit, CircuitChange),
    Operation("GET", "/storage/soe", storage.state_of_energy, objects.StateOfEnergy, shows_reading=True),
    Operation("POST", "/storage/soe", storage.set_state_of_energy, objects.StateOfEnergy, StateOfEnergyIn),
    Operation("GET", "/storage/nice-to-have-thresh", storage.thresholds, objects.Thresholds, shows_reading=True),
    Operation("POST", "/storage/nice-to-have-thresh", storage.set_thresholds, objects.Thresholds, ThresholdsIn),
    Operation("GET", "/islanding-state", panel.islanding_state, objects.Islanding, shows_reading=True),
    Operation("GET", "/wifi/scan", network.scan, objects.AccessPoints),
    Operation("POST", "/wifi/connect", network.connect, objects.WifiConnection, WifiIn),
    Operation("GET", "/spaces", network.space, objects.Nothing),
    Operation("GET", "/spaces/{spaces_id}", network.space, objects.Nothing),
    Operation("POST", "/spaces/{spaces_id}", network.space, objects.Nothing),
)


def find(method: str, path: str) -> tuple[Operation, str]:
    """The operation at a path as it was sent, and the decoded end of that path; Refusal 404 or 405."""
    methods, item = _BY_PATH.get(path), ""
    if methods is None:
        head, _, tail = path.rpartition("/")
        methods, item = _BY_HEAD.get(head), unquote(tail)
        if methods is None or not item:
            raise Refusal(404, "Not Found")
    operation = methods.get(method)
    if operation is None:
        raise Refusal(405, "Method Not Allowed", ((b"allow", ", ".join(sorted(methods)).encode()),))
    return operation, item


def _addresses(*, variable: bool) -> dict[str, dict[str, Operation]]:
    """Path, without its variable end where it has one, to method to operation."""
    found: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        if (operation.parameter is not None) == variable:
            path = operation.path.rpartition("/")[0] if variable else operation.path
            found.setdefault(API + path, {})[operation.method] = operation
    return found


_BY_PATH = _addresses(variable=False)
_BY_HEAD = _addresses(variable=True)
