"""How much may be asked of one field, by name; what a document may ask for is `server/graphql/limits.py`."""

from __future__ import annotations

from schema.errors import BadInputError

MAX_PAGE = 500  # rows of one page, and ids of one `nodes`
MAX_POINTS = 50_000  # points of one series
MIN_EVERY_MS = 100
MAX_EVERY_MS = 3_600_000
MAX_CIRCUITS = 500  # circuits of one power feed
MAX_TOPICS = 50  # topics of one event feed
MAX_LEVEL_ROWS = 20_000  # rows of one level of the lab, over all its parents
MAX_LEVEL_VALUES = 4_000_000  # numbers of all series at one place of a document
MAX_SERIES_COLUMNS = 50  # columns of one series
MAX_APPEND_COLUMNS = 200  # columns of one append
MAX_TAGS = 50  # tags of one filter
MAX_TEXT_CHARACTERS = 1000  # a text to compare with, or a column's name
MAX_SEARCH_CHARACTERS = 200  # what is searched for
MAX_ID_CHARACTERS = 512
MAX_CURSOR_CHARACTERS = 2048
MAX_PLACE_CHARACTERS = 16_384  # a cursor of a list, which holds the text that it is ordered by
MAX_TOPIC_CHARACTERS = 200


def within(argument: str, value: int, low: int, high: int) -> int:
    """The value, when it lies in [low, high]; raises BadInputError otherwise."""
    if not low <= value <= high:
        raise BadInputError(argument, f"{value} is not in {low} to {high:,}")
    return value
