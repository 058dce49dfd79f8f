"""What happens to a document that is over a limit: it is counted, and refused unless only reports are wanted."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog

from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import refused

log = structlog.get_logger("busbar.graphql")

LOG_EVERY_S = 60.0
TOLD = {
    "max_document_bytes": "the document has {asked} bytes, more than {allowed}: send long values as variables",
    "max_tokens": "the document has more than {allowed} tokens: ask in several requests",
    "max_depth": "the document is {asked} fields deep, more than {allowed}: ask for the rest by another request",
    "max_aliases": "the document has {asked} aliases, more than {allowed}: ask for lists, or in several requests",
    "max_directives": "the document has {asked} directives, more than {allowed}: ask in several requests",
    "max_comparisons": "fields are repeated until comparing them takes more than {allowed} steps: ask for each once",
    "max_cost": "the operation may cost {asked}, more than {allowed}: ask for smaller pages",
}


class Overruns:
    """Speaks of limits by their names in the configuration."""

    def __init__(self, limits: Limits, meters: Meters, seconds: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._meters = meters
        self._seconds = seconds
        self._logged: dict[str, float] = {}

    def check(self, limit: str, asked: int) -> bool:
        """Whether it is over the limit, and let through all the same; raises RefusedError otherwise."""
        return asked > getattr(self._limits, limit) and self.over(limit, asked)

    def over(self, limit: str, asked: int | None = None) -> bool:
        """True, as only reports are wanted; raises RefusedError otherwise. Without `asked`: nobody counted on."""
        self._meters.over_limit[limit] += 1
        allowed: int = getattr(self._limits, limit)
        details: dict[str, Any] = {"limit": limit, "allowed": allowed, **({} if asked is None else {"asked": asked})}
        if not self._limits.report_only:
            told = TOLD[limit].format(allowed=f"{allowed:,}", asked=f"{asked or 0:,}")
            raise refused(told, "LIMIT_EXCEEDED", **details)
        self._report(limit, details)
        return True

    def _report(self, limit: str, details: dict[str, Any]) -> None:
        now = self._seconds()
        if now - self._logged.get(limit, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged[limit] = now
            log.warning("over a limit, let through", **details)
