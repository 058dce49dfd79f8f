"""What the API asks of the search: which things have these words in their names, serials or notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class EntityKind(StrEnum):
    """What can be found; each value is the name of its type in the graph."""

    PANEL = "Panel"
    CIRCUIT = "Circuit"
    CELL_SPECIFICATION = "CellSpecification"
    CELL_INSTANCE = "CellInstance"
    CELL_MEASUREMENT = "CellMeasurement"
    BATCH = "Batch"
    MACHINE = "Machine"


class SearchedField(StrEnum):
    """Where words are looked for."""

    NAME = "name"
    SERIAL = "serial"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Span:
    """A matched word in a text: the characters (Unicode code points) from `start` up to `end`, the end excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A field that matched: the whole of a name or serial, an excerpt of long notes, and the words matched in it."""

    field: SearchedField
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that matched, by the keys of its global id, and where; never without a match."""

    kind: EntityKind
    keys: tuple[str, ...]
    matches: tuple[Match, ...]


class Search(Protocol):
    """One index over all three domains; it shows what is committed."""

    async def find(self, words: Sequence[str], kinds: Sequence[EntityKind], limit: int) -> Sequence[Hit]:
        """Things of these kinds with every word, or the beginning of one, in some field; the best first.

        Case and accents do not count. A word that holds neither letter nor digit asks for nothing; no words find
        nothing.
        """
