"""A fault: what happens, to which requests, when, how often."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from emulator.configuration.section import Section
from emulator.errors import ConfigError, FaultRefusedError
from emulator.faults.draw import Draw
from emulator.faults.effect import Effect
from emulator.faults.kinds import KINDS
from emulator.faults.outcome import Outcome, Visit
from emulator.faults.plain import value_of
from emulator.faults.route import ANY, Route, read_route
from emulator.faults.window import Span, Window, read_window
from emulator.physics import noise

MAX_COUNT: Final = 1_000_000
_ALWAYS: Final = Span(0, None)


@dataclass(slots=True)
class Fault:
    """One fault, on a board once it has an `id`. `seen` counts requests it had a turn at, `hits` those it struck."""

    kind: str
    effect: Effect
    route: Route = field(default_factory=Route)
    window: Window = field(default_factory=Window)
    count: int | None = None
    probability: float = 1.0
    id: str = ""
    span: Span = _ALWAYS
    stream: int = 0
    seen: int = 0
    hits: int = 0

    def placed(self, fault_id: str, span: Span, seed: int) -> Fault:
        """The same for a board: under an id, at known ticks, with its own chance and no hits yet."""
        stream = noise.key(seed, "fault", fault_id)
        return dataclasses.replace(self, id=fault_id, span=span, stream=stream, seen=0, hits=0)

    @property
    def left(self) -> int | None:
        """How many requests it will still strike; None without such a limit."""
        return None if self.count is None else self.count - self.hits

    def is_over(self, tick: int) -> bool:
        """Whether it will never strike again."""
        return self.left == 0 or self.span.is_over(tick)

    def is_about(self, visit: Visit) -> bool:
        """Whether it may strike this request."""
        return self.span.is_open(visit.tick) and self.route.matches(visit.method, visit.path)

    def strike(self, outcome: Outcome, visit: Visit) -> None:
        """Have a turn: strike the request if chance will, and if there is something to strike."""
        self.seen += 1
        draw = Draw(self.stream, self.seen)
        if draw.chance() < self.probability and self.effect.strike(outcome, visit, draw):
            self.hits += 1
            outcome.hit = (*outcome.hit, self.id)

    def as_json(self) -> dict[str, object]:
        """What it was told by, when it strikes and what it has done, without what is not set."""
        told = {name: value for name, value in dataclasses.asdict(self.effect).items() if value is not None}  # type: ignore[call-overload]  # every effect is a dataclass
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
        shown: dict[str, object] = {"id": self.id, "kind": self.kind, "route": self.route.pattern, **told}
        if self.route.method != ANY:
            shown["method"] = self.route.method
        if self.probability < 1:
            shown["probability"] = self.probability
        shown |= {"from": _instant(self.span.first), "hits": self.hits}
        if self.span.until is not None:
            shown["to"] = _instant(self.span.until)
        return shown if self.left is None else shown | {"count": self.count, "left": self.left}


def fault_of(mapping: Mapping[str, object]) -> Fault:
    """The fault that a plain mapping tells, as JSON or YAML gives it; FaultRefusedError lists what is possible.

    Keys of every kind: `kind`, `route`, `method`, `count`, `probability`, `from`, and `to` or `for`.
    """
    try:
        return read_fault(Section(value_of(mapping, "fault")))
    except ConfigError as error:
        raise FaultRefusedError(error.reason, error.key) from None


def read_fault(section: Section) -> Fault:
    """The fault that a mapping of a file tells; ConfigError."""
    if section.take("kind") is None:
        section.refuse("kind", f"missing; one of {', '.join(KINDS)}")
    kind = section.choice("kind", tuple(KINDS))
    effect = KINDS[kind].read(section)
    fault = Fault(
        kind,
        effect,
        read_route(section),
        read_window(section),
        section.integer("count", low=1, high=MAX_COUNT) if section.take("count") else None,
        section.number("probability", 1.0, high=1),
    )
    section.done()
    return fault


def _instant(tick: int) -> str:
    return datetime.fromtimestamp(tick, UTC).isoformat().replace("+00:00", "Z")
