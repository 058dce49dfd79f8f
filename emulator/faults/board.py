"""The faults that a panel has just now, and the order in which they strike one request.

1. latencies, which add up;
2. the connection (offline, reset, close, hang, keep-alive): then nothing of what follows has a turn;
3. a status instead of the panel's answer: it has no content to spoil;
4. content (wrong types, missing circuit, unknown states, energy dip), each upon what the one before has left;
5. bytes (invalid JSON, truncated), each likewise;
6. a drip.

Of the second, third and sixth only one strikes, the oldest whose turn it is: the others are not spent, so that
"503 twice", then "500 once", answers 503, 503, 500.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Final

from emulator.errors import FaultRefusedError
from emulator.faults.connection import Offline
from emulator.faults.content import MissingCircuit
from emulator.faults.fault import Fault, fault_of
from emulator.faults.outcome import UNANSWERED, Outcome, Stage, Visit
from emulator.http.exchange import Response

MAX_FAULTS: Final = 100
"""Faults that a panel may have at once."""


class FaultBoard:
    """The faults of one panel. `now` is its tick, `circuits` are the ids that it has."""

    def __init__(
        self,
        now: Callable[[], int],
        *,
        seed: int,
        zone: tzinfo,
        circuits: frozenset[str],
        limit: int = MAX_FAULTS,
    ) -> None:
        self._now, self._seed, self._zone, self._circuits, self._limit = now, seed, zone, circuits, limit
        self._faults: dict[str, Fault] = {}
        self._added = 0

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, spec: Mapping[str, object] | Fault, fault_id: str | None = None) -> Fault:
        """Have a fault from now on, and return it with its id and its counters, which go on counting.

        One of the same `fault_id` is replaced. FaultRefusedError, and nothing has changed.
        """
        fault = spec if isinstance(spec, Fault) else fault_of(spec)
        self.check(fault, fault_id)
        self._added += fault_id is None
        return self.put(fault, fault_id or f"f{self._added}")

    def put(self, fault: Fault, fault_id: str) -> Fault:
        """Have one of the panel's own, which is known to be possible and counts for no limit."""
        placed = fault.placed(fault_id, fault.window.span(self._now(), self._zone), self._seed)
        self._faults.pop(fault_id, None)
        self._faults[fault_id] = placed
        return placed

    def check(self, fault: Fault, fault_id: str | None = None) -> None:
        """FaultRefusedError unless `add` would take it now.

        It is about a circuit that this panel has not, it is over already, or it is one fault too many.
        """
        self._check_circuits(fault)
        tick = self._now()
        span = fault.window.span(tick, self._zone)
        if span.until is not None and span.until <= max(span.first, tick):
            raise FaultRefusedError("ends before it begins, or in the panel's past", "to")
        self._forget_over(tick)
        if len(self._faults) >= self._limit and fault_id not in self._faults:
            raise FaultRefusedError(f"there are {self._limit} faults already; remove one first", "")

    def list(self) -> tuple[Fault, ...]:
        """Those that strike now or will, oldest first."""
        self._forget_over(self._now())
        return tuple(self._faults.values())

    def remove(self, fault_id: str) -> Fault:
        """Take one away; FaultRefusedError lists the ids there are."""
        if fault_id not in self._faults:
            there = ", ".join(self._faults) or "none"
            raise FaultRefusedError(f"no fault is called {fault_id!r:.64}; there are {there}", "id")
        return self._faults.pop(fault_id)

    def clear(self, prefix: str = "") -> None:
        """Take all away, or those whose ids begin so."""
        self._faults = {name: fault for name, fault in self._faults.items() if not name.startswith(prefix)}

    def refuses_connections(self, tick: int) -> bool:
        """Whether the panel is offline."""
        return any(isinstance(fault.effect, Offline) and fault.span.is_open(tick) for fault in self._faults.values())

    def outcome(self, visit: Visit, answer: Callable[[], Response]) -> Outcome:
        """What becomes of a request; `answer` has the panel do what it was asked, and is called at most once."""
        outcome = Outcome()
        for fault in self._in_turn(visit):
            stage = fault.effect.stage
            if stage in outcome.closed:
                continue
            if stage > Stage.STATUS and outcome.response is UNANSWERED:
                outcome.response = answer()
            fault.strike(outcome, visit)
        if outcome.response is UNANSWERED and outcome.is_obeyed:
            outcome.response = answer()
        return outcome

    def _check_circuits(self, fault: Fault) -> None:
        named = {"route": fault.route.circuit_id}
        if isinstance(fault.effect, MissingCircuit):
            named["circuit"] = fault.effect.circuit
        for where, circuit_id in named.items():
            if circuit_id is not None and circuit_id not in self._circuits:
                listed = ", ".join(sorted(self._circuits))
                raise FaultRefusedError(f"this panel has no circuit {circuit_id!r:.64}; there are {listed}", where)

    def _in_turn(self, visit: Visit) -> Iterator[Fault]:
        self._forget_over(visit.tick)
        about = [fault for fault in self._faults.values() if fault.is_about(visit)]
        return iter(sorted(about, key=lambda fault: fault.effect.stage))

    def _forget_over(self, tick: int) -> None:
        over = [fault.id for fault in self._faults.values() if fault.is_over(tick)]
        for fault_id in over:
            del self._faults[fault_id]
