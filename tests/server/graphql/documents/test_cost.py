"""What an operation may cost: lists by their page sizes, whatever variables say, and all that busbar ships fits."""

from __future__ import annotations

import json
import re
from typing import Any

import graphql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.cli.watch import PANELS, WATCH
from server.graphql.documents.cost import costing
from server.graphql.documents.weights import ROWS, Weights
from server.graphql.limits import Limits
from server.graphql.operations import Asked
from tests.server.graphql.documents.asking import documents, schema
from tests.together.process import ROOT
from tests.together.test_joins_cost import ACROSS

MOST = Limits().max_cost
SMALL = graphql.build_schema("""
type Query {
  thing: Thing, things(first: Int! = 50, after: String): Things!, rows(first: Int! = 7, skip: Int): [Thing!]!
  plain: [Thing], nodes(ids: [ID!]!): [Thing]!, either: Either, open(first: Int): Things
  takes(list: [ID!], lists: [[Int]], one: Input, many: [Input!], free: Free): Int
}
type Thing { id: ID!, tags: [String!]!, next: Thing, things(first: Int! = 50): Things!, flat: Flat, flats: [Flat!]!
  history(maxPoints: Int! = 2000): String, series(columns: [String!]!, maxPoints: Int): String }
type Things { nodes: [Thing!]!, edges: [Edge!]!, flat: Flat!, totalCount: Int! }
type Edge { node: Thing!, cursor: String! }
type Flat { one: Int, two: Int }
scalar Free
input Input { words: [String!], inner: Input }
union Either = Thing | Flat
type Mutation { change: Thing }
type Subscription { changes: Thing! }
""")


