"""Changes on one panel: each sent at most once, one at a time per circuit, and answered with what was read back."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import anyio

from clients.errors import ClientAnswerError, ClientAuthError, ClientError
from clients.panel.models import Circuit, Priority, RelayState
from schema.panel.refusals import (
    ChangeRefused,
    ChangeUnknown,
    CircuitNotControllable,
    CircuitNotFound,
    InvalidName,
    PanelRefusal,
    PanelUnauthorized,
    PanelUnreachable,
    TooManyChanges,
)
from schema.ports import PanelView
from server.clock import Clock
from server.panel import changes
from server.panel.changes import Change
from server.panel.gateway import Gateway
from server.panel.limits import Limits

LONGEST_ECHO = 200


class Control:
    """What one panel can be told. Refuses before sending whatever certainly cannot be."""

    def __init__(self, gateway: Gateway, limits: Limits, clock: Clock) -> None:
        self._gateway, self._limits, self._clock = gateway, limits, clock
        self._locks: dict[str, anyio.Lock] = {}
        self._waiting = 0

    async def set_circuit_relay(self, circuit_id: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open or close a circuit that the panel lets its user control."""
        circuit = self._controllable(circuit_id)
        if isinstance(circuit, PanelRefusal):
            return circuit
        if state is RelayState.UNKNOWN:
            return self._nothing_to_tell("a relay", "OPEN or CLOSED")
        return await self._make(changes.circuit_relay(circuit, state))

    async def set_circuit_priority(self, circuit_id: str, priority: Priority) -> PanelView | PanelRefusal:
        """Change the priority of a circuit that the panel lets its user control."""
        circuit = self._controllable(circuit_id)
        if isinstance(circuit, PanelRefusal):
            return circuit
        if priority is Priority.UNKNOWN:
            return self._nothing_to_tell("a priority", "MUST_HAVE, NICE_TO_HAVE or NON_ESSENTIAL")
        return await self._make(changes.circuit_priority(circuit, priority))

    async def rename_circuit(self, circuit_id: str, name: str) -> PanelView | PanelRefusal:
        """Rename any circuit that is the panel's own."""
        circuit = self._changeable(circuit_id)
        if isinstance(circuit, PanelRefusal):
            return circuit
        if not is_name(name, self._limits.max_name_length):
            text = f"a circuit's name has 1 to {self._limits.max_name_length} visible characters; choose another name"
            return InvalidName(message=text, serial=self._serial, name=name[:LONGEST_ECHO])
        return await self._make(changes.circuit_name(circuit, name.strip()))

    async def set_main_relay(self, state: RelayState) -> PanelView | PanelRefusal:
        """Open or close the main relay."""
        if state is RelayState.UNKNOWN:
            return self._nothing_to_tell("the main relay", "OPEN or CLOSED")
        return await self._make(changes.main_relay(state))

    @property
    def _serial(self) -> str:
        return self._gateway.record.serial

    def _controllable(self, circuit_id: str) -> Circuit | PanelRefusal:
        circuit = self._changeable(circuit_id)
        if isinstance(circuit, Circuit) and not circuit.is_user_controllable:
            text = f"{self._gateway.where} does not let circuit {circuit_id} be controlled; switch it at its breaker"
            return CircuitNotControllable(message=text, serial=self._serial, circuit_id=circuit_id)
        return circuit

    def _changeable(self, circuit_id: str) -> Circuit | PanelRefusal:
        snapshot, where = self._gateway.view.snapshot, self._gateway.where
        if snapshot is None:
            return PanelUnreachable(message=f"{where} has not answered yet; try again once it has", serial=self._serial)
        found = next((circuit for circuit in snapshot.circuits if circuit.id == circuit_id), None)
        if found is None:
            text = f"{where} has no circuit {circuit_id[:LONGEST_ECHO]!r}; take an id from its list of circuits"
            return CircuitNotFound(message=text, serial=self._serial, circuit_id=circuit_id[:LONGEST_ECHO])
        if found.is_virtual:
            text = f"{circuit_id} of {where} only stands for a tab without a circuit; there is nothing to change"
            return CircuitNotControllable(message=text, serial=self._serial, circuit_id=circuit_id)
        return found

    def _nothing_to_tell(self, what: str, allowed: str) -> ChangeRefused:
        return ChangeRefused(message=f"{what} cannot be told UNKNOWN; choose {allowed}", serial=self._serial)

    async def _make(self, change: Change) -> PanelView | PanelRefusal:
        if self._waiting >= self._limits.max_waiting_changes:
            text = f"{self._waiting} changes wait for {self._gateway.where} already; try again when they are done"
            return TooManyChanges(message=text, serial=self._serial, limit=self._limits.max_waiting_changes)
        self._waiting += 1
        try:
            async with self._one_at_a_time(change.target):
                return await self._send_and_read_back(change)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._locks.clear()

    def _one_at_a_time(self, target: str) -> AbstractAsyncContextManager[None]:
        return self._locks.setdefault(target, anyio.Lock())

    async def _send_and_read_back(self, change: Change) -> PanelView | PanelRefusal:
        gateway = self._gateway
        if gateway.is_impostor:
            return PanelUnreachable(message=f"{gateway.view.reason}; {change.what} was not sent", serial=self._serial)
        doubt = await self._send(change)
        if isinstance(doubt, PanelRefusal):
            return doubt
        with anyio.move_on_after(self._limits.poll_deadline_s):
            if await self._shows(change):
                return gateway.view
        return self._unknown(change, doubt)

    async def _send(self, change: Change) -> str | PanelRefusal | None:
        """None when the panel said yes, a refusal when nothing was changed, or why it is not known."""
        where, deadline_s = self._gateway.where, self._limits.poll_deadline_s
        try:
            with anyio.fail_after(deadline_s):
                await change.send(self._gateway.client)
        except TimeoutError:
            return f"{where} did not say within {deadline_s:g} s whether {change.what} worked"
        except ClientError as error:
            return str(error) if error.outcome_unknown else self._refusal(change, error)
        return None

    def _refusal(self, change: Change, error: ClientError) -> PanelRefusal:
        text = f"{change.what} was not done: {error}"
        if isinstance(error, ClientAuthError):
            return PanelUnauthorized(message=text, serial=self._serial)
        if isinstance(error, ClientAnswerError):
            return ChangeRefused(message=text, serial=self._serial, status_code=error.status_code)
        return PanelUnreachable(message=text, serial=self._serial)

    async def _shows(self, change: Change) -> bool:
        """Whether the panel shows the change by now; it may take it a moment."""
        for attempt in range(self._limits.readback_polls):
            if attempt:
                await self._clock.sleep(self._limits.readback_s)
            if not await self._gateway.poll_safely() and change.holds(self._gateway.view.snapshot):
                return True
        return False

    def _unknown(self, change: Change, doubt: str | None) -> ChangeUnknown:
        view = self._gateway.view
        cause = doubt or f"{self._gateway.where} accepted {change.what}"
        shown = change.shown(view.snapshot) if view.snapshot else None
        text = f"{cause}; read again it shows {shown or 'nothing'}: look at the panel before you try again"
        return ChangeUnknown(message=text, serial=self._serial, shown=shown)


def is_name(name: str, longest: int) -> bool:
    """Whether a name can be shown to a person: something visible, nothing that breaks a line."""
    return 0 < len(name.strip()) <= longest and name.strip().isprintable()
