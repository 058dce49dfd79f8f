"""The connection: reset, closed without an answer, held for ever, cut after idling, or no panel at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from emulator.configuration.section import Section
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit

LONGEST_HANG_S: Final = 3600.0
"""Then the panel closes the connection, so that nothing is held for good."""

KEEP_ALIVE_S: Final = 5
LONGEST_KEEP_ALIVE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Reset:
    """RST instead of an answer; `obeys`: the panel has done what was asked before."""

    stage: ClassVar = Stage.CONNECTION
    obeys: bool = False

    @classmethod
    def read(cls, section: Section) -> Self:
        """`obeys`, false unless given."""
        return cls(section.flag("obeys", default=False))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Reset."""
        outcome.end("reset", is_obeyed=self.obeys)
        return True


@dataclass(frozen=True, slots=True)
class Close(Reset):
    """The connection is closed in good order, without an answer."""

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Close."""
        outcome.end("close", is_obeyed=self.obeys)
        return True


@dataclass(frozen=True, slots=True)
class Hang:
    """Neither an answer nor an end, until the client gives up or `seconds` (real ones) have passed."""

    stage: ClassVar = Stage.CONNECTION
    seconds: float = LONGEST_HANG_S
    obeys: bool = False

    @classmethod
    def read(cls, section: Section) -> Self:
        """`seconds`, an hour unless given, and `obeys`."""
        seconds = section.number("seconds", LONGEST_HANG_S, high=LONGEST_HANG_S)
        return cls(seconds, section.flag("obeys", default=False))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Hold the connection."""
        outcome.end("hang", is_obeyed=self.obeys)
        outcome.hang_s = self.seconds
        return True


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Idle connections are closed after `idle_s`.

    The socket is closed after so many real seconds. A request that comes by a connection which has idled for longer in
    the panel's own time gets no answer: closing and asking have crossed on the wire. Only that is a hit.
    """

    stage: ClassVar = Stage.CONNECTION
    idle_s: int = KEEP_ALIVE_S

    @classmethod
    def read(cls, section: Section) -> Self:
        """`idle_s`, 5 unless given."""
        return cls(section.integer("idle_s", KEEP_ALIVE_S, low=1, high=LONGEST_KEEP_ALIVE_S))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Close what has idled, and shorten the others' time."""
        outcome.keep_alive_s = self.idle_s
        if visit.idle_s is None or visit.idle_s <= self.idle_s:
            return False
        outcome.end("close", is_obeyed=False)
        return True


@dataclass(frozen=True, slots=True)
class Offline:
    """Nobody at home: connections are reset as they are made, and no request is seen."""

    stage: ClassVar = Stage.CONNECTION

    @classmethod
    def read(cls, section: Section) -> Self:
        """No keys of its own; it is about all routes, always."""
        for key in ("route", "method", "count", "probability"):
            if key in section:
                section.refuse(key, "an offline panel is so for everyone; give from, to or for")
        return cls()

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Be nowhere."""
        outcome.end("offline", is_obeyed=False)
        return True
