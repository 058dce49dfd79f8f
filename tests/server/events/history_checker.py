"""Judges what readers of a log saw: every event once, in order, none left out, none made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from schema.ports import Event


class BrokenHistoryError(AssertionError):
    """A reader saw something that the log's promise rules out."""


def check(acknowledged: Iterable[Event], readers: Iterable[Iterable[Event]]) -> None:
    """Raise BrokenHistoryError unless each reader saw 1, 2, 3 ... of every topic, and all that was acknowledged."""
    written = _by_topic(acknowledged)
    for topic, events in written.items():
        sequences = sorted(event.seq for event in events)
        if len(set(sequences)) != len(sequences):
            raise BrokenHistoryError(f"two writers were given the same sequence in {topic}")
    for number, reader in enumerate(readers):
        _check_reader(number, written, _by_topic(reader))


def _check_reader(number: int, written: dict[str, list[Event]], seen: dict[str, list[Event]]) -> None:
    for topic in written.keys() | seen.keys():
        sequences = [event.seq for event in seen[topic]]
        if sequences != list(range(1, len(sequences) + 1)):
            at = next(place for place, seq in enumerate(sequences) if seq != place + 1)
            raise BrokenHistoryError(f"reader {number} of {topic} saw {sequences[at]} where {at + 1} was due")
        told = {(event.seq, event.subject, event.kind, str(event.data)) for event in seen[topic]}
        missed = {(event.seq, event.subject, event.kind, str(event.data)) for event in written[topic]} - told
        if missed:
            raise BrokenHistoryError(f"reader {number} of {topic} never saw {min(missed)}, which was acknowledged")


def _by_topic(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.topic].append(event)
    return found
