"""A document for every field of the graph, and for every way to a type, generated from the schema."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)
from graphql.type.definition import GraphQLInputType

PAGE = 2
SCALARS = {
    "String": '"x"', "ID": '"x"', "Int": "1", "Float": "1.5", "Boolean": "true", "JSON": "{}", "Columns": "{t: [0.5]}",
    "DateTime": '"2026-06-21T12:00:00Z"',
}  # fmt: skip
Values = Mapping[str, str]
"""Arguments as a document has them, by the field that takes them: `{"Query.panel": 'serial: "nj-1"'}`."""


@dataclass(frozen=True)
class Step:
    """A field, and the type of whatever answers it; None for a leaf."""

    owner: GraphQLObjectType
    name: str
    answered_by: GraphQLObjectType | None

    @property
    def field(self) -> GraphQLField:
        found: GraphQLField = self.owner.fields[self.name]
        return found

    @property
    def place(self) -> str:
        return f"{self.owner.name}.{self.name}"

    def asked(self, values: Values) -> str:
        """The field with its arguments: as they are given, else what it cannot do without, and small pages."""
        given = values.get(self.place)
        if given is None:
            wanted = {name: literal(each) for name, each in self.field.args.items() if is_required_argument(each)}
            wanted |= {"first": str(PAGE)} if "first" in self.field.args else {}
            given = ", ".join(f"{name}: {value}" for name, value in wanted.items())
        return f"{self.name}({given})" if given else self.name


@dataclass(frozen=True)
class Way:
    """From a root field on."""

    steps: tuple[Step, ...]

    @property
    def root(self) -> Step:
        return self.steps[0]

    @property
    def place(self) -> str:
        return self.steps[-1].place

    @property
    def fields(self) -> Iterator[str]:
        """Every field that its document asks for, as `Type.field`."""
        yield from (step.place for step in self.steps)
        end = self.steps[-1].answered_by
        yield from (f"{end.name}.{name}" for name in leaves(end)) if end is not None else ()

    def document(self, schema: GraphQLSchema, values: Values) -> str:
        """Asks for all leaves of what answers at its end."""
        inside = ""
        for step in reversed(self.steps):
            if step.answered_by is not None:
                inside = inside or " ".join(("__typename", *leaves(step.answered_by)))
                is_open = is_abstract_type(get_named_type(step.field.type))
                inside = f"{{ ... on {step.answered_by.name} {{ {inside} }} }}" if is_open else f"{{ {inside} }}"
            inside = f"{step.asked(values)} {inside}"
        kinds = {schema.query_type: "query", schema.mutation_type: "mutation", schema.subscription_type: "subscription"}
        return f"{kinds[self.root.owner]} {{ {inside} }}"


def leaves(owner: GraphQLObjectType) -> list[str]:
    """The fields that answer with a value, and need no argument."""
    return [
        name
        for name, field in owner.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))
    ]


def steps(schema: GraphQLSchema, owner: GraphQLObjectType) -> Iterator[Step]:
    """Each field of the type, once for each type that may answer it."""
    for name, field in owner.fields.items():
        kind = get_named_type(field.type)
        if is_leaf_type(kind):
            yield Step(owner, name, None)
        elif isinstance(kind, GraphQLObjectType):
            yield Step(owner, name, kind)
        else:
            assert is_abstract_type(kind)
            yield from (Step(owner, name, each) for each in schema.get_possible_types(kind))


def every_field(schema: GraphQLSchema, *starts: GraphQLObjectType) -> list[Way]:
    """The shortest way to each field of each type that these roots (all without) lead to, for each who may answer."""
    roots = starts or [each for each in (schema.query_type, schema.mutation_type, schema.subscription_type) if each]
    found, seen = list[Way](), {each.name for each in roots}
    waiting = deque[tuple[GraphQLObjectType, tuple[Step, ...]]]((each, ()) for each in roots)
    while waiting:
        owner, behind = waiting.popleft()
        for step in steps(schema, owner):
            found.append(Way((*behind, step)))
            if step.answered_by is not None and step.answered_by.name not in seen:
                seen.add(step.answered_by.name)
                waiting.append((step.answered_by, (*behind, step)))
    return found


def every_way(schema: GraphQLSchema, *ends: str, longest: int = 9) -> list[Way]:
    """Every way from Query to these types that passes no type twice."""
    found: list[Way] = []

    def walk(owner: GraphQLObjectType, behind: tuple[Step, ...], seen: frozenset[str]) -> None:
        for step in steps(schema, owner):
            kind = step.answered_by
            if kind is None or kind.name in seen:
                continue
            if kind.name in ends:
                found.append(Way((*behind, step)))
            if len(behind) + 1 < longest:
                walk(kind, (*behind, step), seen | {kind.name})

    assert schema.query_type is not None
    walk(schema.query_type, (), frozenset({schema.query_type.name}))
    return found


def literal(argument: GraphQLArgument) -> str:
    """Something of its type."""
    kind: GraphQLInputType = argument.type
    return _literal(kind)


def _literal(kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_literal(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields.items()
        needed = [(name, each) for name, each in fields if isinstance(each.type, GraphQLNonNull)] or [*fields][:1]
        return "{" + ", ".join(f"{name}: {_literal(each.type)}" for name, each in needed) + "}"
    return SCALARS[kind.name]
