"""Tokens that let a client in: kept as hashes, compared in constant time, never written anywhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

MAX_TOKEN_CHARACTERS = 500
TOKEN_HEADERS = ("x-api-key", "authorization")


class Tokens:
    """The tokens that are good. Without any, everyone is let in, which is for this machine alone."""

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        self._hashes = tuple(_hash(token) for token in tokens)

    @property
    def are_needed(self) -> bool:
        """Whether there are any."""
        return bool(self._hashes)

    def admit(self, token: str | None) -> bool:
        """Whether this token, or nobody's, is good enough."""
        if not self._hashes:
            return True
        given = _hash((token or "")[: MAX_TOKEN_CHARACTERS + 1])
        # Every hash is looked at, so that the time taken tells nothing of the place of the right one.
        return sum(hmac.compare_digest(given, known) for known in self._hashes) > 0


def given_token(headers: Mapping[str, object]) -> str | None:
    """The token in `X-API-Key: TOKEN` or `Authorization: Bearer TOKEN`, in this order; None without one.

    `headers` are those of a request, or the payload of a socket's `connection_init`, in any spelling of their names.
    """
    found = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    scheme, _, bearer = found.get("authorization", "").partition(" ")
    return found.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" and bearer.strip() else None)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
