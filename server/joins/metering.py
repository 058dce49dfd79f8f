"""Leads the panels that machines hang on through the plant's time, and books what their meters say.

The plant's log is read transition by transition. At each second in which the power of a wired machine changes, its
panel is led there and read, and only then told what the machine draws from now on; so each interval of a machine has a
counter at both ends, which are whole seconds. Nothing waits for this: it lags behind as long as it has to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Never

import structlog

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from schema.ports import CursorExpiredError, CursorInvalidError, Event, Events, Position, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.joins.led_panels import AwayError, LedPanels, LostError, UnreadError
from server.joins.limits import Limits
from server.joins.meter_state import UNWIRED, MeterState, Seat, moved, second_of
from server.joins.wiring import Wires
from server.panel.transitions import TOPIC as PANEL_TOPIC
from server.plant.energy import DRY_ROOM_W
from server.plant.runs.wording import TOPIC
from server.stores.errors import StoreError
from server.stores.joins import MeterStore

logger = structlog.get_logger()

DRY_ROOM = "Dry room"
WINDER = MachineKey(Line.CELL, Stage.REWINDING)
EVENTS_AT_ONCE = 100
UNKEPT_EVENTS = 100
"""Transitions that changed nothing may be read again after a restart, but not more than so many."""

Draws = Mapping[MachineKey, Mapping[str, float]]


class Metering:
    """Works beside the plant from where it was left. `trouble` says why it cannot go on, `kept` where it is."""

    def __init__(
        self, log: Events, store: MeterStore, wires: Wires, panels: LedPanels, hub: Hub, clock: Clock, limits: Limits
    ) -> None:
        self._log, self._store, self._wires, self._panels = log, store, wires, panels
        self._hub, self._clock, self._limits = hub, clock, limits
        self.kept = MeterState()
        self.trouble: str | None = None
        self._unkept = 0

    async def run(self) -> Never:
        """Until cancelled. What cannot be done now is tried again."""
        is_begun = False
        with self._hub.bell([TOPIC, PANEL_TOPIC]) as bell:
            self._wires.listeners.append(bell.set)
            while True:
                bell.clear()
                try:
                    if not is_begun:
                        self.kept, is_begun = MeterState.of(await self._store.state()), True
                    count = await self.once()
                    self.trouble = None
                except (AwayError, StoreError) as error:
                    self._tell(str(error))
                    await self._clock.sleep(self._limits.retry_s)
                    continue
                except Exception:  # a bug of ours must not end the metering for good; it is logged
                    logger.exception("metering_broke")
                    self.trouble = "busbar could not take in what happened; its log says why"
                    await self._clock.sleep(self._limits.retry_s)
                    continue
                if not count:
                    await bell.wait()

    async def once(self) -> int:
        """Follow some of the log; how many transitions that was. Raises AwayError, StoreError: then call it again."""
        state = self.kept.copy()
        await self._sit_down(state)
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
        self.kept = state
        return len(events)

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            logger.warning("meters_wait", reason=trouble)
        self.trouble = trouble

    async def _keep(self, state: MeterState) -> None:
        await self._store.keep(state.position, state.dumped(), state.parts)
        state.parts, state.touched, self._unkept = [], False, 0
        self.kept = state.copy()

    async def _begin_again(self, state: MeterState) -> int:
        for key, seat in state.seats.items():
            state.parts += seat.lose(key, seat.draws, "busbar's log no longer had what the machine did meanwhile")
            seat.draws.clear()
        state.position, state.at_s = None, 0.0
        await self._keep(state)
        return 1

    # --- what happens in the plant ---------------------------------------------------------------------------

    async def _take(self, state: MeterState, events: Iterable[Event]) -> None:
        """All that happened in one second."""
        before: dict[MachineKey, Mapping[str, float]] = {key: seat.drawing for key, seat in state.seats.items()}
        moved(state, events)
        changed = {key: draws for key, draws in before.items() if draws != state.seats[key].drawing}
        serials: defaultdict[str | None, dict[MachineKey, Mapping[str, float]]] = defaultdict(dict)
        for key, draws in changed.items():
            serials[state.seats[key].serial][key] = draws
        for key, draws in serials.pop(None, {}).items():
            state.parts += state.seats[key].lose(key, draws, UNWIRED)
        for serial, those in serials.items():
            await self._lead(state, str(serial), those)

    async def _lead(self, state: MeterState, serial: str, before: Draws) -> None:
        """Let the panel come to this second; `before` was drawn by the machines that draw something else now."""
        session = state.sessions.get(serial)
        if session is None:
            await self._begin(state, serial, before, None)
            return
        state.touched = True
        try:
            await self._panels.check(serial, session, state.second)
            tick = session.offset_s + state.second
            await self._panels.advance(serial, tick, self._powers(state, serial, before))
            session.tick = tick
            await self._read(state, serial, before)
        except LostError as lost:
            await self._begin(state, serial, before, str(lost))

    async def _read(self, state: MeterState, serial: str, before: Draws) -> None:
        """Book what was counted up to the session's tick."""
        seats, tick = state.on(serial), state.sessions[serial].tick
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
        seats = state.on(serial)
        refusal = self._panels.refusal(serial)
        state.lose(serial, before, why or refusal)
        if refusal is not None:
            return
        state.touched = True
        try:
            session, counters = await self._panels.begin(serial, state.second, self._powers(state, serial, seats))
        except (LostError, UnreadError) as error:
            for seat in seats.values():
                seat.why = str(error)
            return
        state.sessions[serial] = session
        for seat in seats.values():
            seat.base_wh = counters.get(seat.circuit_id)

    def _powers(self, state: MeterState, serial: str, keys: Iterable[MachineKey]) -> dict[str, float | None]:
        """What the circuits of these machines are to be held at, in W; with the winder goes the dry room."""
        powers: dict[str, float | None] = {}
        if WINDER in keys and (room := self._panels.circuit_named(serial, DRY_ROOM)) is not None:
            powers[room] = DRY_ROOM_W if state.seats[WINDER].drawing else 0.0
        return powers | {state.seats[key].circuit_id: state.seats[key].draws_w for key in keys}

    # --- which machine hangs where ---------------------------------------------------------------------------

    async def _sit_down(self, state: MeterState) -> None:
        """Take over the wiring as it is by now, and lead every panel that can be led."""
        freed: defaultdict[str, list[str]] = defaultdict(list)
        hung: defaultdict[str, list[MachineKey]] = defaultdict(list)
        for key in MACHINES:
            before, seat = state.seats[key], self._seat(state, key)
            if seat is before:
                continue
            if before.serial is not None:
                freed[before.serial].append(before.circuit_id)
            if seat.serial is not None:
                hung[seat.serial].append(key)
            state.seats[key], state.touched = seat, True
        for serial, circuits in freed.items():
            await self._let_go(state, serial, circuits)
        for serial, keys in hung.items():
            await self._hang(state, serial, keys)
        await self._begin_where_possible(state)
        if state.touched:
            await self._keep(state)

    def _seat(self, state: MeterState, key: MachineKey) -> Seat:
        """The machine's seat as it is wired now: the one that it has, or another."""
        wire, seat = self._wires.of_machine(key), state.seats[key]
        serial, circuit_id = (None, "") if wire is None else (wire.serial, wire.circuit_id)
        if (serial, circuit_id) == (seat.serial, seat.circuit_id):
            return seat
        why = "it was wired otherwise while it worked"
        state.parts += seat.lose(key, seat.drawing, why)
        return replace(seat, serial=serial, circuit_id=circuit_id, why=UNWIRED if wire is None else why)

    async def _let_go(self, state: MeterState, serial: str, circuits: Sequence[str]) -> None:
        """Circuits that feed no machine any more are as configured; a panel that cannot hear it needs not."""
        is_led = serial in state.sessions
        try:
            if is_led and state.on(serial):
                held = {seat.circuit_id for seat in state.on(serial).values()}
                free: dict[str, float | None] = {each: None for each in circuits if each not in held}
                room = self._panels.circuit_named(serial, DRY_ROOM)
                if room is not None and state.seats[WINDER].serial != serial:
                    free[room] = None
                await self._panels.advance(serial, state.sessions[serial].tick, free)
            elif is_led:
                await self._panels.release(serial)
        except (AwayError, LostError) as error:
            logger.warning("circuits_not_let_go", panel=serial, reason=str(error))
        if not state.on(serial):
            state.sessions.pop(serial, None)

    async def _hang(self, state: MeterState, serial: str, keys: Sequence[MachineKey]) -> None:
        """Circuits that feed machines from now on."""
        if serial in state.sessions:
            await self._lead(state, serial, {key: {} for key in keys})

    async def _begin_where_possible(self, state: MeterState) -> None:
        serials = {seat.serial for seat in state.seats.values() if seat.serial is not None}
        for serial in sorted(serials - state.sessions.keys()):
            refusal = self._panels.refusal(serial)
            if refusal is None:
                await self._begin(state, serial, {}, None)
                continue
            for seat in state.on(serial).values():
                seat.why = refusal
