"""How far the meters of all panels were followed, in memory as it is kept: which follower a machine belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from clients.plant.models import MACHINES, MachineKey
from schema.ports import Position
from server.joins.meter_state import MeterState, place_of, placed
from server.plant.runs.wording import TOPIC, key_of, name_of
from server.stores.joins import MeterStore

Owner = str | None
"""A panel's serial; None for the machines that hang on nothing."""


class MeterBook:
    """The states by owner; one is written at a time. `listeners` hear when a machine was left by its owner.

    A machine is of one owner at a time. `left` says up to which transition its last one has booked what it used: the
    next one begins behind that, so that nothing is booked twice.
    """

    def __init__(self, store: MeterStore) -> None:
        self._store, self._writing = store, asyncio.Lock()
        self.states: dict[Owner, MeterState] = {None: _fresh()}
        self.left: dict[MachineKey, Position] = {}
        self.listeners: list[Callable[[], None]] = []

    async def open(self) -> None:
        """Go on where it was left; anew when it never was. Raises StoreError."""
        kept = await self._store.state()
        if kept is None:
            return
        position, notes = kept
        if "panels" not in notes:
            self.states = _of_one_follower(position, notes)
            return
        self.states = {serial: MeterState.of(body) for serial, body in notes["panels"].items()}
        self.states[None] = MeterState.of(notes["unwired"])
        self.left = {key_of(name): placed(place) for name, place in notes["left"].items()}

    def state(self, owner: Owner) -> MeterState:
        """To try things with; of an owner that is new, as far as the machines are that hang on nothing."""
        return self.states[owner].copy() if owner in self.states else self.states[None].elsewhere()

    def progress(self, owner: Owner) -> tuple[float, int]:
        """The plant's time and the sequence of the last transition that was followed."""
        state = self.states.get(owner, self.states[None])
        return state.at_s, state.sequence

    def is_needless(self, owner: Owner) -> bool:
        """Whether nothing hangs on the panel, and it was let go."""
        state = self.states.get(owner)
        return state is None or not (state.here or state.session)

    def owner(self, key: MachineKey, following: Owner) -> Owner:
        """Who has the machine; `following` who is to have it, while it goes from one to the next."""
        return next((owner for owner, state in self.states.items() if state.seats[key].is_here), following)

    def is_free(self, key: MachineKey, owner: Owner, state: MeterState) -> bool:
        """Whether a follower that is so far may take the machine."""
        left, others = self.left.get(key), (each for name, each in self.states.items() if name != owner)
        return not any(each.seats[key].is_here for each in others) and (
            left is None or _is_behind(state.position, left)
        )

    def follow(self, owner: Owner, state: MeterState) -> None:
        """So far without a note of it: nothing changed that would have to be kept."""
        self.states[owner] = state

    async def keep(self, owner: Owner, state: MeterState) -> None:
        """Write it down with its parts, which it has no more then. Raises StoreError."""
        async with self._writing:
            kept, before = state.copy(), self.states.get(owner)
            kept.parts, kept.touched = [], False
            gone = [key for key in MACHINES if before and before.seats[key].is_here and not kept.seats[key].is_here]
            left = self.left if state.position is None else self.left | dict.fromkeys(gone, state.position)
            await self._write(state, {**self.states, owner: kept}, left)
            self.states[owner], self.left = kept, left
        state.parts, state.touched = [], False
        if gone:
            self._tell()

    async def close(self, owner: Owner) -> None:
        """Forget a follower on whose panel nothing hangs. Raises StoreError."""
        async with self._writing:
            states = {each: state for each, state in self.states.items() if each != owner}
            await self._write(states[None], states, self.left)
            self.states = states

    async def _write(
        self, state: MeterState, states: Mapping[Owner, MeterState], left: Mapping[MachineKey, Position]
    ) -> None:
        notes: dict[str, Any] = {
            "unwired": states[None].dumped(),
            "panels": {owner: each.dumped() for owner, each in states.items() if owner is not None},
            "left": {name_of(key): place_of(position) for key, position in left.items()},
        }
        await self._store.keep(state.position, notes, state.parts)

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _is_behind(position: Position | None, left: Position) -> bool:
    """Another log has none of what was booked."""
    if position is None:
        return False
    return position.log_id != left.log_id or position.seqs.get(TOPIC, 0) >= left.seqs.get(TOPIC, 0)


def _fresh() -> MeterState:
    state = MeterState()
    for seat in state.seats.values():
        seat.is_here = True
    return state


def _of_one_follower(position: Position, notes: Mapping[str, Any]) -> dict[Owner, MeterState]:
    """As busbar kept it while one follower led all panels, each by a seat's `serial`."""
    place, seats = place_of(position), notes["seats"]
    sessions: Mapping[str, Any] = notes["sessions"]
    return {
        owner: MeterState.of({
            "position": place,
            "at_s": notes["at_s"],
            "seats": {name: _seated(seat, owner) for name, seat in seats.items()},
            "session": None if owner is None else sessions.get(owner),
        })
        for owner in {None, *sessions, *(seat["serial"] for seat in seats.values())}
    }  # fmt: skip


def _seated(seat: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    """Only the owner knows of the circuit."""
    rest = {name: value for name, value in seat.items() if name != "serial"}
    if seat["serial"] == owner:
        return {**rest, "is_here": True}
    return {"draws": rest["draws"], "is_stopped": rest["is_stopped"]}
