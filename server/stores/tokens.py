"""The port of the tokens' store: whom the server lets in. The server only reads it; `busbar token` writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schema.ports import Viewer


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token that was given out, of which only the SHA-256 is kept. Times are aware UTC; `expires_at` None: never."""

    id: str
    name: str
    sha256: bytes = field(repr=False)
    viewer: Viewer
    created_at: datetime
    expires_at: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        """Whether it lets nobody in any more."""
        return self.expires_at is not None and self.expires_at <= now


class TokenStore(Protocol):
    """What `busbar token` has written by now."""

    async def all(self) -> list[TokenRecord]:
        """Every token that was not revoked, expired ones too, the oldest first."""


class TokenError(Exception):
    """A token could not be made or revoked; the text is one line that says why and what to do."""


class TokenNameTakenError(TokenError):
    """Another token has this name."""


class TooManyTokensError(TokenError):
    """There are as many as there may be."""


class NoSuchTokenError(TokenError):
    """No token has this id or name."""