def cost(text: str, name: str | None = None, **variables: Any) -> int:
    document = graphql.parse(text)
    assert graphql.validate(SMALL, document) == []
    operation = graphql.get_operation_ast(document, name)
    assert operation is not None
    return costing(Weights(SMALL), document, operation)(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ thing { id } }", 1.01),
        ("{ thing { id tags } }", 1.02),
        ("{ thing { next { next { id } } } }", 3.01),
        ("{ __typename }", 0.01),
        ("{ thing { flat { one two } } }", 1.02),
        ("{ thing { flats { one two } } }", 1.2),
        ("{ plain { id } }", 10.1),
        ("{ rows { id } }", 7.07),
        ("{ rows(first: 3) { id } }", 3.03),
        ("{ rows(first: 3) { rows: things(first: 4) { nodes { id } } } }", 3 * (1 + 1 + 4 * 1.01)),
        ("{ things { nodes { id } } }", 1 + 50 * 1.01),
        ("{ things(first: 2) { nodes { id } edges { cursor node { id } } } }", 1 + 2 * 1.01 + 2 * (1 + 0.01 + 1.01)),
        ("{ things(first: 500) { flat { one } totalCount } }", 1 + 0.01 + 1),
        ("{ things(first: 0) { nodes { things { nodes { id } } } } }", 1),
        ("{ things(first: -5) { nodes { id } } }", 1),
        ("{ open { nodes { id } } }", 1),
        ("{ nodes(ids: [1, 2, 3]) { id } }", 3.03),
        ("{ nodes(ids: []) { id } }", 0),
        ("{ nodes(ids: 1) { id } }", 1.01),
        ("{ thing { history } }", 1 + 0.01 + 2),
        ("{ thing { history(maxPoints: 500) } }", 1 + 0.01 + 0.5),
        ('{ thing { series(columns: ["a", "b"], maxPoints: 1000) } }', 1 + 0.01 + 2),
        ('{ thing { series(columns: "a", maxPoints: 1000) } }', 1 + 0.01 + 10),
        ("{ either { ... on Thing { id } ... on Flat { one } __typename } }", 1.03),
        ("{ a: thing { id } b: thing { id } }", 2.02),
        ("{ ...F ...F } fragment F on Query { thing { id } }", 2.02),
        ("{ things(first: 2) { ...N } open(first: 9) { ...N } } fragment N on Things { nodes { id } }", 2 + 11 * 1.01),
        ("mutation { change { id } }", 10.01),
        ("mutation { a: change { id } b: change { id } }", 20.02),
        ("subscription { changes { id } }", 1.01),
        ("query A { thing { id } } query B { plain { id } }", 1.01),
    ],
)
def test_each_part_counts(text: str, expected: float):
    assert cost(text, "A" if text.startswith("query A") else None) == -int(-expected // 1)


PAGED = "query ($n: Int! = 20) { things(first: $n) { nodes { things(first: $n) { nodes { id } } } } }"


@pytest.mark.parametrize("size", [0, 1, 20, 500, 3.0, 10**6])
def test_a_variable_says_how_long_a_list_is(size: float):
    rows = 1 + size * (1 + 1 + size * 1.01)
    assert cost(PAGED, n=size) == pytest.approx(rows, abs=1) or cost(PAGED, n=size) == 10**9


@pytest.mark.parametrize("nonsense", [True, False, None, "500", "", {}, {"a": 1}, float("nan")])
def test_what_is_no_size_counts_as_the_default_for_the_execution_refuses_it(nonsense: object):
    assert cost(PAGED, n=nonsense) in (cost(PAGED), 1)


@pytest.mark.parametrize("huge", [10**6, 10**18, 10**400, float("inf"), 1e308])
def test_what_is_huge_is_over_every_limit_and_overflows_nothing(huge: float):
    deep = "query ($n: Int!) {" + "things(first: $n) { nodes { " * 1 + "a: " + "things(first: $n) { nodes { " * 9
    text = deep + "id" + " } }" * 10 + "}"
    assert MOST < cost(text, n=huge) <= 10**9


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("query ($n: Int) { things(first: $n) { nodes { id } } }", {}, 51.5),
        ("query ($n: Int = 4) { things(first: $n) { nodes { id } } }", {}, 5.04),
        ("query ($n: Int = null) { open(first: $n) { nodes { id } } }", {}, 1),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 40}, 40.4 + 40 * 0.03),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": "a"}, 1.01),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {}, 1.01),
        ("query ($p: Int!) { plain { history(maxPoints: $p) } }", {"p": 5000}, 60.1),
        ("query ($p: Int, $c: [String!]!) { thing { series(columns: $c, maxPoints: $p) } }",
         {"p": 5000, "c": ["a", "b", "c"]}, 16.01 + 0.09),
        ("query ($n: Int!) { ...F } fragment F on Query { things(first: $n) { nodes { id } } }", {"n": 9}, 10.09),
    ],
)  # fmt: skip
def test_variables_of_all_kinds(text: str, variables: dict[str, Any], expected: float):
    assert cost(text, **variables) == -int(-expected // 1)


WIDE = """query ($list: [ID!], $lists: [[Int]], $one: Input, $many: [Input!], $free: Free) {
  takes(list: $list, lists: $lists, one: $one, many: $many, free: $free) }"""


@pytest.mark.parametrize(
    ("variables", "values"),
    [
        ({}, 0),
        ({"list": ["a"] * 1000}, 1000),
        ({"list": "a", "lists": 1, "one": None, "many": None}, 0),
        ({"lists": [[1] * 100] * 10}, 10 + 1000),
        ({"one": {"words": ["a"] * 100, "inner": {"words": ["b"] * 50}}}, 2 + 100 + 1 + 50),
        ({"one": {f"unknown{n}": n for n in range(100)}}, 100),
        ({"many": [{"words": ["a", "b"]}] * 10}, 10 + 10 * (1 + 2)),
        ({"free": [[[1] * 1000] * 10]}, 0),
        ({"list": {"a": 1}, "lists": {}, "one": [1, 2], "many": [1, [2]], "more": [1] * 100}, 2),
    ],
)
def test_each_value_that_is_looked_at_counts(variables: dict[str, Any], values: int):
    assert cost(WIDE, **variables) == -int(-(0.01 + values * 0.03) // 1)


def test_fragments_that_spread_fragments_are_summed_once_each():
    """Else this would be worked out, and with variables added up, a thousand million times."""
    fragments = "".join(
        f"fragment f{n} on Thing {{ next {{ ...f{n + 1} }} things(first: $n) {{ nodes {{ ...f{n + 1} }} }} }}"
        for n in range(60)
    )
    text = "query ($n: Int!) { thing { ...f0 } }" + fragments + "fragment f60 on Thing { id }"
    assert cost(text, n=500) == 10**9
    assert cost(text, n=0) < 300


def test_every_list_of_objects_without_a_page_size_has_a_length_of_its_own():
    """Else it counts as ten rows, which may be far from the truth: put it into ROWS."""
    paged, unpaged = set[str](), set[str]()
    for kind in schema()._schema.type_map.values():
        if isinstance(kind, graphql.GraphQLObjectType) and not kind.name.startswith("__"):
            is_page = kind.name.endswith(("Connection", "PlantLog"))
            for name, field in kind.fields.items():
                if not is_list_of_objects(field):
                    continue
                (paged if is_page or field.args.keys() & {"first", "ids"} else unpaged).add(f"{kind.name}.{name}")
    assert unpaged == ROWS.keys()
    assert {"BatchConnection.nodes", "Query.search", "Query.nodes", "PlantLog.nodes"} <= paged


def is_list_of_objects(field: graphql.GraphQLField) -> bool:
    kind = graphql.get_nullable_type(field.type)
    return graphql.is_list_type(kind) and not graphql.is_leaf_type(graphql.get_named_type(kind))


def shipped() -> dict[str, str]:
    """Every document in the README, the other documentation, the examples and the command line."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = {
        f"{page.name} {number}": text
        for page in pages
        for number, text in enumerate(
            re.findall(r"^```graphql\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
        )
    }
    operations = ROOT / "examples" / "typescript" / "operations"
    found |= {path.name: path.read_text() for path in sorted(operations.glob("*.graphql"))}
    cells = json.loads((ROOT / "examples" / "notebook.ipynb").read_text())["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found |= {f"notebook {n}": text for n, text in enumerate(re.findall(r'"""\s*(query.*?)"""', code, re.DOTALL))}
    return found | {"watch": WATCH, "watch's panels": PANELS, "across": ACROSS}


SHIPPED = shipped()
FRAGMENTS = "fragment FullType" + graphql.get_introspection_query().split("fragment FullType")[1]


@pytest.mark.parametrize("name", SHIPPED)
def test_all_that_busbar_ships_is_within_the_limits(name: str):
    known = documents()
    text = SHIPPED[name]
    for definition in graphql.parse(text).definitions:
        if isinstance(definition, graphql.OperationDefinitionNode):
            asked = Asked(text, operation_name=definition.name.value if definition.name else None)
            assert known.operation(asked).cost({"batches": 20, "cells": 5}) <= MOST


def test_what_was_looked_for_was_found():
    assert len(SHIPPED) > 25
    assert {
        "README.md 0",
        "joins.md 0",
        "plant.md 0",
        "cells.md 0",
        "notebook 3",
        "batchTrace.graphql",
    } <= SHIPPED.keys()


@pytest.mark.parametrize(
    "text",
    [
        "{ panels(first: 500) { nodes { circuits { machine { currentBatch { steps { machine { stage } } } } } } } }",
        "{ batches(first: 500) { nodes { cells(first: 500) { nodes { name } } } } }",
        "query ($n: Int! = 500) { batches(first: $n) { nodes { cells(first: $n) { nodes { name } } } } }",
        '{ cellMeasurements(first: 500) { nodes { series(columns: ["Voltage [V]"], maxPoints: 50000) } } }',
        "{ cellMeasurements(first: 500) { nodes { stepTable cycleTable } } }",
        "{ cellMeasurements(first: 500) { nodes { steps { startTimeS endTimeS } } } }",
        "{ cellMeasurements(first: 500) { nodes { "
        + "".join(f"a{n}: steps(first: 1) {{ label }} " for n in range(10))
        + "} } }",
        "{" + "".join(f"a{n}: __schema {{ types {{ ...FullType }} }} " for n in range(20)) + "}" + FRAGMENTS,
    ],
)  # fmt: skip
def test_r29_what_would_keep_the_server_busy_is_over_the_limit(text: str):
    assert documents(max_tokens=10_000).operation(Asked(text)).cost({}) > MOST


# In a fresh checkout the first text that is drawn waits for tables of Unicode to be made.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["n", "p", "ids", "c"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)))  # fmt: skip
def test_no_variables_break_it(variables: dict[str, Any]):
    text = """query ($n: Int, $p: Int, $ids: [ID!]!, $c: [String!]!) { things(first: $n) { nodes { ...F } } ...G }
      fragment F on Thing { series(columns: $c, maxPoints: $p) things(first: 3) { nodes { id } } }
      fragment G on Query { nodes(ids: $ids) { ...F } rows(first: $p) { id } }"""
    document = graphql.parse(text)
    operation = graphql.get_operation_ast(document)
    assert operation is not None
    counted = costing(Weights(SMALL), document, operation)(variables)
    assert type(counted) is int
    assert 0 <= counted <= 10**9
