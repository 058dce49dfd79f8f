"""Signed URLs: whoever holds one may use this method on this path until it expires, and needs no key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

MAX_EXPIRY_DIGITS = 12
READING = ("GET", "HEAD")


class Signer:
    """HMAC-SHA256 over method, path and expiry, with a secret of at least 32 bytes."""

    def __init__(self, secret: bytes, now: Callable[[], datetime]) -> None:
        self._secret = secret
        self._now = now

    def signed(self, method: str, path: str, expires_s: float) -> str:
        """The path, quoted, with a query that lets it through. What may be GET may be HEAD."""
        expires = str(int(self._now().timestamp() + expires_s))
        return f"{quote(path)}?{urlencode({'expires': expires, 'signature': self._signature(method, path, expires)})}"

    def refusal(self, method: str, path: str, query: Mapping[str, str]) -> str | None:
        """Why this request may not pass, in a sentence; None when it may. `path` is unquoted."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) <= MAX_EXPIRY_DIGITS):
            return "this address is not signed; ask for a new one"
        expected = self._signature("GET" if method in READING else method, path, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            return "the signature is not of this method and path; ask for a new address"
        return "this address has expired; ask for a new one" if int(expires) <= self._now().timestamp() else None

    def _signature(self, method: str, path: str, expires: str) -> str:
        # The parts are joined by a character that none of them can have: no two requests share a text.
        text = "\n".join((method, quote(path), expires))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
