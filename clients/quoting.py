"""Somebody else's words in our messages."""

from __future__ import annotations

import re

LONGEST_QUOTE = 300
# From the beginning of a word only and never back again, so that a long one takes no longer than it must.
_LOGIN = re.compile(r"(?<![^\s/@'\"])[^\s/@'\"]++@")


def anonymous(text: str) -> str:
    """Without the user and password that stand before an @, as in an address."""
    return _LOGIN.sub("***@", text)


def quoted(text: str, secret: str | None) -> str:
    """Printable, short, without our key."""
    hidden = text.replace(secret, "[hidden]") if secret else text
    return "".join(letter if letter.isprintable() else " " for letter in hidden)[:LONGEST_QUOTE].strip()
