"""Media types: what a request is written in, and what its answer may be written in (RFC 9110, 8.3 and 12.5.1)."""

from __future__ import annotations

from functools import lru_cache

JSON = b"application/json"
GRAPHQL = b"application/graphql-response+json"
EVENTS = b"text/event-stream"
HTML = b"text/html"
MAX_REMEMBERED_BYTES = 200


def is_json(content_type: bytes) -> bool:
    """Whether it is `application/json`, in UTF-8 if it says so; no relative of it is."""
    return content_type == JSON or _is_json(content_type)


def accepted(accept: bytes) -> bytes | None:
    """What the answer is to be written in: JSON, GRAPHQL or EVENTS; None when nothing that is there will do.

    Who names the newer type gets it, unless it prefers another. A wildcard means JSON, as it did before there was a
    newer one, and never a stream.
    """
    return _remembered(accept) if len(accept) <= MAX_REMEMBERED_BYTES else _accepted(accept)


def accepts(accept: bytes, media_type: bytes) -> bool:
    """Whether this type is named, and not with `q=0`."""
    return media_type in accept.lower() and dict(_ranges(accept)).get(media_type, 0.0) > 0


def _accepted(accept: bytes) -> bytes | None:
    ranges = dict(_ranges(accept))
    offers = [(_quality(ranges, offer, wide), wish, offer) for offer, wide, wish in _OFFERS]
    quality, _, best = max(offers)
    return best if quality > 0 else None


_OFFERS = (
    (GRAPHQL, (), 3),
    (JSON, (b"application/*", b"*/*"), 2),
    (EVENTS, (), 1),
    (GRAPHQL, (b"application/*", b"*/*"), 0),
)
"""Media type, ranges that it is meant by too, and how much it is preferred to others of the same quality."""


def _quality(ranges: dict[bytes, float], offer: bytes, wide: tuple[bytes, ...]) -> float:
    """Of the narrowest range that means it; 0 where none does."""
    return next((ranges[each] for each in (offer, *wide) if each in ranges), 0.0)


def _ranges(accept: bytes) -> list[tuple[bytes, float]]:
    """Each range with its quality, 0 to 1; no header at all means that anything will do."""
    if not accept.strip(b", \t"):
        return [(b"*/*", 1.0)]
    found = []
    for each in accept.lower().split(b","):
        name, *parameters = (part.strip() for part in each.split(b";"))
        quality = next((value for key, _, value in (p.partition(b"=") for p in parameters) if key == b"q"), b"1")
        found.append((name, _number(quality)))
    return found


def _number(quality: bytes) -> float:
    """What is no quality is none."""
    try:
        number = float(quality)
    except ValueError:
        return 0.0
    return number if 0 <= number <= 1 else 0.0


def _is_json(content_type: bytes) -> bool:
    name, *parameters = (part.strip() for part in content_type.lower().split(b";"))
    charsets = [value.strip(b'"') for key, _, value in (p.partition(b"=") for p in parameters) if key == b"charset"]
    return name == JSON and all(charset == b"utf-8" for charset in charsets)


_remembered = lru_cache(maxsize=256)(_accepted)
