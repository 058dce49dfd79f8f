"""Leads one panel that machines hang on through the plant's time, and books what its meters say.

The plant's log is read transition by transition. At each second in which the power of a wired machine changes, the
panel is led there and read, and only then told what the machine draws from now on; so each interval of a machine has a
counter at both ends, which are whole seconds. Nothing waits for this: it lags behind as long as it has to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import structlog

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.ports import CursorExpiredError, CursorInvalidError, Event, Events, Position, TopicFilter
from server.joins.led_panels import AwayError, LedPanels, LostError, UnreadError
from server.joins.meter_book import MeterBook, Owner
from server.joins.meter_state import REWIRED, UNWIRED, MeterState, Session, moved, second_of
from server.joins.wiring import Wires
from server.plant.energy import DRY_ROOM_W
from server.plant.runs.wording import TOPIC

logger = structlog.get_logger()

DRY_ROOM = "Dry room"
WINDER = MachineKey(Line.CELL, Stage.REWINDING)
EVENTS_AT_ONCE = 100
UNKEPT_EVENTS = 100
"""Transitions that changed nothing may be read again after a restart, but not more than so many."""

Draws = Mapping[MachineKey, Mapping[str, float]]


class Follower:
    """Of one panel; that of None has the machines which hang on nothing, and asks no panel.

    `is_held` is whether the panel surely draws what it should; clear it when that may have changed.
    """

    def __init__(self, serial: Owner, log: Events, book: MeterBook, wires: Wires, panels: LedPanels) -> None:
        self.serial = serial
        self.is_held = False
        self._log, self._book, self._wires, self._panels = log, book, wires, panels
        self._unkept = 0

    async def once(self) -> int:
        """Follow some of the log; how many transitions that was. Raises AwayError, StoreError: then call it again."""
        state = self._book.state(self.serial)
        await self._sit_down(state)
        await self._hold(state)
        try:
            events, reached = await self._log.since(state.position, [TopicFilter(TOPIC)], EVENTS_AT_ONCE)
        except (CursorExpiredError, CursorInvalidError):
            return await self._begin_again(state)
        for _, group in groupby(events, key=lambda event: second_of(float(event.data.get("simulated_s") or 0.0))):
            together = list(group)
            await self._take(state, together)
            state.position = Position(reached.log_id, {TOPIC: together[-1].seq})
            self._unkept += len(together)
            if state.touched:
                await self._keep(state)
        if state.parts or self._unkept >= UNKEPT_EVENTS:
            await self._keep(state)
        self._book.follow(self.serial, state)
        return len(events)

    @property
    def is_done(self) -> bool:
        """Whether nothing hangs on the panel any more, and it was let go."""
        is_wanted = self.serial is None or any(wire.serial == self.serial for wire in self._wires.all())
        return not is_wanted and self._book.is_needless(self.serial)

    async def _keep(self, state: MeterState) -> None:
        await self._book.keep(self.serial, state)
        self._unkept = 0

    async def _begin_again(self, state: MeterState) -> int:
        for key, seat in state.seats.items():
            if seat.is_here:
                state.parts += seat.lose(key, seat.draws, "busbar's log no longer had what the machine did meanwhile")
            seat.draws.clear()
        state.position, state.at_s = None, 0.0
        await self._keep(state)
        return 1

    # --- what happens in the plant ---------------------------------------------------------------------------

    async def _take(self, state: MeterState, events: Iterable[Event]) -> None:
        """All that happened in one second."""
        before: dict[MachineKey, Mapping[str, float]] = {key: seat.drawing for key, seat in state.here.items()}
        moved(state, events)
        changed = {key: draws for key, draws in before.items() if draws != state.seats[key].drawing}
        if self.serial is None:
            for key, draws in changed.items():
                state.parts += state.seats[key].lose(key, draws, UNWIRED)
        elif changed:
            await self._lead(state, self.serial, changed)

    async def _lead(self, state: MeterState, serial: str, before: Draws) -> None:
        """Let the panel come to this second; `before` was drawn by the machines that draw something else now."""
        session = state.session
        if session is None:
            await self._begin(state, serial, before, None)
            return
        state.touched = True
        try:
            await self._panels.check(serial, session, state.second)
            tick = session.offset_s + state.second
            await self._panels.advance(serial, tick, await self._powers(state, serial, before))
            session.tick = tick
            await self._read(state, serial, before, tick)
        except LostError as lost:
            await self._begin(state, serial, before, str(lost))

    async def _read(self, state: MeterState, serial: str, before: Draws, tick: int) -> None:
        """Book what was counted up to that tick."""
        seats = state.here
        least_wh = {seats[key].circuit_id: seats[key].base_wh or 0.0 for key in before}
        try:
            counters = await self._panels.read(serial, tick, least_wh)
        except UnreadError as error:
            for key, draws in before.items():
                state.parts += seats[key].lose(key, draws, str(error))
            return
        for key, draws in before.items():
            state.parts += seats[key].read(key, draws, counters[seats[key].circuit_id])

    async def _begin(self, state: MeterState, serial: str, before: Draws, why: str | None) -> None:
        """A new session; whatever was under way is unknown, for the reason that ended the old one."""
        refusal, seats = self._panels.refusal(serial), state.here
        state.lose(before, why or refusal)
        if refusal is not None:
            return
        state.touched = True
        try:
            powers = await self._powers(state, serial, seats)
            state.session, counters = await self._panels.begin(serial, state.second, powers)
        except (LostError, UnreadError) as error:
            for seat in seats.values():
                seat.why = str(error)
            return
        for seat in seats.values():
            seat.base_wh = counters.get(seat.circuit_id)

    async def _powers(self, state: MeterState, serial: str, keys: Iterable[MachineKey]) -> dict[str, float | None]:
        """What the circuits of these machines are to be held at, in W; with the winder goes the dry room."""
        powers: dict[str, float | None] = {}
        if WINDER in keys and (room := await self._panels.circuit_named(serial, DRY_ROOM)) is not None:
            powers[room] = DRY_ROOM_W if state.seats[WINDER].drawing else 0.0
        return powers | {state.seats[key].circuit_id: state.seats[key].draws_w for key in keys}

    # --- the panel as it should stand ------------------------------------------------------------------------

    async def _hold(self, state: MeterState) -> None:
        """Lead the panel where that can be; where that cannot be known, let it draw anew what it should."""
        if self.serial is None or not state.here:
            return
        if state.session is None:
            await self._begin_if_possible(state, self.serial)
        elif not self.is_held:
            await self._hold_again(state, self.serial, state.session)
        if state.touched:
            await self._keep(state)
        self.is_held = state.session is not None

    async def _begin_if_possible(self, state: MeterState, serial: str) -> None:
        refusal = self._panels.refusal(serial)
        if refusal is None:
            await self._begin(state, serial, {}, None)
            return
        for seat in state.here.values():
            seat.why = refusal

    async def _hold_again(self, state: MeterState, serial: str, session: Session) -> None:
        """Its time stands still, so this costs nothing; it may be ahead, where a kill came before a note was kept."""
        try:
            await self._panels.check(serial, session)
            await self._panels.hold(serial, await self._powers(state, serial, state.here))
        except LostError as lost:
            await self._begin(state, serial, {}, str(lost))

    # --- which machine hangs here ----------------------------------------------------------------------------

    async def _sit_down(self, state: MeterState) -> None:
        """Take over the wiring as it is by now."""
        freed, hung = self._freed(state), self._hung(state)
        if self.serial is not None and freed:
            await self._let_go(state, self.serial, freed)
        if self.serial is not None and hung and state.session is not None:
            await self._lead(state, self.serial, {key: {} for key in hung})
        if state.touched:
            await self._keep(state)

    def _freed(self, state: MeterState) -> list[str]:
        """The circuits on which no machine hangs as it did."""
        moved_on = [key for key, seat in state.here.items() if self._circuit(key) != seat.circuit_id]
        return [state.leave(key, REWIRED) for key in moved_on]

    def _hung(self, state: MeterState) -> list[MachineKey]:
        """The machines that were wired to here, as soon as the one who followed them is done with them."""
        hung = []
        for key in MACHINES:
            circuit = self._circuit(key)
            if circuit is not None and not state.seats[key].is_here and self._book.is_free(key, self.serial, state):
                state.take(key, circuit, REWIRED if circuit else UNWIRED)
                hung.append(key)
        return hung

    def _circuit(self, key: MachineKey) -> str | None:
        """Of this panel, on which the machine hangs by now; an empty one for who hangs on nothing; None elsewhere."""
        wire = self._wires.of_machine(key)
        if self.serial is None:
            return "" if wire is None else None
        return wire.circuit_id if wire is not None and wire.serial == self.serial else None

    async def _let_go(self, state: MeterState, serial: str, circuits: Sequence[str]) -> None:
        """Circuits that feed no machine any more are as configured; a panel that cannot hear it needs not."""
        held = {seat.circuit_id for seat in state.here.values()}
        try:
            if state.session is not None and held:
                free: dict[str, float | None] = {each: None for each in circuits if each not in held}
                if not state.seats[WINDER].is_here and (room := await self._panels.circuit_named(serial, DRY_ROOM)):
                    free[room] = None
                await self._panels.hold(serial, free)
            elif state.session is not None:
                await self._panels.release(serial)
        except (AwayError, LostError) as error:
            logger.warning("circuits_not_let_go", panel=serial, reason=str(error))
        if not held:
            state.session = None
