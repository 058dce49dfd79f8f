"""What the edge counts: read by `serverInfo` and by `/metrics`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from server.graphql.operations import RefusedError
from server.turned_away import Tally


@dataclass(slots=True)
class Meters:
    """Event loop only. Keys of the counters come from closed sets, so that none can grow without end.

    `live_*` are numbers of the moment (see `schema.ports.Live`); all others only grow.
    """

    operations: int = 0
    sources: int = 0
    sockets: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    """By kind of operation: query, mutation, subscription."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that were not run, by `extensions.code`."""
    over_limit: Counter[str] = field(default_factory=Counter)
    """By the limit's name in the configuration; with `report_only` too."""
    turned_away: Tally = field(default_factory=Tally)
    """Connections and requests of all faces that ended before a face saw them."""
    failed: int = 0
    """Answers with an INTERNAL error."""
    events_delivered: int = 0
    events_dropped: int = 0
    slow_readers: int = 0
    documents_known: int = 0
    documents_new: int = 0

    def refuse(self, refusal: RefusedError) -> None:
        """Count a request that was not run, by the code of its first error. Whatever carried the request calls this."""
        self.refused[str((refusal.errors[0].extensions or {}).get("code"))] += 1
