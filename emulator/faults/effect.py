"""What a fault does when it strikes. Each kind is one small frozen class whose fields are the keys it is told by."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from emulator.configuration.section import Section
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit


class Effect(Protocol):
    """One kind of trouble."""

    stage: ClassVar[Stage]

    @classmethod
    def read(cls, section: Section) -> Self:
        """Take the kind's own keys; ConfigError says what is possible."""

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:
        """Change the outcome and say so; False where there was nothing to change, which is no hit."""
