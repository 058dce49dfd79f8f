"""Whatever is asked, the answer is data or an error of the client's: never one that nobody expected."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.cells.inputs import CellSpecificationInput
from schema.cells.keeping import kept
from schema.cells.refusals import StorageFull
from schema.scalars import packed
from tests.schema.fakes import World

EXPECTED = {
    "BAD_USER_INPUT", "CURSOR_INVALID", "COLUMN_NOT_FOUND", "SERIES_NOT_FOUND", "GRAPHQL_VALIDATION_FAILED"
}  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
WORDS = st.text() | st.sampled_from(["s1", "i1", "m1", "m3", "Time [s]", "%", "eq.x", "\0", "a'b\"c"])
KINDS = st.sampled_from(["CellSpecification", "CellInstance", "CellMeasurement"])
IDS = WORDS | (st.lists(WORDS, max_size=3) | st.tuples(KINDS, WORDS | st.just("\ud800"))).map(
    lambda keys: packed(json.dumps(keys))
)
LIST = ["a log", "Query.cellSpecifications"]
CURSORS = (
    WORDS
    | JSON.map(lambda value: packed(json.dumps(value)))
    | JSON.map(lambda value: packed(json.dumps([*LIST, value])))
    | st.just(packed(json.dumps([*LIST, "behind \ud800"])))
)
NUMBERS = st.integers() | st.floats()

# One branch a document: graphql-core drops the unstarted coroutines of the others when one fails, with a warning.
READS = [
    """query($id: ID!) { cellSpecification(id: $id) { name } cellInstance(id: $id) { name }
        cellMeasurement(id: $id) { name } node(id: $id) { id } }""",
    """query($after: String, $first: Int!, $name: String) { cellSpecifications(first: $first, after: $after,
        filter: { name: { eq: $name }, manufacturer: $name }) {
        totalCount nodes { fields instances(first: $first) { nodes { fields } } } } }""",
    """query($name: String, $tags: [String!], $first: Int!, $skip: Int!) { cellMeasurements(
        filter: { name: { contains: $name }, tagsAny: $tags }) { nodes {
        steps(first: $first, skip: $skip) { label } } } }""",
    """query($columns: [String!]!, $from: Float, $to: Float, $max: Int!) { cellMeasurements { nodes {
        series(columns: $columns, from: $from, to: $to, maxPoints: $max) } } }""",
]
CHANGE = """mutation($id: ID!, $name: String!, $json: JSON, $columns: Columns!, $row: Int) {
    createCellSpecification(input: { name: $name, fields: $json, properties: $json, ratings: { fields: $json } }) {
        __typename }
    updateCellMeasurement(id: $id, changes: { protocol: $json, fields: $json }) { __typename }
    appendMeasurement(id: $id, columns: $columns, firstRow: $row) { __typename }
    createOrGetCellInstance(specificationId: $id, input: { name: $name }) { __typename } }"""


def codes(schema: Any, query: str, variables: dict[str, Any]) -> set[str]:
    async def run() -> set[str]:
        world = World()
        world.cells.answer = world.recordings.answer = StorageFull(message="full")
        result = await schema.execute(query, variables, context_value=world.context())
        return {(error.extensions or {})["code"] for error in result.errors or []}

    return asyncio.run(run())


@pytest.mark.parametrize("query", READS)
@settings(max_examples=60, deadline=None)
@given(
    variables=st.fixed_dictionaries(
        {
            "id": IDS,
            "after": st.none() | CURSORS,
            "first": NUMBERS,
            "name": st.none() | WORDS,
            "columns": st.lists(WORDS, max_size=3),
            "from": st.none() | NUMBERS,
            "to": st.none() | NUMBERS,
            "max": NUMBERS,
            "skip": NUMBERS,
            "tags": st.none() | st.lists(WORDS, max_size=3),
        }
    )
)
def test_any_reading_is_answered(schema, query, variables):
    assert codes(schema, query, variables) <= EXPECTED


@pytest.mark.parametrize("query", READS)
@settings(max_examples=60, deadline=None)
@given(
    good=st.fixed_dictionaries(
        {
            "id": IDS,
            "after": st.none() | CURSORS,
            "first": st.integers(0, 500),
            "name": st.none() | WORDS,
            "columns": st.lists(WORDS, min_size=1, max_size=3),
            "from": st.none() | st.floats(0, 9),
            "to": st.none(),
            "max": st.integers(2, 100),
            "skip": st.integers(0, 9),
            "tags": st.none() | st.lists(WORDS, max_size=3),
        }
    ),
)
def test_any_reading_with_numbers_in_their_ranges_is_answered(schema, query, good):
    assert codes(schema, query, good) <= EXPECTED


@settings(max_examples=60, deadline=None)
@given(
    variables=st.fixed_dictionaries(
        {
            "id": IDS,
            "name": WORDS,
            "json": JSON,
            "row": st.none() | NUMBERS,
            "columns": JSON | st.dictionaries(WORDS, st.lists(JSON, max_size=3), min_size=1, max_size=3),
        }
    )
)
def test_any_change_is_answered(schema, variables):
    assert codes(schema, CHANGE, variables) <= EXPECTED


@settings(max_examples=60, deadline=None)
@given(json_=st.none() | st.dictionaries(st.text(min_size=1).filter(lambda key: key != "name"), JSON, max_size=4))
def test_what_stands_in_fields_is_kept_as_it_is(json_):
    found = kept(CellSpecificationInput(name="n", fields=json_))

    own = {"form_factor", "manufacturer", "project_id", "notes", "ratings", "source", "properties"}
    if not own & set(json_ or {}):
        assert found == {"name": "n", **(json_ or {})}
