"""The event log in the graph: read it page by page, or follow it from a cursor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from schema import ports
from schema.bounds import MAX_PAGE, MAX_TOPIC_CHARACTERS, MAX_TOPICS, within
from schema.context import Info
from schema.delivery import EVERY, Place
from schema.errors import BadInputError
from schema.feeds import closed_after
from schema.fields import field, subscription
from schema.pages import First

TOPICS = ("panel", "cells", "plant", "joins")

_TOPIC_HELP = (
    f"One of {', '.join(TOPICS)}; `panel/nj-2316-00042`, `cells/ID` or `plant/batch/ID` narrows it to that subject"
)
Topics = Annotated[
    list[str] | None,
    strawberry.argument(description=f"{_TOPIC_HELP}. At most {MAX_TOPICS}; all topics without them."),
]
AfterCursor = Annotated[
    ports.Position | None,
    strawberry.argument(description="Only events behind this cursor; from the oldest kept without it."),
]
FollowAfter = Annotated[
    ports.Position | None,
    strawberry.argument(
        description="Replay all events behind this cursor first: each once, in order, none left out. "
        "Only what happens from now on without it."
    ),
]


@strawberry.type(description="Something that happened, as the log keeps it.")
class Event:
    """Also carried by subscriptions, hence its own cursor."""

    topic: str = strawberry.field(description="The domain: panel, cells, plant, or joins between them.")
    sequence: int = strawberry.field(description="1, 2, 3 ... in its topic, without gaps, in the order of commits.")
    at: datetime = strawberry.field(description="When it was noticed, by busbar's clock.")
    subject: str = strawberry.field(
        description="What it happened to: a panel's serial, the id of a row of the lab, or `batch/ID` in the plant."
    )
    kind: str = strawberry.field(description="What happened, in the past tense: CircuitRelayOpened.")
    data: JSON = strawberry.field(description="Its details, by kind.")
    cursor: ports.Position = strawberry.field(description="The place behind it: pass it as `after` to go on from here.")

    @classmethod
    def of(cls, event: ports.Event, behind: ports.Position) -> Event:
        """The noun, as the API shows it."""
        return cls(
            topic=event.topic,
            sequence=event.seq,
            at=event.at,
            subject=event.subject,
            kind=event.kind,
            data=_json(event.data),
            cursor=behind,
        )


@strawberry.type(description="An event and its place in the log.")
class EventEdge:
    """Relay's own words."""

    node: Event = strawberry.field(description="The event.")
    cursor: ports.Position = strawberry.field(description="The place behind it, as in `node.cursor`.")


@strawberry.type(description="Where a page stands in the log.")
class EventPageInfo:
    """Relay's own words."""

    has_next_page: bool = strawberry.field(description="Whether more events follow `endCursor` already.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: ports.Position | None = strawberry.field(
        description="The first event's cursor; null on an empty page."
    )
    end_cursor: ports.Position = strawberry.field(
        description="The place behind the page, also of an empty one: go on from here, or follow from here."
    )


@strawberry.type(description="One page of the log, oldest first.")
class EventConnection:
    """Relay's own words, and `nodes` for those who need no cursors."""

    edges: list[EventEdge] = strawberry.field(description="The events, each with its cursor.")
    nodes: list[Event] = strawberry.field(description="The events alone.")
    page_info: EventPageInfo = strawberry.field(description="Where this page stands in the log.")


@strawberry.type
class EventQueries:
    """The part of Query that is about what happened."""

    @field("What happened, oldest first, as far back as the log keeps it.")
    async def events(
        self, info: Info, topics: Topics = None, after: AfterCursor = None, first: First = 100
    ) -> EventConnection:
        """Raises BadInputError, and the log's own errors for a cursor that is foreign or too old."""
        within("first", first, 0, MAX_PAGE)
        wanted = filters(topics)
        found, end = await info.context.events.since(after, wanted, first + 1)
        return _page(found, after, end, first)

    @field(
        "The end of the log now. Ask for it before the state it goes with, then follow from it: "
        "nothing that happens in between is missed."
    )
    async def event_cursor(self, info: Info) -> ports.Position:
        """For clients that read the state first."""
        return await info.context.events.position()


def _place(event: Event) -> Place:
    return event.topic, event.sequence


@strawberry.type
class EventSubscriptions:
    """The part of Subscription that is about what happened."""

    @subscription(
        "Each event once, in order. After a loss of the connection, go on with the last event's `cursor`; "
        "when that is too old (CURSOR_EXPIRED), read the present state and follow anew.",
        replace(EVERY, place=_place),
    )
    async def events(self, info: Info, topics: Topics = None, after: FollowAfter = None) -> AsyncGenerator[Event, None]:
        """Raises BadInputError, and the log's own errors for a cursor that is foreign or too old."""
        wanted = filters(topics)
        if after is not None:
            await info.context.events.since(after, wanted, 1)  # refuses a bad cursor before the feed begins
        return _followed(info.context.events, after, wanted)


async def _followed(
    log: ports.Events, after: ports.Position | None, wanted: Sequence[ports.TopicFilter]
) -> AsyncGenerator[Event, None]:
    async with closed_after(log.follow(after, wanted)) as feed:
        async for event, behind in feed:
            yield Event.of(event, behind)


def filters(topics: Sequence[str] | None) -> list[ports.TopicFilter]:
    """What `topic` or `topic/subject` asks for; raises BadInputError for a topic that does not exist."""
    if topics is None:
        return [ports.TopicFilter(topic) for topic in TOPICS]
    if not 1 <= len(topics) <= MAX_TOPICS:
        raise BadInputError("topics", f"{len(topics)} given, 1 to {MAX_TOPICS} can be followed at once")
    return [_filter(topic) for topic in dict.fromkeys(topics)]


def _filter(wanted: str) -> ports.TopicFilter:
    topic, narrowed, subject = wanted.partition("/")
    if topic not in TOPICS or (narrowed and not subject) or len(wanted) > MAX_TOPIC_CHARACTERS:
        raise BadInputError("topics", f"there is no topic {wanted[:60]!r}; {_TOPIC_HELP}")
    return ports.TopicFilter(topic, subject or None)


def _page(
    found: Sequence[ports.Event], after: ports.Position | None, end: ports.Position, first: int
) -> EventConnection:
    """The first `first` of the events found; `end` is the place behind all of them."""
    cursors = positions(found, after, end)
    edges = [
        EventEdge(node=Event.of(event, behind), cursor=behind)
        for event, behind in zip(found[:first], cursors[1:], strict=False)
    ]
    more = len(found) > first
    info = EventPageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=cursors[len(edges)] if more else end,
    )
    return EventConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)


def positions(found: Sequence[ports.Event], after: ports.Position | None, end: ports.Position) -> list[ports.Position]:
    """The places before the first event, then behind each. A topic's place is right before its next event to come."""
    seqs = dict(end.seqs)
    for event in reversed(found):
        seqs[event.topic] = event.seq - 1
    seqs.update(after.seqs if after else {})
    places = [ports.Position(end.log_id, dict(seqs))]
    for event in found:
        seqs[event.topic] = event.seq
        places.append(ports.Position(end.log_id, dict(seqs)))
    return places


def _json(value: object) -> Any:  # noqa: ANN401 (any JSON value)
    """The value with plain dicts and lists, as JSON scalars want them."""
    if isinstance(value, Mapping):
        return {key: _json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    return value
