"""How the events of a live feed may be shared between its viewers, and which of them a slow viewer may miss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Place = tuple[str, int]
"""A topic, and an event's number in it: growing in each topic, and no event of a feed has that of another."""


def _never(_event: Any) -> bool:  # noqa: ANN401 (whatever the feed yields)
    return False


def _always(_event: Any) -> bool:  # noqa: ANN401
    return True


@dataclass(frozen=True, slots=True)
class Delivery:
    """Declared on each field of Subscription; `server/graphql/feeds/cohorts.py` acts on it.

    `is_shared`: whoever asks the same is served from one source, by one execution for each event. Never with an
    `after`, whose replay is the viewer's own. `is_passing` says of an event whether a later one makes it worthless, so
    that a slow viewer gets the later one only. `begins_with_newest`: all events are passing, so that none is worked out
    before somebody can take it, and who joins late gets the last one at once. `place`, where a feed that resumes tells
    the same events in the same order as the shared one: once it has caught up, its viewer goes over to that one.
    """

    is_shared: bool
    is_passing: Callable[[Any], bool]
    begins_with_newest: bool = False
    place: Callable[[Any], Place] | None = None


NEWEST = Delivery(is_shared=True, is_passing=_always, begins_with_newest=True)
"""Values that are sampled: power, availability."""
EVERY = Delivery(is_shared=True, is_passing=_never)
"""Transitions: none is left out; a viewer that cannot keep up is told so, and resumes by its cursor."""
OWN = Delivery(is_shared=False, is_passing=_never)
"""Feeds that count, or that begin with what is there: each viewer has its own, and is waited for."""
