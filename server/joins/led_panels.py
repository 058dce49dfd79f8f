"""Panels whose time busbar leads: through the control of the emulator that they are of, and read by our own client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import shorten
from typing import Protocol

from clients.emulator import EmulatorClient, EmulatorRefusedError
from clients.errors import ClientError
from clients.panel.models import Circuit, Snapshot
from schema.ports import PanelView
from server.clock import Clock
from server.joins.limits import Limits
from server.joins.meter_state import Session
from server.panel.failures import Failure

Address = tuple[str, int]
Powers = Mapping[str, float | None]
"""W by the circuit's id; None lets it be as configured."""
Counters = Mapping[str, float]
"""Wh consumed, by the circuit's id."""
SENTENCE = 200
"""Characters of a refusal, which may list all that is possible."""
SLACK_WH = 1.0
"""By how much a counter's rounding may put it below the truth."""


class AwayError(Exception):
    """The control does not answer; try again."""


class LostError(Exception):
    """The panel is not where it was left, or does not let itself be led: what it counted meanwhile says nothing."""


class UnreadError(Exception):
    """The panel was led, and its counters could not be read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a panel truly stands: its time, how fast that runs, when it was started, and what its circuits consumed."""

    tick: int
    speed: float
    booted: int
    consumed_wh: Counters


class Panels(Protocol):
    """What is asked of the panels: those there are, and a poll whose answer is as it came."""

    def get(self, serial: str) -> PanelView | None:
        """One panel, or None."""

    async def read(self, serial: str) -> Snapshot | Failure | None:
        """Poll it now."""


class LedPanels:
    """All that were configured with a control. Every method raises AwayError."""

    def __init__(
        self, panels: Panels, controls: Mapping[Address, EmulatorClient], clock: Clock, limits: Limits
    ) -> None:
        self._panels, self._controls = panels, controls
        self._clock, self._limits = clock, limits

    def refusal(self, serial: str) -> str | None:
        """Why a panel cannot be led, in a sentence; None where it can."""
        view = self._panels.get(serial)
        if view is None:
            return f"busbar has no panel {serial}"
        if (view.host, view.port) not in self._controls:
            return f"busbar does not control panel {serial}, so that its meter does not follow the plant's time"
        return None

    async def circuit_named(self, serial: str, name: str) -> str | None:
        """The id of the panel's circuit of that name, as of its last poll; it is polled now where it never was."""
        view = self._panels.get(serial)
        answer = None if view is None else view.snapshot or await self._panels.read(serial)
        if isinstance(answer, Failure):
            raise AwayError(f"panel {serial} cannot be led: its circuits could not be read: {answer.reason}")
        circuits = () if answer is None else answer.circuits
        return next((each.id for each in circuits if each.name == name), None)

    async def begin(self, serial: str, second: int, powers: Powers) -> tuple[Session, Counters]:
        """Let its time stand still at the plant's second, and hold circuits at W. Raises LostError, UnreadError."""
        with _told(serial):
            control = self._control(serial)
            await control.freeze(serial)
            (change,) = await control.advance(powers, panel=serial)
        there = await self._standing(serial)
        least = {circuit: wh - SLACK_WH for circuit, wh in there.consumed_wh.items() if circuit in powers}
        session = Session(change.tick - second, change.tick, there.booted)
        return session, await self.read(serial, change.tick, least)

    async def check(self, serial: str, session: Session, second: int | None = None) -> None:
        """Raises LostError unless it is where it was left, or already where it is to go (`second`, if told)."""
        there = await self._standing(serial)
        if there.booted != session.booted:
            raise LostError(f"panel {serial} was restarted")
        if there.tick < session.tick:
            raise LostError(f"the time of panel {serial} went back: it was reset, or is another one")
        if there.speed != 0 or (second is not None and there.tick > session.offset_s + second):
            raise LostError(f"the time of panel {serial} was moved by somebody else")

    async def advance(self, serial: str, tick: int, powers: Powers) -> None:
        """Go there, then hold circuits at W; None lets one go. Raises LostError."""
        with _told(serial):
            await self._control(serial).advance(powers, tick, serial)

    async def hold(self, serial: str, powers: Powers) -> None:
        """Hold circuits at W where it stands; None lets one go. Raises LostError."""
        with _told(serial):
            await self._control(serial).advance(powers, panel=serial)

    async def release(self, serial: str) -> None:
        """Let its time run by itself again, and its circuits as configured. Raises LostError."""
        with _told(serial):
            await self._control(serial).clear(panel=serial)
            await self._control(serial).speed(1.0, serial)

    async def read(self, serial: str, tick: int, least_wh: Counters) -> Counters:
        """Counters as of the tick, none of them below `least_wh`, of whose circuits they are. Raises UnreadError.

        After a restart panels show counters that are too low; and a poll may have been on its way before the tick.
        """
        reason = f"busbar has no panel {serial}"
        for attempt in range(self._limits.meter_tries):
            if attempt > 1:
                await self._clock.sleep(self._limits.retry_s)
            answer = await self._panels.read(serial)
            if isinstance(answer, Snapshot):
                counters = {each.id: each.consumed_energy_wh for each in answer.circuits if _is_as_of(each, tick)}
                if all(counters.get(circuit, -1.0) >= wh for circuit, wh in least_wh.items()):
                    return counters
                reason = f"the counters of panel {serial} went back, or stand still"
            elif answer is not None:
                reason = f"the meter of panel {serial} could not be read: {answer.reason}"
        raise UnreadError(reason)

    async def _standing(self, serial: str) -> Standing:
        with _told(serial):
            (state,) = await self._control(serial).state(serial)
            consumed_wh = {each["id"]: each["consumed_wh"] for each in state["circuits"]}
            return Standing(state["tick"], state["speed"], state["booted"], consumed_wh)

    def _control(self, serial: str) -> EmulatorClient:
        view = self._panels.get(serial)
        control = None if view is None else self._controls.get((view.host, view.port))
        if control is None:
            raise LostError(self.refusal(serial))
        return control


def _is_as_of(circuit: Circuit, tick: int) -> bool:
    return circuit.energy_at.timestamp() >= tick


@contextmanager
def _told(serial: str) -> Iterator[None]:
    """Their errors as ours."""
    try:
        yield
    except EmulatorRefusedError as error:
        raise LostError(f"the control of panel {serial} refused: {shorten(str(error), SENTENCE)}") from error
    except ClientError as error:
        raise AwayError(f"panel {serial} cannot be led: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise AwayError(f"panel {serial} cannot be led: its control said what busbar does not know") from error
