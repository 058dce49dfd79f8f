"""What becomes of one request once the faults have had their turn; `emulator.app` and `.transport` act it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

import orjson

from emulator.exchange import JSON, Headers, Response

Ending = Literal["answer", "close", "reset", "hang", "offline"]

NO_ANSWER = 0
"""The status, in the journal, of a request that got none."""


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

    response: Response | None = None
    ending: Ending = "answer"
    is_obeyed: bool = True
    wait_s: float = 0.0
    bytes_per_s: float | None = None
    cut_at: int | None = None
    hang_s: float = 0.0
    keep_alive_s: int | None = None
    hit: tuple[str, ...] = ()
    closed: set[Stage] = field(default_factory=set)

    @property
    def status(self) -> int:
        """The status that the client sees, or `NO_ANSWER`."""
        return self.response.status if self.response is not None and self.ending == "answer" else NO_ANSWER

    @property
    def is_plain(self) -> bool:
        """Whether the answer leaves as ever: at once, whole, and by a connection that stays."""
        return self.ending == "answer" and not self.wait_s and self.bytes_per_s is None and self.cut_at is None

    def end(self, ending: Ending, *, is_obeyed: bool) -> None:
        """No answer; `is_obeyed`: the panel did what was asked all the same."""
        self.ending, self.is_obeyed = ending, is_obeyed
        self.closed.update(Stage)

    def rewrite(self, change: Callable[[Any], bool]) -> bool:
        """Let `change` alter the JSON of a good answer in place and say whether it did."""
        response = self.response
        if response is None or response.status != HTTPStatus.OK or JSON not in response.headers:
            return False
        content = orjson.loads(response.body)
        if not change(content):
            return False
        self.response = Response(response.status, orjson.dumps(content), response.headers)
        return True
