"""What becomes of one request once the faults have had their turn; `emulator.http.app` and `.socketless` act it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

import orjson

from emulator.http.exchange import JSON, Headers, Response

Ending = Literal["answer", "close", "reset", "hang", "offline"]

NO_STATUS: Final = 0
"""The status, in the journal, of a request that got no answer."""

UNANSWERED: Final = Response(503, b"")
"""Stands for an answer that there is not, or not yet; no client ever sees it."""


class Stage(IntEnum):
    """When a fault's turn comes, and which exclude each other (see `FaultBoard`)."""

    WAIT = 0
    CONNECTION = 1
    STATUS = 2
    CONTENT = 3
    BYTES = 4
    PACE = 5


class Visit(NamedTuple):
    """What faults know of a request. `idle_s`: the panel's seconds since the connection's last answer, None if new.

    `headers` is what the firmware puts on each answer.
    """

    method: str
    path: str
    tick: int
    idle_s: int | None = None
    headers: Headers = ()


@dataclass(slots=True)
class Outcome:
    """How a request ends.

    `wait_s` passes before anything else; the body leaves at `bytes_per_s`, and after `cut_at` bytes of it the
    connection is closed. A `hang` is closed after `hang_s`. `keep_alive_s` is how long the connection may idle from
    now on. All seconds are real ones. `hit` are the ids of the faults that struck.
    """

    response: Response = UNANSWERED
    ending: Ending = "answer"
    is_obeyed: bool = True
    wait_s: float = 0.0
    bytes_per_s: float | None = None
    cut_at: int | None = None
    hang_s: float = 0.0
    keep_alive_s: int | None = None
    hit: tuple[str, ...] = ()
    closed: frozenset[Stage] = frozenset()

    @property
    def status(self) -> int:
        """The status that the client sees, or `NO_STATUS`."""
        return self.response.status if self.ending == "answer" else NO_STATUS

    @property
    def is_plain(self) -> bool:
        """Whether the answer leaves as ever: at once, whole, and by a connection that stays."""
        changed = self.wait_s or self.bytes_per_s or self.keep_alive_s or self.cut_at is not None
        return self.ending == "answer" and not changed

    def end(self, ending: Ending, *, is_obeyed: bool) -> None:
        """No answer; `is_obeyed`: the panel did what was asked all the same."""
        self.ending, self.is_obeyed = ending, is_obeyed
        self.closed = frozenset(Stage)

    def rewrite(self, change: Callable[[Any], bool]) -> bool:
        """Let `change` alter the JSON of a good answer in place and say whether it did."""
        response = self.response
        if response.status != HTTPStatus.OK or JSON not in response.headers:
            return False
        content = orjson.loads(response.body)
        if not change(content):
            return False
        self.response = Response(response.status, orjson.dumps(content), response.headers)
        return True
