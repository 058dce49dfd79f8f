"""The log's rows. A topic's sequence is a counter in the topic's own row, raised in the transaction of the change.

An identity column would not do: its numbers are handed out before the commit, so a reader could pass one by that
is committed later, and a rolled back transaction would leave a hole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from schema.ports import Event, NewEvent
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.instants import from_us, to_us

# An event says what changed; a body this long is a document in the wrong place.
MAX_DATA_BYTES = 65_536

_strictly = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_AS_JSON_HAS_IT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS

_RAISE = """
INSERT INTO topic (name, seq) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET seq = seq + excluded.seq RETURNING id, seq
"""
_INSERT = "INSERT INTO event (topic_id, seq, at_us, subject, kind, data) VALUES (?, ?, ?, ?, ?, ?)"
_PAGE = """
SELECT id, seq, at_us, subject, kind, data FROM event WHERE topic_id = ? AND seq > ?
AND (? IS NULL OR subject IN (SELECT value FROM json_each(?))) ORDER BY seq LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a topic keeps: the events after `pruned` up to `seq`. (0, 0) for a topic nobody has used yet."""

    topic_id: int
    pruned: int
    seq: int


def append(connection: Connection, events: Sequence[NewEvent], at: datetime) -> list[Event]:
    """Add the events to the transaction under way, in their order; its commit makes them visible and rings the bell.

    Raises ValueError for data that is not JSON or is longer than MAX_DATA_BYTES.
    """
    kept: list[Event] = []
    for topic, group in groupby(events, key=attrgetter("topic")):
        kept += _append_to(connection, topic, list(group), at)
    return kept


def _append_to(connection: Connection, topic: str, events: list[NewEvent], at: datetime) -> list[Event]:
    bodies = [_body(event) for event in events]
    topic_id, last = connection.execute(_RAISE, (topic, len(events))).fetchone()
    connection.touched_topics.add(topic)
    at_us = to_us(at)
    first = last - len(events) + 1
    for seq, (event, body) in enumerate(zip(events, bodies, strict=True), first):
        connection.execute(_INSERT, (topic_id, seq, at_us, event.subject, event.kind, body))
    return [Event(topic, seq, at, event.subject, event.kind, event.data) for seq, event in enumerate(events, first)]


def _body(event: NewEvent) -> str:
    try:
        body = _written(event.data)
    except TypeError as error:
        raise ValueError(f"the data of {event.kind} for {event.subject!r} is not JSON: {error}") from error
    if len(body) > MAX_DATA_BYTES:
        raise ValueError(
            f"the data of {event.kind} for {event.subject!r} has {len(body)} bytes; an event holds {MAX_DATA_BYTES}"
        )
    return body


def _written(data: Mapping[str, Any]) -> str:
    """Fast where orjson is right; it writes NaN as null, and refuses half surrogates and long integers."""
    try:
        body = orjson.dumps(data, option=_AS_JSON_HAS_IT).decode()
    except TypeError:
        return _strictly(data)
    return _strictly(data) if "null" in body else body


def _read(body: str) -> Any:  # noqa: ANN401 (any JSON object)
    """Fast where orjson is right, which it is when it would write the same again.

    It refuses half surrogates, and reads integers beyond 64 bits as floats.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)
    return found if orjson.dumps(found) == body.encode() else json.loads(body)


def log_id(connection: Connection) -> str:
    """Made with the file, and never changed."""
    (found,) = connection.execute("SELECT id FROM log").fetchone()
    return str(found)


def extents(connection: Connection) -> dict[str, Extent]:
    """What each topic keeps."""
    rows = connection.execute("SELECT name, id, pruned, seq FROM topic")
    return {name: Extent(topic_id, pruned, seq) for name, topic_id, pruned, seq in rows}


def page(
    connection: Connection, topic: str, extent: Extent, after: int, subjects: Sequence[str] | None, limit: int
) -> list[tuple[int, Event]]:
    """At most `limit` events of one topic after a sequence, each with its place in the order of all commits."""
    wanted = None if subjects is None else json.dumps(subjects)
    rows = connection.execute(_PAGE, (extent.topic_id, after, wanted, wanted, limit))
    return [
        (place, Event(topic, seq, from_us(at_us), subject, kind, _read(data)))
        for place, seq, at_us, subject, kind, data in rows
    ]


def prune(connection: Connection, keep: int, before: datetime) -> Mapping[str, int]:
    """Drop events beyond the newest `keep` of their topic, and those from before a time; how many of each topic.

    `pruned` moves with them, so that a cursor that would miss one is told so. Events leave in order of sequence: one
    that is stamped late by a wrong clock keeps those behind it until `keep` is reached.
    """
    dropped = {}
    for topic, extent in extents(connection).items():
        last = max(extent.seq - keep, _last_before(connection, extent, before))
        if last > extent.pruned:
            connection.execute("DELETE FROM event WHERE topic_id = ? AND seq <= ?", (extent.topic_id, last))
            connection.execute("UPDATE topic SET pruned = ? WHERE id = ?", (last, extent.topic_id))
            dropped[topic] = last - extent.pruned
    return dropped


def _last_before(connection: Connection, extent: Extent, before: datetime) -> int:
    """The last of the leading events that are older than `before`."""
    row = connection.execute(
        "SELECT seq FROM event WHERE topic_id = ? AND at_us >= ? ORDER BY seq LIMIT 1", (extent.topic_id, to_us(before))
    ).fetchone()
    return row[0] - 1 if row else extent.seq
