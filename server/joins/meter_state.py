"""How far one panel's meters were followed: what each machine draws, and where its own circuits' counters stood."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from math import floor
from typing import Any, Self

from clients.plant.models import MACHINES, MachineKey
from schema.ports import Event, Position
from server.plant.runs.wording import TOPIC, key_of, name_of
from server.stores.joins import MeterPart

WORKING, FINISHED = "machine_working", "step_finished"
EMPTIED = ("plant_reset", "plant_interrupted")
STOPPED, STARTED = "machine_down", "machine_started"
ENDINGS = ("batch_completed", "batch_cancelled", "batch_scrapped", "batch_failed")
UNWIRED = "unwired"
"""The reason of a machine that hangs on no circuit; whoever tells it knows the words."""
REWIRED = "it was wired otherwise while it worked"


@dataclass(slots=True)
class Seat:
    """A machine; `is_here` when it hangs on a circuit of the panel that is followed, or on none, where those are.

    `draws` are W by batch since `base_wh`, what the circuit's counter showed then. That is None while the counter says
    nothing about the plant; `why` is the reason then. A machine that is stopped draws nothing; what was inside goes on
    when it is started.
    """

    is_here: bool = False
    circuit_id: str = ""
    base_wh: float | None = None
    why: str = UNWIRED
    draws: dict[str, float] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def drawing(self) -> dict[str, float]:
        """What is drawn now, in W by batch."""
        return {} if self.is_stopped else dict(self.draws)

    @property
    def draws_w(self) -> float:
        """All of it, in W."""
        return sum(self.drawing.values(), 0.0)

    def read(self, machine: MachineKey, draws: Mapping[str, float], counter_wh: float | None) -> list[MeterPart]:
        """End the interval of these draws at this counter, and begin the next one; None where it was not read."""
        parts = [MeterPart(batch_id, machine, 0.0, self.why) for batch_id in draws]
        if self.base_wh is not None and counter_wh is not None:
            parts = [
                MeterPart(batch_id, machine, wh) for batch_id, wh in shared(counter_wh - self.base_wh, draws).items()
            ]
        self.base_wh = counter_wh
        return parts

    def lose(self, machine: MachineKey, draws: Mapping[str, float], why: str) -> list[MeterPart]:
        """End the interval without its counter, which says nothing from now on."""
        self.why = why
        return self.read(machine, draws, None)


@dataclass(slots=True)
class Session:
    """A panel that follows the plant: its `tick` (epoch seconds) is `offset_s` plus the plant's whole second.

    `booted` is when its computer last started, by its own time: another panel, or life, has another.
    """

    offset_s: int
    tick: int
    booted: int


@dataclass(slots=True)
class MeterState:
    """All of it, as it is kept. `at_s` is the plant's time of the last event; `session` the panel's, while it is led.

    `parts` were not written down yet; `touched` is whether the panel was, so that they must be before it is again.
    """

    position: Position | None = None
    at_s: float = 0.0
    seats: dict[MachineKey, Seat] = field(default_factory=lambda: {key: Seat() for key in MACHINES})
    session: Session | None = None
    parts: list[MeterPart] = field(default_factory=list)
    touched: bool = False

    @property
    def second(self) -> int:
        """The plant's whole second; rounding each time anew carries no error along."""
        return second_of(self.at_s)

    @property
    def sequence(self) -> int:
        """Of the last transition that was followed; 0 before the first."""
        return 0 if self.position is None else self.position.seqs.get(TOPIC, 0)

    @property
    def here(self) -> dict[MachineKey, Seat]:
        """The machines that hang on this panel."""
        return {key: seat for key, seat in self.seats.items() if seat.is_here}

    def copy(self) -> MeterState:
        """Another one, to try things with."""
        return deepcopy(self)

    def elsewhere(self) -> MeterState:
        """As far as this one, for a panel on which nothing hangs yet."""
        seats = {key: Seat(draws=dict(seat.draws), is_stopped=seat.is_stopped) for key, seat in self.seats.items()}
        return MeterState(self.position, self.at_s, seats)

    def leave(self, key: MachineKey, why: str) -> str:
        """The machine hangs here no more; which circuit it hung on."""
        seat = self.seats[key]
        self.parts += seat.lose(key, seat.drawing, why)
        self.seats[key], self.touched = Seat(draws=seat.draws, is_stopped=seat.is_stopped), True
        return seat.circuit_id

    def take(self, key: MachineKey, circuit_id: str, why: str) -> None:
        """The machine hangs here from now on; what it draws already was never seen to begin."""
        seat = self.seats[key]
        self.parts += seat.lose(key, seat.drawing, why)
        seat.is_here, seat.circuit_id, self.touched = True, circuit_id, True

    def lose(self, before: Mapping[MachineKey, Mapping[str, float]], why: str | None) -> None:
        """Nothing is known of the panel's counters over this seam, at which `before` was drawn no longer."""
        self.session = None
        for key, seat in self.here.items():
            self.parts += seat.lose(key, before.get(key, seat.drawing), why or seat.why)

    def dumped(self) -> dict[str, Any]:
        """As JSON, without parts."""
        return {
            "position": None if self.position is None else place_of(self.position),
            "at_s": self.at_s,
            "seats": {name_of(key): asdict(seat) for key, seat in self.seats.items()},
            "session": None if self.session is None else asdict(self.session),
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """As it was kept."""
        position, session = body["position"], body["session"]
        return cls(
            None if position is None else placed(position),
            body["at_s"],
            {key_of(name): Seat(**seat) for name, seat in body["seats"].items()},
            None if session is None else Session(**session),
        )


def place_of(position: Position) -> list[Any]:
    """A place in the plant's log, as JSON."""
    return [position.log_id, position.seqs.get(TOPIC, 0)]


def placed(place: Sequence[Any]) -> Position:
    """The place that is written so."""
    return Position(place[0], {TOPIC: place[1]})


def second_of(simulated_s: float) -> int:
    """The nearest whole second, half of one upwards."""
    return floor(simulated_s + 0.5)


def shared(energy_wh: float, draws: Mapping[str, float]) -> dict[str, float]:
    """An interval's energy by batch, each its part of the power; evenly where no power is drawn."""
    whole_w = sum(draws.values())
    if whole_w <= 0:
        return {batch_id: energy_wh / len(draws) for batch_id in draws}
    return {batch_id: energy_wh * (draws_w / whole_w) for batch_id, draws_w in draws.items()}


def moved(state: MeterState, events: Iterable[Event]) -> None:
    """Take in what happened in one second; `state.seats` draw what they draw behind it.

    A batch that came and went in it has no interval, and so used nothing; of one that was never seen to come, nothing
    is known.
    """
    before = {key: set(seat.draws) for key, seat in state.seats.items()}
    for event in events:
        state.at_s = max(state.at_s, float(event.data.get("simulated_s") or 0.0))
        batch_id, name = event.data.get("batch_id"), event.data.get("machine")
        if name is None:
            _end(state, event.kind, batch_id)
        elif batch_id is None:
            _halt(state.seats[key_of(name)], event.kind)
        else:
            key = key_of(name)
            state.parts += _turn(state.seats[key], key, event, before[key])


def _turn(seat: Seat, key: MachineKey, event: Event, before: Container[str]) -> list[MeterPart]:
    batch_id = event.data["batch_id"]
    if event.kind == WORKING:
        seat.draws[batch_id] = float(event.data.get("batch_power_w") or 0.0)
        return []
    was_seen = seat.draws.pop(batch_id, None) is not None
    if batch_id in before or event.kind != FINISHED or not seat.is_here:
        return []
    return [MeterPart(batch_id, key, 0.0, None if was_seen else "its work began before busbar's log does")]


def _halt(seat: Seat, kind: str) -> None:
    if kind in (STOPPED, STARTED):
        seat.is_stopped = kind == STOPPED


def _end(state: MeterState, kind: str, batch_id: str | None) -> None:
    for seat in state.seats.values():
        if kind in EMPTIED:
            seat.draws.clear()
            seat.is_stopped = False
        elif kind in ENDINGS and batch_id is not None:
            seat.draws.pop(batch_id, None)
