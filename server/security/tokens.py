"""The text of a token: how one is made, told apart, and found in what a client sends. None is ever written down."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping

MAX_TOKEN_CHARACTERS = 500
TOKEN_HEADERS = ("x-api-key", "authorization")
TOKEN_BYTES = 32
PREFIX = "busbar_"
"""What secret scanners know a token by that got into a repository or a log."""


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """A token of 256 random bits, as 43 characters of A-Z, a-z, 0-9, `-` and `_` behind the prefix."""
    return PREFIX + base64.urlsafe_b64encode(random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


def hashed(token: str) -> bytes:
    """SHA-256 of the token. It needs no salt and no slow hash: 256 random bits are in no dictionary."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def given_token(headers: Mapping[str, object]) -> str | None:
    """The token in `X-API-Key: TOKEN` or `Authorization: Bearer TOKEN`, in this order; None without one.

    `headers` are those of a request, or the payload of a socket's `connection_init`, in any spelling of their names.
    """
    found = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    scheme, _, bearer = found.get("authorization", "").partition(" ")
    return found.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" and bearer.strip() else None)
