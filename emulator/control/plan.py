"""What a verb has found out before anything changes: a plan can no longer be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Answer: TypeAlias = Mapping[str, Any]


def _nothing() -> Iterator[None]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Plan:
    """`pieces` is the long part, each piece of a few milliseconds; `finish` ends it and answers.

    `passes_s` is how much simulated time it lets pass; `logged` replaces the arguments in the command log. After a plan
    that `is_brief` nobody else has a turn, so that what was found out for the next panel is still true.
    """

    finish: Callable[[], Answer]
    pieces: Callable[[], Iterator[None]] = _nothing
    passes_s: int = 0
    logged: Answer | None = None
    is_brief: bool = False
