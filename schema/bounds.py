"""How much one request may ask for: every limit of the API, by name."""

from __future__ import annotations

from schema.errors import BadInputError

MAX_PAGE = 500  # rows of one page, and ids of one `nodes`
MAX_POINTS = 50_000  # points of one series
MIN_EVERY_MS = 100
MAX_EVERY_MS = 3_600_000
MAX_CIRCUITS = 500  # circuits of one power feed
MAX_TOPICS = 50  # topics of one event feed
MAX_ID_CHARACTERS = 512
MAX_CURSOR_CHARACTERS = 2048
MAX_TOPIC_CHARACTERS = 200

MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_TOKENS = 1000
CACHED_DOCUMENTS = 256  # parsed and validated documents kept


def within(argument: str, value: int, low: int, high: int) -> int:
    """The value, when it lies in [low, high]; raises BadInputError otherwise."""
    if not low <= value <= high:
        raise BadInputError(argument, f"{value} is not in {low} to {high:,}")
    return value
