"""Judges what readers of a log saw: every event once, in order, none left out, none made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from schema.ports import Event


class BrokenHistoryError(AssertionError):
    """A reader saw something that the log's promise rules out."""


def check(acknowledged: Iterable[Event], readers: Iterable[Iterable[Event]], kept: Iterable[Event]) -> None:
    """Raise BrokenHistoryError unless each reader saw 1, 2, 3 ... of every topic, and all that was acknowledged.

    `kept` is what the log holds in the end: whoever saw anything else saw what was never committed.
    """
    written, committed = _by_topic(acknowledged), _told(kept)
    for topic, events in written.items():
        sequences = sorted(event.seq for event in events)
        if len(set(sequences)) != len(sequences):
            raise BrokenHistoryError(f"two writers were given the same sequence in {topic}")
    if lost := _told(event for events in written.values() for event in events) - committed:
        raise BrokenHistoryError(f"the log has lost {min(lost)}, which was acknowledged")
    for number, reader in enumerate(readers):
        _check_reader(number, written, _by_topic(reader), committed)


def _check_reader(
    number: int,
    written: dict[str, list[Event]],
    seen: dict[str, list[Event]],
    committed: set[tuple[str, int, str, str, str]],
) -> None:
    for topic in written.keys() | seen.keys():
        told = _told(seen[topic])
        if made_up := told - committed:
            raise BrokenHistoryError(f"reader {number} of {topic} saw {min(made_up)}, which was never committed")
        sequences = [event.seq for event in seen[topic]]
        if sequences != list(range(1, len(sequences) + 1)):
            at = next(place for place, seq in enumerate(sequences) if seq != place + 1)
            raise BrokenHistoryError(f"reader {number} of {topic} saw {sequences[at]} where {at + 1} was due")
        if missed := _told(written[topic]) - told:
            raise BrokenHistoryError(f"reader {number} of {topic} never saw {min(missed)}, which was acknowledged")


def _told(events: Iterable[Event]) -> set[tuple[str, int, str, str, str]]:
    return {
        (event.topic, event.seq, event.subject, event.kind, str(sorted(event.data.items(), key=str)))
        for event in events
    }


def _by_topic(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.topic].append(event)
    return found
