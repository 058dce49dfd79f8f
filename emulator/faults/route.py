"""Which requests a fault is about: a pattern over the path, and a method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from emulator.configuration.section import Section
from emulator.firmware import API
from emulator.http.routes import OPERATIONS

ANY: Final = "*"
METHODS: Final = tuple(sorted({operation.method for operation in OPERATIONS}))
CIRCUIT: Final = "/circuits/"

_DOCUMENTATION: Final = (("GET", "/openapi.json"), ("GET", "/docs"))
_KNOWN: Final = (*((operation.method, operation.path) for operation in OPERATIONS), *_DOCUMENTATION)


@dataclass(frozen=True, slots=True)
class Route:
    """A path below /api/v1 ("/circuits"), all that begin alike ("/circuits/*") or all there are ("*"), and a method."""

    pattern: str = ANY
    method: str = ANY

    def matches(self, method: str, path: str) -> bool:
        """Whether a request, its path as it was sent, is meant."""
        if self.method not in (ANY, method):
            return False
        if self.pattern == ANY:
            return True
        below = unquote(path.removeprefix(API))
        return below.startswith(self.pattern[:-1]) if self.pattern.endswith(ANY) else below == self.pattern

    @property
    def circuit_id(self) -> str | None:
        """The one circuit that the pattern names."""
        named = self.pattern.removeprefix(CIRCUIT)
        return None if named in (self.pattern, "") or ANY in named else named


def read_route(section: Section) -> Route:
    """The keys `route` and `method`; refused with the list of what there is."""
    method = section.text("method", ANY).upper()
    if method not in (*METHODS, ANY):
        section.refuse("method", f"{method!r:.40} is unknown; one of {', '.join(METHODS)}, or * for all")
    pattern = section.text("route", ANY).removeprefix(API)
    reached = [known for known, path in _KNOWN if _reaches(pattern, path)]
    if not reached:
        listed = ", ".join(dict.fromkeys(path for _, path in _KNOWN))
        section.refuse("route", f"{pattern!r:.80} is no path of the panel; * is all, and there are {listed}")
    if method not in (*reached, ANY):
        section.refuse("method", f"nothing at {pattern} takes {method}; there are {', '.join(dict.fromkeys(reached))}")
    return Route(pattern, method)


def _reaches(pattern: str, path: str) -> bool:
    """Whether some request to `path`, which may end in a {variable}, matches."""
    if ANY in pattern[:-1]:
        return False
    head, variable, _ = path.partition("{")
    if pattern.endswith(ANY):
        begins = pattern[:-1]
        return path.startswith(begins) or head.startswith(begins) or (bool(variable) and _is_item(begins, head))
    return pattern == path if not variable else _is_item(pattern, head) and pattern != head


def _is_item(path: str, head: str) -> bool:
    return path.startswith(head) and "/" not in path[len(head) :] and "{" not in path
