"""What is counted without writing fragments out is what is counted when they are written out."""

from __future__ import annotations

from typing import Any

import graphql
import pytest
from graphql import validation
from hypothesis import given, settings
from hypothesis import strategies as st

from server.graphql.documents.cost import costing
from server.graphql.documents.measures import Measures, measured
from server.graphql.documents.sizes import MOST
from server.graphql.documents.weights import LEAF, Weights
from tests.server.graphql.documents.drawn import SCHEMA, documents

UNPAGED = 10
WEIGHTS = Weights(SCHEMA)
NOT_ALL_OF_IT_IS_USED = {
    validation.NoUnusedFragmentsRule, validation.NoUnusedVariablesRule, validation.LoneAnonymousOperationRule,
    validation.OverlappingFieldsCanBeMergedRule,
}  # fmt: skip
FITTING = [rule for rule in graphql.specified_rules if rule not in NOT_ALL_OF_IT_IS_USED]


def written_out(document: Any, node: Any) -> list[Any]:
    """The fields of a selection set, with the directives that stand before each, and None for what has only those."""
    fragments = {each.name.value: each for each in document.definitions if each.kind == "fragment_definition"}
    found: list[Any] = []
    for each in node.selection_set.selections:
        if isinstance(each, graphql.FieldNode):
            found.append((each, len(each.directives or ())))
            continue
        inside = fragments[each.name.value] if isinstance(each, graphql.FragmentSpreadNode) else each
        own = [each] if inside is each else [each, inside]
        found.append((None, sum(len(part.directives or ()) for part in own)))
        found += written_out(document, inside)
    return found


def plainly_measured(document: Any, node: Any) -> Measures:
    depth = aliases = 0
    directives = 0
    for field, own in written_out(document, node):
        directives += own
        if field is None:
            continue
        below = plainly_measured(document, field) if field.selection_set else Measures()
        depth = max(depth, below.depth + 1)
        aliases += below.aliases + (field.alias is not None and field.name.value != "__typename")
        directives += below.directives
    return Measures(depth, aliases, directives)


def plain_cost(document: graphql.DocumentNode, here: Any, node: Any, sizes: dict[str, int], page: int | None) -> float:
    total = 0.0
    for field, _ in written_out(document, node):
        if field is None:
            continue
        name = field.name.value
        if name == "__typename":
            total += LEAF
            continue
        definition = here.fields[name]
        inside = graphql.get_named_type(definition.type)
        is_list = graphql.is_list_type(graphql.get_nullable_type(definition.type))
        own = size_of(field, definition, sizes)
        below = 0.0
        if field.selection_set:
            below = plain_cost(document, inside, field, sizes, None if is_list else own)
        one = WEIGHTS.of(here, definition, name) + below
        rows = own if own is not None else page if page is not None else UNPAGED
        total += one * rows if is_list else one
    return total


def size_of(field: Any, definition: Any, sizes: dict[str, int]) -> int | None:
    if "first" not in definition.args:
        return None
    for argument in field.arguments or ():
        is_variable = isinstance(argument.value, graphql.VariableNode)
        return sizes[argument.value.name.value] if is_variable else int(argument.value.value)
    default = definition.args["first"].default
    return int(default.literal.value)


@given(documents())
@settings(max_examples=60, deadline=None)
def test_depth_aliases_and_directives_are_those_of_the_document_written_out(text: str):
    document = graphql.parse(text)
    each = [plainly_measured(document, definition) for definition in document.definitions]
    assert measured(document) == Measures(*(max(numbers) for numbers in zip(*each, strict=True)))


@given(documents(), st.integers(0, 500), st.none() | st.integers(0, 500))
@settings(max_examples=60, deadline=None)
def test_the_cost_is_that_of_the_document_written_out(text: str, n: int, m: int | None):
    document = graphql.parse(text)
    assert graphql.validate(SCHEMA, document, FITTING) == []
    operation = document.definitions[0]
    assert isinstance(operation, graphql.OperationDefinitionNode)
    variables = {"n": n} if m is None else {"n": n, "m": m}
    expected = plain_cost(document, SCHEMA.query_type, operation, {"m": 6, **variables}, None)
    assert costing(WEIGHTS, document, operation)(variables) == pytest.approx(min(expected, MOST), rel=1e-6, abs=1)
