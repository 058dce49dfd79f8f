"""Documents of the graph that mostly fit the schema, of every field and argument that there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedOutputType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from tests.fuzz.values import Values, literal

KINDS = (OperationType.QUERY, OperationType.MUTATION)
FIELDS_PER_DOCUMENT = 60


@dataclass
class Written:
    """A document, and the variables to send with it."""

    kind: OperationType
    text: str
    variables: dict[str, Any] = field(default_factory=dict)


class Documents:
    """Draws one after another; `spared` are root fields that are left out."""

    def __init__(
        self, schema: GraphQLSchema, dice: Random, values: Values, spared: frozenset[str] = frozenset()
    ) -> None:
        self._schema = schema
        self._dice = dice
        self._values = values
        self._spared = spared

    def draw(self, kind: OperationType | None = None) -> Written:
        """One operation; a query or, now and then, a mutation where no kind is given."""
        kind = kind or (KINDS[1] if self._dice.random() < 0.15 else KINDS[0])
        return _Writing(self._schema, self._dice, self._values, self._spared).operation(kind)


class _Writing:
    """One document as it grows."""

    def __init__(self, schema: GraphQLSchema, dice: Random, values: Values, spared: frozenset[str]) -> None:
        self._schema, self._dice, self._values, self._spared = schema, dice, values, spared
        self._left = dice.randrange(1, FIELDS_PER_DOCUMENT)
        self._variables: dict[str, Any] = {}
        self._declared: list[str] = []
        self._fragments: list[str] = []

    def operation(self, kind: OperationType) -> Written:
        root = self._schema.get_root_type(kind)
        assert root
        names = [name for name in root.fields if name not in self._spared]
        count = 1 if kind is not OperationType.QUERY else self._dice.choice((1, 1, 1, 2, 3))
        depth = self._dice.choice((2, 3, 4, 5, 6, 8, 13))
        chosen = [self._field(name, root.fields[name], depth) for name in self._dice.sample(names, count)]
        if kind is OperationType.QUERY and self._dice.random() < 0.03:
            chosen.append("__schema { types { name fields { name } } }")
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        name = self._dice.choice((" A", " Ünï", "")) if self._dice.random() < 0.1 else " A"
        return Written(
            kind, f"{kind.value}{name}{declared} {{ {' '.join(chosen)} }} {' '.join(self._fragments)}", self._variables
        )

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        self._left -= 1
        alias = (
            f"{self._dice.choice(('a', 'b', 'name'))}{self._dice.randrange(9)}: " if self._dice.random() < 0.08 else ""
        )
        inner: Any = get_named_type(field.type)
        below = "" if is_leaf_type(inner) else f" {self._selection(inner, depth - 1)}"
        return f"{alias}{name}{self._arguments(field)}{self._directive()}{below}"

    def _selection(self, kind: GraphQLNamedOutputType, depth: int) -> str:
        if is_abstract_type(kind):
            return self._cases(kind, depth)
        assert isinstance(kind, GraphQLObjectType)
        names = [name for name, each in kind.fields.items() if depth > 0 or is_leaf_type(get_named_type(each.type))]
        wanted = min(len(names), self._dice.choice((1, 2, 3, 5)), max(self._left, 1))
        chosen = [self._field(name, kind.fields[name], depth) for name in self._dice.sample(names, wanted)]
        if not chosen or self._dice.random() < 0.1:
            chosen.append("__typename")
        if self._dice.random() < 0.03:
            return f"{{ {self._spread(kind.name, ' '.join(chosen))} }}"
        return f"{{ {' '.join(chosen)} }}"

    def _cases(self, kind: Any, depth: int) -> str:
        possible = self._schema.get_possible_types(kind)
        chosen = self._dice.sample(possible, min(len(possible), self._dice.choice((1, 2, 4))))
        cases = [
            f"... on {each.name} {self._selection(each, depth - 1)}" for each in chosen if self._left > 0 or depth > 0
        ]
        return f"{{ __typename {' '.join(cases)} }}"

    def _spread(self, on: str, text: str) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {on} {{ {text} }}")
        return f"...{name}"

    def _arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self._given(name, argument)}"
            for name, argument in field.args.items()
            if self._dice.random() < (0.98 if is_required_argument(argument) else 0.4)
        ]
        return f"({', '.join(given)})" if given else ""

    def _given(self, name: str, argument: GraphQLArgument) -> str:
        value = self._values.of(argument.type, name)
        if self._dice.random() < 0.75:
            return literal(value)
        variable = f"v{len(self._declared)}"
        self._declared.append(f"${variable}: {argument.type}")
        if value is not None or self._dice.random() < 0.5:
            self._variables[variable] = value
        return f"${variable}"

    def _directive(self) -> str:
        if self._dice.random() > 0.03:
            return ""
        return self._dice.choice(
            (" @skip(if: false)", " @include(if: true)", " @skip(if: true)", " @nothing", ' @include(if: "x")')
        )
