"""Search in the graph: what people type, over the names, serials and notes of all three domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from schema import ports
from schema.bounds import MAX_PAGE, MAX_SEARCH_CHARACTERS, within
from schema.context import Info
from schema.errors import BadInputError
from schema.fields import field
from schema.node import Node, write_id
from schema.nodes import find
from schema.pages import First
from schema.ports import EntityKind, SearchedField
from schema.words import shown

shown(
    EntityKind,
    "What can be found.",
    {
        "PANEL": "By name and serial.",
        "CIRCUIT": "By its name on the panel, as busbar last told it.",
        "CELL_SPECIFICATION": "By name and notes.",
        "CELL_INSTANCE": "By name and notes.",
        "CELL_MEASUREMENT": "By name and notes.",
        "BATCH": "By its `batchId`.",
        "MACHINE": "By line and stage: anode/coating.",
    },
)
shown(
    SearchedField,
    "Where words are looked for.",
    {"NAME": "What it is called.", "SERIAL": "What its maker numbered it.", "NOTES": "What there is to say about it."},
)

Text = Annotated[
    str,
    strawberry.argument(
        description=f"Words, or their beginnings, in any order; case and accents do not count. All are to be found in "
        f"one thing. At most {MAX_SEARCH_CHARACTERS} characters."
    ),
]
Kinds = Annotated[
    list[EntityKind] | None, strawberry.argument(description="Only things of these kinds; of all kinds without it.")
]


@strawberry.type(description="A matched word in a text: the code points from `start` up to `end`, the end excluded.")
class SearchSpan:
    """For whoever shows it in bold."""

    start: int = strawberry.field(description="The first code point, from 0.")
    end: int = strawberry.field(description="The one behind the last.")


@strawberry.type(description="A field that matched.")
class SearchMatch:
    """A hit has one for each field that matched."""

    field: SearchedField = strawberry.field(description="Where the words were found.")
    text: str = strawberry.field(description="The whole of a name or serial; of long notes, an excerpt.")
    spans: list[SearchSpan] = strawberry.field(description="Where the words lie in `text`.")

    @classmethod
    def of(cls, match: ports.Match) -> SearchMatch:
        """The noun, as the API shows it."""
        return cls(
            field=match.field,
            text=match.text,
            spans=[SearchSpan(start=each.start, end=each.end) for each in match.spans],
        )


@strawberry.type(description="A thing that was found.")
class SearchHit:
    """The thing itself is there to be asked on."""

    kind: EntityKind = strawberry.field(description="What it is.")
    node: Node = strawberry.field(description="The thing.")
    matches: list[SearchMatch] = strawberry.field(description="Where the words were found; never empty.")


@strawberry.type
class SearchQueries:
    """The part of Query that finds things by their words."""

    @field("Things with these words in their names, serials or notes, the best first.")
    async def search(self, info: Info, text: Text, kinds: Kinds = None, first: First = 20) -> list[SearchHit]:
        """Raises BadInputError for a text without words, for a long one, and for too many hits."""
        within("first", first, 0, MAX_PAGE)
        words = _words(text)
        wanted = list(EntityKind) if kinds is None else kinds
        hits = await info.context.search.find(words, wanted, first) if wanted and first else []
        return await _with_nodes(info, hits)


async def _with_nodes(info: Info, hits: Sequence[ports.Hit]) -> list[SearchHit]:
    """What is gone meanwhile, or not shown now, as the circuits of a panel that was never reached, is left out."""
    nodes = await find(info, "text", [write_id(hit.kind.value, *hit.keys) for hit in hits])
    return [
        SearchHit(kind=hit.kind, node=node, matches=[SearchMatch.of(each) for each in hit.matches])
        for hit, node in zip(hits, nodes, strict=True)
        if node is not None
    ]


def _words(text: str) -> list[str]:
    if len(text) > MAX_SEARCH_CHARACTERS:
        raise BadInputError("text", f"has {len(text):,} characters, at most {MAX_SEARCH_CHARACTERS} are looked for")
    printable = "".join(each if each.isprintable() else " " for each in text)
    words = printable.split()
    if not words:
        raise BadInputError("text", "is empty; give a word, or the beginning of one")
    return words
