"""A scenario: what happens to a panel, and when, counted from when it is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.faults.times import Moment
from emulator.scenarios.action import Action

PREFIX: Final = "scenario "
"""What the command log calls whoever gives a scenario's commands, before the scenario's name."""

MAX_OCCURRENCES: Final = 10_000
"""How often one step that repeats may happen; then it is over."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline: an action at a moment.

    It comes again `every_s`, each time up to `jitter_s` earlier or later as the seed has it, `times` in all. After
    `lasts_s` it is undone.
    """

    at: Moment
    action: Action
    every_s: int | None = None
    jitter_s: int = 0
    lasts_s: int | None = None
    times: int = MAX_OCCURRENCES


@dataclass(frozen=True, slots=True)
class Scenario:
    """`good_client` says what a client should make of it; `written_for` is a shipped panel that has all it needs."""

    name: str
    description: str
    good_client: str
    steps: tuple[Step, ...]
    written_for: str | None = None

    @property
    def by(self) -> str:
        """Who gives its commands, for the panel's command log."""
        return PREFIX + self.name
