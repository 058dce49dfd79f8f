"""Any thing of the graph, again, by its id."""

from __future__ import annotations

import pytest

from schema.node import own_key, read_id, write_id
from schema.scalars import packed
from tests.schema.nouns import SERIAL, view

NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Panel { serial } ... on Circuit { circuitId } } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def test_a_panel_and_a_circuit_are_found_by_the_id_they_show(ask):
    answer = await ask("{ panels { nodes { id circuits { id } } } }")
    panel_id = answer["panels"]["nodes"][0]["id"]
    circuit_id = answer["panels"]["nodes"][0]["circuits"][1]["id"]

    assert (await ask(NODE, id=panel_id))["node"] == {"__typename": "Panel", "id": panel_id, "serial": SERIAL}
    assert (await ask(NODE, id=circuit_id))["node"] == {"__typename": "Circuit", "id": circuit_id, "circuitId": "c2"}


@pytest.mark.parametrize("gone", [("Panel", "no-such"), ("Circuit", "no-such", "c1"), ("Circuit", SERIAL, "c99")])
async def test_what_is_gone_is_null(ask, gone):
    assert await ask(NODE, id=write_id(*gone)) == {"node": None, "errors": []}


async def test_a_circuit_before_the_first_poll_is_null(ask, world):
    world.panels.views[SERIAL] = view(snapshot=None)

    assert (await ask(NODE, id=write_id("Circuit", SERIAL, "c1"))) == {"node": None, "errors": []}


async def test_nodes_keep_their_order_with_null_for_what_is_gone(ask):
    ids = [write_id("Circuit", SERIAL, "c2"), write_id("Panel", "gone"), write_id("Panel", SERIAL)]

    answer = await ask(NODES, ids=[*ids, ids[0]])

    kinds = [each and each["__typename"] for each in answer["nodes"]]
    assert kinds == ["Circuit", None, "Panel", "Circuit"]


@pytest.mark.parametrize(
    "wrong",
    ["", "c1", "UGFuZWw6MQ", packed('["Panel"]'), packed('["Panel","a","b"]'), packed('["Query","a"]'), packed("[1]"),
     packed('["Panel",1]'), packed("{}"), packed("[]"), packed('["CellInstance","\\ud800"]'), "A" * 100_000, "ä" * 10],
)  # fmt: skip
async def test_what_is_no_id_is_refused(ask, wrong):
    answer = await ask(NODE, id=wrong)

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "id"}
    assert "pass an `id` back as it came" in answer["errors"][0]["message"]
    assert len(answer["errors"][0]["message"]) < 250


async def test_r29_at_most_500_nodes_are_answered_at_once(ask):
    answer = await ask(NODES, ids=[write_id("Panel", SERIAL)] * 501)

    assert answer["errors"][0]["message"] == "ids: 501 given, at most 500 are answered at once; split the list"


@pytest.mark.parametrize("keys", [("a/b", "c:d"), ('"', "\\"), ("ü", "🔌"), ("", "")])
def test_any_serial_and_id_comes_back_as_it_went(keys):
    assert read_id("id", write_id("Circuit", *keys)) == ("Circuit", keys)


def test_an_own_key_is_taken_from_a_global_id_of_the_same_owner_only():
    mine = write_id("Circuit", "p", "c1")

    assert own_key("Circuit", "p", mine) == "c1"
    assert own_key("Circuit", "p", "c1") == "c1"
    assert own_key("Circuit", "q", mine) == mine
    assert own_key("Panel", "p", mine) == mine
