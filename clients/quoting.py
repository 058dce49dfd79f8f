"""Somebody else's words in our messages."""

from __future__ import annotations

LONGEST_QUOTE = 300


def quoted(text: str, secret: str | None) -> str:
    """Printable, short, without our key."""
    hidden = text.replace(secret, "[hidden]") if secret else text
    return "".join(letter if letter.isprintable() else " " for letter in hidden)[:LONGEST_QUOTE].strip()
