"""How deep a document goes, and how many aliases and directives it has; fragments count where they are spread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TokenKind,
)

INTROSPECTION = {"__schema", "__type"}
MOST = 1_000_000_000
"""Nothing is counted further: fragments that spread fragments make numbers that nobody can read."""
DIGITS = 1_000
"""Of one number."""
NUMBERS = {TokenKind.INT, TokenKind.FLOAT}


class Measures(NamedTuple):
    """Of one selection set. A leaf is one field deep; `__schema` and `__type` are not deep at all."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0


def measured(document: DocumentNode) -> Measures:
    """The largest of each among the document's operations and fragments.

    Fragments that spread themselves, or that are not there, count nothing there: validation refuses them.
    Raises RecursionError for chains of fragments that nobody writes.
    """
    return _Tally(document).whole()


def long_number(document: DocumentNode) -> GraphQLError | None:
    """What is wrong with the first number of too many digits: Python does not read those, wherever they stand."""
    place = document.loc
    token = place.start_token if place else None
    while place is not None and token is not None:
        if token.kind in NUMBERS and token.end - token.start > DIGITS:
            return GraphQLError(f"a number has at most {DIGITS:,} digits", source=place.source, positions=[token.start])
        token = token.next
    return None


class _Tally:
    """Each fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._definitions = [
            each for each in document.definitions if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
        ]
        self._fragments = {each.name.value: each for each in self._fragments_of()}
        self._known: dict[str, Measures] = {}

    def _fragments_of(self) -> Iterator[FragmentDefinitionNode]:
        return (each for each in self._definitions if isinstance(each, FragmentDefinitionNode))

    def whole(self) -> Measures:
        """The largest of each."""
        each = [self._definition(definition) for definition in self._definitions]
        depths, aliases, directives = zip(*each, strict=True) if each else ((0,), (0,), (0,))
        return Measures(max(depths), max(aliases), max(directives))

    def _definition(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> Measures:
        if isinstance(definition, FragmentDefinitionNode):
            return self._fragment(definition.name.value)
        found = self._selections(definition.selection_set)
        own = len(_of(definition.directives))
        own += sum(len(_of(variable.directives)) for variable in definition.variable_definitions or ())
        return found._replace(directives=found.directives + own)

    def _fragment(self, name: str) -> Measures:
        if name not in self._known:
            self._known[name] = Measures()
            if name in self._fragments:
                fragment = self._fragments[name]
                found = self._selections(fragment.selection_set)
                directives = found.directives + len(_of(fragment.directives))
                depth = 0 if fragment.type_condition.name.value.startswith("__") else found.depth
                self._known[name] = Measures(depth, found.aliases, directives)
        return self._known[name]

    def _selections(self, selection_set: SelectionSetNode) -> Measures:
        depth = aliases = directives = 0
        for selection in selection_set.selections:
            found = self._selection(selection)
            depth = max(depth, found.depth)
            aliases += found.aliases
            directives += found.directives + len(_of(selection.directives))
        return Measures(depth, min(aliases, MOST), min(directives, MOST))

    def _selection(self, selection: SelectionNode) -> Measures:
        if isinstance(selection, FieldNode):
            return self._field(selection)
        if isinstance(selection, InlineFragmentNode):
            return self._selections(selection.selection_set)
        return self._fragment(selection.name.value)  # type: ignore[attr-defined]  # the third kind: a spread

    def _field(self, field: FieldNode) -> Measures:
        below = self._selections(field.selection_set) if field.selection_set else Measures()
        is_alias = field.alias is not None and field.name.value != "__typename"
        depth = 0 if field.name.value in INTROSPECTION else below.depth + 1
        return Measures(depth, below.aliases + is_alias, below.directives)


def _of(directives: Iterable[DirectiveNode] | None) -> tuple[DirectiveNode, ...]:
    return tuple(directives or ())
