"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Scope(IntEnum):
    """What a token is for; each includes those below it."""

    READ = 1  # looking and watching
    CONTROL = 2  # changing what is watched: relays, the plant, the lab's rows
    ADMIN = 3  # changing what busbar itself knows: panels, wiring, tokens

    @property
    def word(self) -> str:
        """As users write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks. `panels` are the serials that it may see and switch; None: all there are.

    Two viewers that are equal see the same, so they may share the answers to one question.
    """

    scope: Scope
    panels: frozenset[str] | None = None

    def sees(self, serial: str) -> bool:
        """Whether a panel is among its own."""
        return self.panels is None or serial in self.panels


EVERYBODY = Viewer(Scope.ADMIN)
"""Whoever comes while no token exists: this machine's own users."""
