"""What a token must be for to ask one of the REST faces. The graph has rules of its own, for each field."""

from __future__ import annotations

from starlette.types import Scope as AsgiScope

from schema.ports import Scope

LOOKING = ("GET", "HEAD", "OPTIONS")
CHECKED_ELSEWHERE = ("/graphql", "/storage/")
"""By the rules of its fields; by the signature in the address."""


def needed(scope: AsgiScope) -> Scope:
    """The scope that this request or socket wants: to look, READ; to change the lab's rows or the plant, CONTROL."""
    if scope["type"] == "websocket" or scope["method"] in LOOKING or scope["path"].startswith(CHECKED_ELSEWHERE):
        return Scope.READ
    return Scope.CONTROL
