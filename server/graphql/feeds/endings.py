"""What viewers are told last."""

from __future__ import annotations

from graphql import GraphQLError

from schema.errors import StoppedError
from schema.ports import StoppingError
from server.graphql.feeds.mailbox import Ending
from server.graphql.limits import Limits


def stopping() -> GraphQLError:
    """What is told while the server stops."""
    return StoppedError(str(StoppingError()))


def too_slow(limits: Limits) -> GraphQLError:
    """What is told a reader whose mailbox is full."""
    text = (
        f"the reader is behind by more than {limits.mailbox_events:,} events or {limits.mailbox_bytes:,} bytes."
        " Subscribe again, with the last `cursor` that came as `after`: nothing is lost"
    )
    return GraphQLError(text, extensions={"code": "SLOW_READER"})


def because(error: GraphQLError) -> Ending:
    """The last word of an operation that ends in an error."""
    return Ending((error.formatted,))
