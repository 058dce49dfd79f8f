"""A command log as it was saved: checked whole before anything of it is done."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.control.log import MAX_ENTRIES, Entry, Through
from emulator.control.truth import fingerprint
from emulator.control.values import Seed, Tick
from emulator.control.verbs import TABLE
from emulator.device import Fidelity
from emulator.errors import ControlRefusedError
from emulator.panel import EmulatedPanel

SavedLog = Annotated[dict[str, Any], Field(description=f"what `commands` answers, of at most {MAX_ENTRIES} commands")]

MAX_WORD: Final = 200


class SavedEntry(BaseModel):
    """One command of a saved log."""

    model_config = ConfigDict(strict=True, extra="ignore")

    tick: Tick
    by: Annotated[str, Field(max_length=MAX_WORD)]
    through: Through
    verb: Annotated[str, Field(max_length=MAX_WORD)]
    arguments: dict[str, Any]


class Recording(BaseModel):
    """A whole log with what it began from; `complete` is false where the oldest entries are missing."""

    model_config = ConfigDict(strict=True, extra="ignore")

    configuration: str
    seed: Seed
    start: Tick
    fidelity: Fidelity
    until: Tick
    complete: bool
    commands: Annotated[list[SavedEntry], Field(max_length=MAX_ENTRIES)]

    @property
    def entries(self) -> list[Entry]:
        """The commands in their order; their numbers are given anew."""
        return [Entry(0, one.tick, one.by, one.through, one.verb, one.arguments) for one in self.commands]


def recorded(log: dict[str, Any], panel: EmulatedPanel) -> Recording:
    """The log, once it is sure that this panel can live through it; ControlRefusedError."""
    try:
        recording = Recording.model_validate(log)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(item) for item in ("log", *first["loc"]))
        raise ControlRefusedError(first["msg"], where, ["what `commands` answers"]) from None
    _fits(recording, panel)
    _is_in_order(recording)
    for number, entry in enumerate(recording.commands):
        verb = TABLE.get(entry.verb)
        if verb is None or verb.method == "GET":
            known = [path for path, one in TABLE.items() if one.method == "POST"]
            raise ControlRefusedError(f"no command is called {entry.verb[:40]!r}", f"log.commands.{number}", known)
        if verb.replays:
            verb.checked(entry.arguments)
    return recording


def _fits(recording: Recording, panel: EmulatedPanel) -> None:
    config = panel.device.config
    if not recording.complete:
        raise ControlRefusedError("its oldest commands are missing", "log", ["a log whose `complete` is true"])
    if (recording.configuration, recording.fidelity) != (fingerprint(config), panel.device.fidelity):
        needed = f"one of {config.serial}, {panel.device.fidelity}"
        raise ControlRefusedError("it is the log of another configuration, serial or fidelity", "log", [needed])


def _is_in_order(recording: Recording) -> None:
    ticks = [recording.start, *(one.tick for one in recording.commands), recording.until]
    if any(earlier > later for earlier, later in pairwise(ticks)):
        raise ControlRefusedError("its ticks go back somewhere", "log", ["start <= each tick, in order <= until"])
