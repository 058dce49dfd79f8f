"""Changing panels. Each answers with the changed thing, or with a refusal that says why nothing changed."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from clients.panel.models import Priority, RelayState
from schema import ports
from schema.context import Info
from schema.fields import mutation
from schema.node import own_key
from schema.panel.circuits import Circuit, find_circuit
from schema.panel.enums import CircuitPriority, RelayPosition
from schema.panel.queries import Serial
from schema.panel.refusals import (
    ChangeRefused,
    ChangeUnknown,
    CircuitNotControllable,
    CircuitNotFound,
    InvalidName,
    PanelAddressRefused,
    PanelAlreadyAdded,
    PanelLocked,
    PanelNotFound,
    PanelRefusal,
    PanelUnauthorized,
    PanelUnreachable,
    TooManyChanges,
    TooManyPanels,
)
from schema.panel.types import Panel

CircuitId = Annotated[strawberry.ID, strawberry.argument(description="The circuit's `circuitId`; its `id` works too.")]
Host = Annotated[str, strawberry.argument(description="The panel's host name or IP address.")]
Port = Annotated[int, strawberry.argument(description="Its TCP port, 1 to 65535; real panels listen on 80.")]
AccessToken = Annotated[
    str | None,
    strawberry.argument(description="The panel's token. Without it busbar registers, which needs an unlocked door."),
]
GivenName = Annotated[str | None, strawberry.argument(description="What busbar shall call it; the serial without it.")]

_SENDING = PanelNotFound | PanelUnreachable | PanelUnauthorized | TooManyChanges | ChangeRefused | ChangeUnknown
_ON_CIRCUIT = Circuit | CircuitNotFound | CircuitNotControllable | _SENDING

AddPanelResult: TypeAlias = Annotated[
    Panel
    | PanelAlreadyAdded
    | PanelAddressRefused
    | TooManyPanels
    | PanelUnreachable
    | PanelUnauthorized
    | PanelLocked,
    strawberry.union("AddPanelResult", description="The panel, now polled, or why it was not added."),
]
RemovePanelResult: TypeAlias = Annotated[
    Panel | PanelNotFound,
    strawberry.union("RemovePanelResult", description="The panel as it last was, or why it was not removed."),
]
SetCircuitRelayResult: TypeAlias = Annotated[
    _ON_CIRCUIT,
    strawberry.union("SetCircuitRelayResult", description="The circuit as read back, or why it was not switched."),
]
SetCircuitPriorityResult: TypeAlias = Annotated[
    _ON_CIRCUIT,
    strawberry.union("SetCircuitPriorityResult", description="The circuit as read back, or why it was not changed."),
]
RenameCircuitResult: TypeAlias = Annotated[
    _ON_CIRCUIT | InvalidName,
    strawberry.union("RenameCircuitResult", description="The circuit as read back, or why it was not renamed."),
]
SetMainRelayResult: TypeAlias = Annotated[
    Panel | _SENDING,
    strawberry.union("SetMainRelayResult", description="The panel as read back, or why it was not switched."),
]


@strawberry.type
class PanelMutations:
    """The part of Mutation that is about panels."""

    @mutation("Add a panel, and poll it from now on, over restarts too.")
    async def add_panel(
        self, info: Info, host: Host, port: Port = 80, access_token: AccessToken = None, name: GivenName = None
    ) -> AddPanelResult:
        """A panel that moved is added again with its new address."""
        answer: AddPanelResult = _panel(await info.context.panels.add(host, port, access_token, name))
        return answer

    @mutation("Forget a panel. Its history and events stay until they expire.")
    async def remove_panel(self, info: Info, serial: Serial) -> RemovePanelResult:
        """Answers with what was removed, so that client caches can drop it by `id`."""
        answer: RemovePanelResult = _panel(await info.context.panels.remove(serial))
        return answer

    @mutation("Open or close a circuit's relay; the answer was read back from the panel.")
    async def set_circuit_relay(
        self,
        info: Info,
        serial: Serial,
        circuit_id: CircuitId,
        state: Annotated[RelayPosition, strawberry.argument(description="Where the relay shall go.")],
    ) -> SetCircuitRelayResult:
        """OPEN cuts the circuit's power until someone closes it again."""
        own = own_key("Circuit", serial, circuit_id)
        answer: SetCircuitRelayResult = _circuit(
            await info.context.panels.set_circuit_relay(serial, own, RelayState(state)), own
        )
        return answer

    @mutation("Change what the panel does with a circuit while it is off grid.")
    async def set_circuit_priority(
        self,
        info: Info,
        serial: Serial,
        circuit_id: CircuitId,
        priority: Annotated[CircuitPriority, strawberry.argument(description="What the panel shall do with it.")],
    ) -> SetCircuitPriorityResult:
        """Some firmware without a battery refuses any change of priority."""
        own = own_key("Circuit", serial, circuit_id)
        answer: SetCircuitPriorityResult = _circuit(
            await info.context.panels.set_circuit_priority(serial, own, Priority(priority)), own
        )
        return answer

    @mutation("Rename a circuit, on the panel itself.")
    async def rename_circuit(
        self,
        info: Info,
        serial: Serial,
        circuit_id: CircuitId,
        name: Annotated[str, strawberry.argument(description="The new name: visible characters.")],
    ) -> RenameCircuitResult:
        """Every client of the panel sees the new name."""
        own = own_key("Circuit", serial, circuit_id)
        answer: RenameCircuitResult = _circuit(await info.context.panels.rename_circuit(serial, own, name), own)
        return answer

    @mutation("Open (go off grid) or close the panel's main relay.")
    async def set_main_relay(
        self,
        info: Info,
        serial: Serial,
        state: Annotated[RelayPosition, strawberry.argument(description="Where the main relay shall go.")],
    ) -> SetMainRelayResult:
        """Without a battery, OPEN leaves everything dark."""
        answer: SetMainRelayResult = _panel(await info.context.panels.set_main_relay(serial, RelayState(state)))
        return answer


def _panel(answer: ports.PanelView | PanelRefusal) -> Any:  # noqa: ANN401 (a member of the union, by what the port promises)
    return answer if isinstance(answer, PanelRefusal) else Panel.of(answer)


def _circuit(answer: ports.PanelView | PanelRefusal, circuit_id: str) -> Any:  # noqa: ANN401 (as above)
    if isinstance(answer, PanelRefusal):
        return answer
    found = find_circuit(Panel.of(answer), circuit_id)
    return found or ChangeUnknown(
        message=f"panel {answer.serial} took the change, but no longer lists circuit {circuit_id!r}; look at it again",
        serial=answer.serial,
    )
