"""The door: knows the tokens by their hashes, and whom they let in.

On loopback nobody needs a token until one exists, from then on everybody does: connections that were let in without
end too, or a page that was left open would keep what the token was made to close. Tokens that have expired count: time
alone must not open the door again. To revoke the last one does, on loopback; a server that listens elsewhere never
opens.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schema.ports import EVERYBODY, Scope, Viewer
from server.clock import Clock
from server.security.attempts import Attempts, Limits
from server.security.door import Admitted
from server.security.tokens import MAX_TOKEN_CHARACTERS, hashed
from server.stores.tokens import TokenRecord

CONFIGURED = "configured"
WITHOUT_A_TOKEN = Admitted(EVERYBODY)
SEEN_BYTES = 8
_NO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class _Known:
    sha256: bytes
    admitted: Admitted
    expires_at: datetime | None


class Doorkeeper:
    """See `server.security.door.Door`. `configured` tokens have every scope and no end; `know` tells of the others."""

    def __init__(
        self,
        configured: Iterable[str] = (),
        clock: Clock | None = None,
        *,
        is_local: bool = True,
        limits: Limits | None = None,
    ) -> None:
        clock = clock or Clock()
        self._now, self._is_local = clock.now, is_local
        everything = Admitted(Viewer(Scope.ADMIN), CONFIGURED)
        self._configured = [_Known(hashed(token), everything, None) for token in configured]
        self._attempts = Attempts(clock.monotonic, limits or Limits())
        self._endings: dict[str | None, asyncio.Event] = {}
        self._by_hash: dict[bytes, _Known] = {}
        self._by_id: dict[str | None, _Known] = {}
        self.know([])

    @property
    def is_open(self) -> bool:
        """Whether nobody needs a token."""
        return self._is_local and not self._by_hash

    def know(self, records: Iterable[TokenRecord]) -> None:
        """Take these for the tokens there are besides the configured ones; ends what the others let in."""
        stored = [_Known(each.sha256, Admitted(each.viewer, each.id), each.expires_at) for each in records]
        known = [*self._configured, *stored]
        # Looked up by a part of its hash, and compared in constant time by the whole: how long the looking up takes
        # tells of hashes, of which nobody can make one that begins as another does without trying 2**64 tokens.
        self._by_hash = {each.sha256[:SEEN_BYTES]: each for each in known}
        self._by_id = {each.admitted.token_id: each for each in known}
        self.close_what_ended()

    def close_what_ended(self) -> None:
        """Answer `closed` for every token that was revoked or has expired by now. To be called again and again."""
        for token_id in [each for each in self._endings if not self._is_good(each)]:
            self._endings.pop(token_id).set()

    def admit(self, token: str | None, address: str) -> Admitted | None:
        """See the port. A good token gets in from any address: 256 bits are not guessed, with or without pauses."""
        if self.is_open:
            return WITHOUT_A_TOKEN
        if token is None:
            return None
        found = self._found(token)
        if found is None:
            self._attempts.failed(address)
        return found

    def pause_s(self, address: str) -> float:
        """See the port."""
        return self._attempts.pause_s(address)

    async def closed(self, admitted: Admitted) -> None:
        """See the port."""
        if self._is_good(admitted.token_id):
            await self._endings.setdefault(admitted.token_id, asyncio.Event()).wait()

    def _found(self, token: str) -> Admitted | None:
        given = hashed(token[: MAX_TOKEN_CHARACTERS + 1])
        known = self._by_hash.get(given[:SEEN_BYTES])
        is_it = hmac.compare_digest(given, known.sha256 if known else _NO_HASH)
        return known.admitted if known and is_it and not self._has_expired(known) else None

    def _is_good(self, token_id: str | None) -> bool:
        if token_id is None:
            return self.is_open
        known = self._by_id.get(token_id)
        return known is not None and not self._has_expired(known)

    def _has_expired(self, known: _Known) -> bool:
        return known.expires_at is not None and known.expires_at <= self._now()
