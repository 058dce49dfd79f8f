"""The command log: who did what to one panel, at which simulated second, in which order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from emulator.control.plan import Answer

MAX_ENTRIES: Final = 10_000

Through: TypeAlias = Literal["control", "panel"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One command that was obeyed. `tick` is the panel's time when it was done; orders count over all panels.

    `through` says whether it came by the control or by the panel's own API, where `by` is the client's name.
    """

    order: int
    tick: int
    by: str
    through: Through
    verb: str
    arguments: Answer

    def as_json(self) -> dict[str, Any]:
        """The entry as it is shown, saved and replayed."""
        return {
            "order": self.order,
            "tick": self.tick,
            "by": self.by,
            "through": self.through,
            "verb": self.verb,
            "arguments": dict(self.arguments),
        }


@dataclass(frozen=True, slots=True)
class Done:
    """What a change answers: where it stands in the panel's log, and what else there is to tell."""

    serial: str
    entry: Entry
    answer: Answer = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer for one panel."""
        return {"serial": self.serial, **self.entry.as_json(), "answer": dict(self.answer)}


class CommandLog:
    """The last `limit` commands of one panel, oldest first. Only a log that has dropped none replays."""

    def __init__(self, limit: int = MAX_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self.dropped = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, entry: Entry) -> None:
        """Add the newest entry."""
        self.dropped += len(self._entries) == self._entries.maxlen
        self._entries.append(entry)

    def clear(self) -> None:
        """Begin a new log, as a reset does."""
        self._entries.clear()
        self.dropped = 0
