"""Bytes: an answer that is cut short, or is no JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from emulator.configuration.section import Section
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit
from emulator.http.exchange import Response

LARGEST_SHARE: Final = 0.999


@dataclass(frozen=True, slots=True)
class Truncated:
    """The whole length is promised, `share` (0..0.999) of the body comes, and the connection is closed."""

    stage: ClassVar = Stage.BYTES
    share: float = 0.5

    @classmethod
    def read(cls, section: Section) -> Self:
        """`share`, half unless given."""
        return cls(section.number("share", 0.5, high=LARGEST_SHARE))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Cut; the shortest cut holds."""
        if not outcome.response.body:
            return False
        cut_at = int(len(outcome.response.body) * self.share)
        outcome.cut_at = cut_at if outcome.cut_at is None else min(cut_at, outcome.cut_at)
        return True


@dataclass(frozen=True, slots=True)
class InvalidJson:
    """A comma too many before the last bracket, with a length that fits."""

    stage: ClassVar = Stage.BYTES

    @classmethod
    def read(cls, section: Section) -> Self:  # noqa: ARG003  # as all effects
        """No keys of its own."""
        return cls()

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Spoil a JSON body."""
        response = outcome.response
        if response.body[-1:] not in (b"}", b"]"):
            return False
        body = response.body[:-1] + b"," + response.body[-1:]
        outcome.response = Response(response.status, body, response.headers)
        return True
