"""Keyset pages: rows may come and go between two of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.schema.conftest import Ask
from tests.schema.nouns import view

PAGE = """query($first: Int, $after: String) { panels(first: $first, after: $after) {
    nodes { serial } edges { cursor node { serial } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
async def many(world):
    world.panels.views = {serial: view(serial) for serial in "abcde"}
    return world.panels.views


async def page(ask: Ask, **variables: Any) -> tuple[str, dict[str, Any]]:
    answer = await ask(PAGE, **variables)
    assert answer["errors"] == []
    return "".join(node["serial"] for node in answer["panels"]["nodes"]), answer["panels"]["pageInfo"]


async def test_pages_follow_each_other(ask, many):
    first, info = await page(ask, first=2)
    assert (first, info["hasNextPage"], info["hasPreviousPage"]) == ("ab", True, False)

    second, info = await page(ask, first=2, after=info["endCursor"])
    assert (second, info["hasNextPage"], info["hasPreviousPage"]) == ("cd", True, True)

    third, info = await page(ask, first=2, after=info["endCursor"])
    assert (third, info["hasNextPage"]) == ("e", False)


async def test_a_row_that_goes_or_comes_meanwhile_moves_no_other(ask, many):
    _, info = await page(ask, first=2)
    del many["b"]
    many["bb"] = view("bb")

    assert (await page(ask, first=2, after=info["endCursor"]))[0] == "bbc"


async def test_an_empty_page_has_no_cursors(ask, many):
    nothing, info = await page(ask, first=0)

    assert (nothing, info["startCursor"], info["endCursor"], info["hasNextPage"]) == ("", None, None, True)


async def test_an_edge_carries_its_node_and_the_cursor_behind_it(ask, many):
    answer = await ask(PAGE, first=1)

    (edge,) = answer["panels"]["edges"]
    assert edge["node"] == {"serial": "a"}
    assert (await page(ask, first=1, after=edge["cursor"]))[0] == "b"


@pytest.mark.parametrize("first", [-1, 501, 2**31 - 1])
async def test_r29_a_page_is_at_most_500_rows(ask, first):
    answer = await ask(PAGE, first=first)

    assert answer["errors"][0]["message"] == f"first: {first} is not in 0 to 500"
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first"}


async def test_a_cursor_of_another_server_is_refused(ask, many, world, schema):
    _, info = await page(ask, first=2)
    mine = world.context()
    other = replace(mine, server=replace(mine.server, log_id="another log"))

    answers = [await schema.execute(PAGE, {"after": info["endCursor"]}, context_value=each) for each in (mine, other)]

    assert answers[0].errors is None
    assert [error.extensions for error in answers[1].errors] == [{"code": "CURSOR_INVALID"}]


@pytest.mark.parametrize("after", ["", "a", "bnVsbA", "W10", "WzFd", "A" * 10_000, "ä", "[[[["])
async def test_what_is_no_cursor_is_refused(ask, after):
    answer = await ask(PAGE, after=after)

    assert answer["errors"][0]["extensions"] == {"code": "CURSOR_INVALID"}
