"""A scenario: what happens to a panel, and when, counted from when it is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from emulator.errors import EmulatorError, ScenarioRefusedError
from emulator.faults.times import Moment, resolved
from emulator.scenarios.action import Action

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel

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

    def beginnings(self, panel: EmulatedPanel, began: int) -> list[int]:
        """When each step happens first if it is played on `panel` from tick `began` on.

        ScenarioRefusedError for a panel that lacks what a step is about, or is past a step already.
        """
        zone = ZoneInfo(panel.device.config.time_zone)
        firsts = [resolved(step.at, began, zone) for step in self.steps]
        for number, (step, first) in enumerate(zip(self.steps, firsts, strict=True), start=1):
            if first < began:
                raise ScenarioRefusedError(f"scenario {self.name}: step {number} lies in the panel's past")
            try:
                step.action.check(panel)
            except EmulatorError as error:
                hint = f"; it is written for the shipped panel {self.written_for}" if self.written_for else ""
                raise ScenarioRefusedError(f"scenario {self.name} cannot be played here: {error}{hint}") from error
        return firsts
