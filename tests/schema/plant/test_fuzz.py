"""Whatever is asked of the plant, the answer is data or an error of the client's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.plant.models import Line, Stage
from schema.plant.parameters import GRAPH_NAMES
from schema.scalars import packed, write_cursor
from tests.schema.fakes import World
from tests.schema.plant.fakes import place

EXPECTED = {
    "BAD_USER_INPUT", "CURSOR_INVALID", "GRAPHQL_VALIDATION_FAILED", "MACHINE_NOT_FOUND", "BATCH_NOT_FOUND"
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.text() | st.sampled_from(["b1", "\0", "٣", "a'b", "99999999999999999999"])
IDS = WORDS | st.lists(WORDS | st.sampled_from(["Batch", "Machine", "anode", "mixing", "\ud800"]), max_size=3).map(
    lambda keys: packed(json.dumps(keys))
)
LIST = ["a log", "Query.batches"]
PLACES = WORDS | (JSON | st.just([*LIST, "\ud800"]) | JSON.map(lambda value: [*LIST, value])).map(
    lambda value: packed(json.dumps(value))
)
CURSORS = st.integers(0, 9).map(lambda sequence: write_cursor(place(sequence))) | PLACES
CAMEL = {stage: "".join(w.capitalize() if n else w for n, w in enumerate(stage.split("_"))) for stage in Stage}
BLOCKS = st.sampled_from(list(Stage)).flatmap(
    lambda stage: st.dictionaries(
        st.sampled_from(sorted(GRAPH_NAMES[stage].values())), st.none() | st.integers() | st.floats(), max_size=4
    ).map(lambda fields: {CAMEL[stage]: fields})
)
LINES = st.sampled_from([line.name for line in Line])
STAGES = st.sampled_from([stage.name for stage in Stage])

QUERIES = [
    "query($id: ID!) { batch(id: $id) { steps { stage } } node(id: $id) { id } }",
    "query($first: Int!, $place: String) { batches(first: $first, after: $place) { nodes { batchId } } }",
    """query($first: Int!, $cursor: Cursor, $id: ID, $line: Line, $stage: Stage) { plant { log(first: $first,
        after: $cursor, batchId: $id, line: $line, stage: $stage) { nodes { detail } endCursor } } }""",
    "query($first: Int!) { plant { queue(first: $first) { id } } }",
    "mutation($id: ID, $own: [BatchParametersInput!]) { addBatch(batchId: $id, parameters: $own) { __typename } }",
    """mutation($line: Line!, $stage: Stage!, $block: MachineParametersInput!) { updateMachineParameters(
        line: $line, stage: $stage, parameters: $block) { __typename } }""",
    """mutation($speed: PlantSpeedInput!, $id: ID!) { setPlantSpeed(speed: $speed) { __typename }
        cancelBatch(id: $id) { __typename } }""",
]


@pytest.mark.parametrize("query", QUERIES)
@settings(max_examples=40, deadline=None)
@given(
    variables=st.fixed_dictionaries(
        {
            "id": IDS,
            "first": st.integers(0, 500) | st.integers() | st.floats(),
            "place": st.none() | PLACES,
            "cursor": st.none() | CURSORS,
            "line": LINES,
            "stage": STAGES,
            "block": BLOCKS | JSON,
            "own": st.lists(st.fixed_dictionaries({"line": LINES, "parameters": BLOCKS}), max_size=3) | JSON,
            "speed": st.sampled_from([{"pace": "MAX"}, {}]) | st.fixed_dictionaries({"factor": st.floats()}) | JSON,
        }
    )
)
def test_anything_is_answered(schema, query, variables: dict[str, Any]):
    async def codes() -> set[str]:
        result = await schema.execute(query, variables, context_value=World().context())
        return {(error.extensions or {})["code"] for error in result.errors or []}

    assert asyncio.run(codes()) <= EXPECTED
